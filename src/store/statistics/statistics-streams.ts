import { type RawBuilder, sql } from 'kysely';
import { identityKey } from '../../domain/identity.js';
import { PoorReason } from '../../domain/quality.js';
import { QualityDimension } from '../../domain/quality-groups.js';
import { chooseCountPath } from '../query/access-path.js';
import type { Selection } from '../query/index-conditions.js';
import type { Engine } from '../engine/engine.js';
import { isUnconstrained } from '../query/compile-filter.js';
import { reasonBits } from '../rows/quality-columns.js';
import type { StreamsTable } from '../rows/tables.js';
import { source } from '../query/path-query.js';

/** By what streams are put into groups, and which of these are wanted. */
export interface AskedStreams {
  dimension: QualityDimension;
  /** So many at most: those with most poor streams. */
  limit: number;
  /** Groups of fewer streams, whatever their quality, are left out. */
  minimumStreams: number;
}

/** Streams that are alike in a dimension; null is a value that the source does not tell. */
export interface StreamGroup {
  value: string | null;
  goodStreams: number;
  poorStreams: number;
  unclassifiedStreams: number;
}

const COLUMNS = {
  [QualityDimension.MEDIA_KIND]: 'media_kind',
  [QualityDimension.SUBNET]: 'subnet',
  [QualityDimension.CONNECTION_TYPE]: 'connection_type',
  [QualityDimension.WIFI_BAND]: 'wifi_band',
  [QualityDimension.CAPTURE_DEVICE]: 'capture_device',
  [QualityDimension.RENDER_DEVICE]: 'render_device',
  [QualityDimension.CLIENT_PLATFORM]: 'client_platform',
  [QualityDimension.CLIENT_VERSION]: 'client_version',
  [QualityDimension.AUDIO_CODEC]: 'audio_codec',
} as const satisfies Record<Exclude<QualityDimension, QualityDimension.POOR_REASON>, keyof StreamsTable>;

/** Each reason with its bit, and null for streams without any. */
const REASONS = sql.join(
  [null, ...Object.values(PoorReason)].map(
    (reason) => sql`select ${reason === null ? sql`null` : sql.lit(reason)} as reason,
      ${sql.lit(reason === null ? 0 : reasonBits([reason]))} as bits`,
  ),
  sql` union all `,
);

type Row = Record<'good' | 'poor' | 'unclassified', number | string> & { value: string | null };

/** The streams of a selection's calls in groups: most poor ones first, then by value in code points, null last. */
export async function groupStreams(
  engine: Engine,
  selection: Selection,
  { dimension, limit, minimumStreams }: AskedStreams,
): Promise<StreamGroup[]> {
  if (limit === 0) return [];
  const isByReason = dimension === QualityDimension.POOR_REASON;
  const value = isByReason ? sql`d.reason` : sql.ref(`s.${COLUMNS[dimension]}`);
  const reasons = isByReason
    ? sql` join (${REASONS}) as d on (s.poor_reason_bits & d.bits) <> 0 or (s.poor_reason_bits = 0 and d.bits = 0)`
    : sql``;
  const { rows } = await sql<Row>`
    select ${value} as value, sum(s.good_streams) as good, sum(s.poor_streams) as poor,
      sum(s.unclassified_streams) as unclassified
    from ${await streamsOf(engine, selection)}${reasons}
    ${selection.visibleTo === null ? sql`` : sql`where ${isOwn(engine, selection.visibleTo)}`}
    group by ${value} having sum(s.good_streams + s.poor_streams + s.unclassified_streams) >= ${sql.lit(minimumStreams)}
    order by sum(s.poor_streams) desc, ${value} is null, ${value} limit ${sql.lit(limit)}
  `.execute(engine.readerFor('rows', selection.asker));
  return rows.map((row) => ({
    value: row.value,
    goodStreams: Number(row.good),
    poorStreams: Number(row.poor),
    unclassifiedStreams: Number(row.unclassified),
  }));
}

/** The rows `s` of the selection's calls: of all calls, the whole table. */
async function streamsOf(engine: Engine, selection: Selection): Promise<RawBuilder<unknown>> {
  if (selection.visibleTo === null && isUnconstrained(selection.filter ?? {})) return sql`call_record_streams as s`;
  const path = await chooseCountPath(engine, selection);
  const calls = source(engine.reader, selection, path, null).select('r.id');
  return sql`(${calls}) as m join call_record_streams as s on s.record_id = m.id`;
}

/** Whether a row is of a session that somebody may see. */
function isOwn({ dialect }: Engine, person: string): RawBuilder<unknown> {
  return sql`exists (select 1 from call_record_sessions as e where e.record_id = s.record_id and e.position = s.position
    and ${dialect.holdsText(sql.ref('e.identity_ids'), identityKey(person))})`;
}
