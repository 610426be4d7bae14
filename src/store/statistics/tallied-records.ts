import { type Kysely, type RawBuilder, sql } from 'kysely';
import { QualityDimension } from '../../domain/quality-groups.js';
import type { Engine } from '../engine/engine.js';
import type { StreamsTable, Tables } from '../rows/tables.js';
import { HOUR_LENGTH } from '../rows/unsummed.js';
import { isWithinAny } from './marked-hours.js';
import { TICKS_A_SECOND } from './statistics-sums.js';

/** The role in which people are counted. */
export type Role = 'organizer' | 'participants';

/** The column of `call_record_streams` by which a dimension groups. */
export const STREAM_COLUMNS = {
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

export const STREAM_DIMENSIONS = Object.keys(STREAM_COLUMNS) as (keyof typeof STREAM_COLUMNS)[];

/** A person in the calls of an hour, with the numbers of {@link COUNTS}. */
export type PersonRow = [slot: string, kind: string, id: string, ...counts: number[]];

/** Streams of an hour with the same values in {@link STREAM_COLUMNS}, and their numbers. */
type StreamRow = [
  slot: string,
  values: (string | null)[],
  numbers: [reasons: number, good: number, poor: number, unclassified: number],
];

/** The people and the streams in the calls of some hours. */
export interface RecordsOfHours {
  people: PersonRow[];
  streams: StreamRow[];
}

/** Rows `c` of calls with everybody in them. A person who is listed twice in a call counts once. */
export const inCalls = (from: RawBuilder<unknown>, where: RawBuilder<unknown>, slot = sql`null`): RawBuilder<unknown> =>
  sql`select distinct ${slot} as slot, i.kind, i.identity_id, r.id, r.duration_ticks,
      case when i.position >= 0 then 1 else 0 end as takes_part
    from ${from} cross join call_record_identities as i where ${where} and i.record_id = r.id and i.identity_id <> ''`;

const sumsOf = (name: Role, isInRole: RawBuilder<unknown>): [string, RawBuilder<unknown>][] => [
  [name, sql`sum(case when ${isInRole} then 1 else 0 end)`],
  ...(['seconds', 'ticks'] as const).map((unit): [string, RawBuilder<unknown>] => {
    const value = sql`c.duration_ticks ${unit === 'seconds' ? sql`/` : sql`%`} ${sql.lit(TICKS_A_SECOND)}`;
    return [`${name}_${unit}`, sql`sum(case when ${isInRole} then ${value} else 0 end)`];
  }),
];

/** The counts over {@link inCalls}, in the order of the numbers in tallies. */
export const COUNTS = new Map([
  ...sumsOf('participants', sql`c.takes_part = 1`),
  ...sumsOf('organizer', sql`c.takes_part = 0`),
]);

/** Reads the data for tallies of hours as one text, which takes a third of the time of so many rows. */
export async function readRecordsOf(
  { dialect }: Engine,
  database: Kysely<Tables>,
  hours: readonly string[],
): Promise<RecordsOfHours> {
  const records = sql`call_records as r`;
  const within = isWithinAny('r.start_date_time', hours);
  const slot = sql`substr(r.start_date_time, 1, ${sql.lit(HOUR_LENGTH)})`;
  const listed = async <Row>(columns: RawBuilder<unknown>, from: RawBuilder<unknown>): Promise<Row[]> => {
    const all = sql<{ list: string | null }>`select ${dialect.listOf(columns)} as list from ${from}`;
    const [row] = (await all.execute(database)).rows;
    return JSON.parse(row?.list ?? '[]') as Row[];
  };
  const ofPeople = sql.join(
    [sql`slot, kind, identity_id`, ...COUNTS.keys()].map((one) => (typeof one === 'string' ? sql.ref(one) : one)),
  );
  const counts = [...COUNTS].map(([name, value]) => sql`${value} as ${sql.ref(name)}`);
  const people = sql`(select c.slot, c.kind, c.identity_id, ${sql.join(counts)}
    from (${inCalls(records, within, slot)}) as c group by c.slot, c.kind, c.identity_id) as people`;
  const values = dialect.list(sql.join(Object.values(STREAM_COLUMNS).map((name) => sql.ref(`s.${name}`))));
  const numbers = dialect.list(sql`s.poor_reason_bits, s.good_streams, s.poor_streams, s.unclassified_streams`);
  const streams = sql`${records} cross join call_record_streams as s where ${within} and s.record_id = r.id`;
  return {
    people: await listed<PersonRow>(ofPeople, people),
    streams: await listed<StreamRow>(sql`${slot}, ${values}, ${numbers}`, streams),
  };
}
