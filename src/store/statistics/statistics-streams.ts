import { type RawBuilder, sql } from 'kysely';
import { identityKey } from '../../domain/identity.js';
import { PoorReason } from '../../domain/quality.js';
import { QualityDimension } from '../../domain/quality-groups.js';
import { chooseCountPath } from '../query/access-path.js';
import type { Selection } from '../query/index-conditions.js';
import type { Engine } from '../engine/engine.js';
import { isUnconstrained } from '../query/compile-filter.js';
import { reasonBits } from '../rows/quality-columns.js';
import { source } from '../query/path-query.js';
import { keptTallies, selectTallies } from './kept-tallies.js';
import type { KeptSums } from './statistics-kept.js';
import type { StreamGroup } from '../rows/stream-tally.js';
import { STREAM_COLUMNS } from './tallied-records.js';

/** How streams are grouped, and which groups to give. */
export interface AskedStreams {
  dimension: QualityDimension;
  /** The maximum number of groups: those with most poor streams. */
  limit: number;
  /** Groups of fewer streams are left out, whatever their quality. */
  minimumStreams: number;
}

/** Each reason with its bit, and null for streams without any. */
const REASONS = sql.join(
  [null, ...Object.values(PoorReason)].map(
    (reason) => sql`select ${reason === null ? sql`null` : sql.lit(reason)} as reason,
      ${sql.lit(reason === null ? 0 : reasonBits([reason]))} as bits`,
  ),
  sql` union all `,
);

type Row = Record<'good' | 'poor' | 'unclassified', number | string> & { value: string | null };

/**
 * The streams of a selection's calls in groups. Most poor streams come first, then values by code points, null last.
 */
export async function groupStreams(engine: Engine, selection: Selection, asked: AskedStreams): Promise<StreamGroup[]> {
  if (asked.limit === 0) return [];
  const kept = keptTallies(selection);
  const groups = kept && (await tallyStreams(engine, selection, kept, asked.dimension));
  return groups ? inOrder(groups, asked) : groupAll(engine, selection, asked);
}

/** The value by which a dimension groups rows `s`, and the rows to join for it. */
function valueOf(dimension: QualityDimension): { value: RawBuilder<unknown>; reasons: RawBuilder<unknown> } {
  if (dimension !== QualityDimension.POOR_REASON)
    return { value: sql.ref(`s.${STREAM_COLUMNS[dimension]}`), reasons: sql`` };
  const isOf = sql`(s.poor_reason_bits & d.bits) <> 0 or (s.poor_reason_bits = 0 and d.bits = 0)`;
  return { value: sql`d.reason`, reasons: sql` join (${REASONS}) as d on ${isOf}` };
}

const sums = {
  good: sql`sum(s.good_streams)`,
  poor: sql`sum(s.poor_streams)`,
  unclassified: sql`sum(s.unclassified_streams)`,
};

const toGroup = ({ value, good, poor, unclassified }: Row): StreamGroup => ({
  value,
  goodStreams: Number(good),
  poorStreams: Number(poor),
  unclassifiedStreams: Number(unclassified),
});

/** Reads the kept tallies of hours, days and months; null if many hours have no tally. */
function tallyStreams(
  engine: Engine,
  selection: Selection,
  kept: KeptSums,
  dimension: QualityDimension,
): Promise<StreamGroup[] | null> {
  const { value, reasons } = valueOf(dimension);
  const counts = Object.entries(sums).map(([name, sum]) => [name, { value: sum, type: 'bigint' as const }] as const);
  const statement = selectTallies(engine, selection, {
    kept,
    tallied: 'STREAMS',
    columns: { value: { value, type: 'text' }, ...Object.fromEntries(counts) },
    from: (records, where) => sql`${records} cross join call_record_streams as s${reasons}
      where ${where} and s.record_id = r.id group by ${value}`,
  });
  return engine.reduce(statement, { way: 'streams', asked: dimension }, selection.asker);
}

/** Orders groups as a database does. */
function inOrder(groups: readonly StreamGroup[], { limit, minimumStreams }: AskedStreams): StreamGroup[] {
  const bytes = ({ value }: StreamGroup) => Buffer.from(value ?? '');
  return groups
    .filter((one) => one.goodStreams + one.poorStreams + one.unclassifiedStreams >= minimumStreams)
    .sort(
      (a, b) =>
        b.poorStreams - a.poorStreams ||
        Number(a.value === null) - Number(b.value === null) ||
        Buffer.compare(bytes(a), bytes(b)),
    )
    .slice(0, limit);
}

/** Reads the rows of all streams. */
async function groupAll(
  engine: Engine,
  selection: Selection,
  { dimension, limit, minimumStreams }: AskedStreams,
): Promise<StreamGroup[]> {
  const { value, reasons } = valueOf(dimension);
  const { rows } = await sql<Row>`
    select ${value} as value, ${sums.good} as good, ${sums.poor} as poor, ${sums.unclassified} as unclassified
    from ${await streamsOf(engine, selection)}${reasons}
    ${selection.visibleTo === null ? sql`` : sql`where ${isOwn(engine, selection.visibleTo)}`}
    group by ${value} having sum(s.good_streams + s.poor_streams + s.unclassified_streams) >= ${sql.lit(minimumStreams)}
    order by sum(s.poor_streams) desc, ${value} is null, ${value} limit ${sql.lit(limit)}
  `.execute(engine.readerFor('rows', selection.asker));
  return rows.map(toGroup);
}

/** The rows `s` of the selection's calls; for all calls, the whole table. */
async function streamsOf(engine: Engine, selection: Selection): Promise<RawBuilder<unknown>> {
  if (selection.visibleTo === null && isUnconstrained(selection.filter ?? {})) return sql`call_record_streams as s`;
  const path = await chooseCountPath(engine, selection);
  const calls = source(engine.reader, selection, path, null).select('r.id');
  return sql`(${calls}) as m join call_record_streams as s on s.record_id = m.id`;
}

/** Whether a row is of a session that the person may see. */
function isOwn({ dialect }: Engine, person: string): RawBuilder<unknown> {
  return sql`exists (select 1 from call_record_sessions as e where e.record_id = s.record_id and e.position = s.position
    and ${dialect.holdsText(sql.ref('e.identity_ids'), identityKey(person))})`;
}
