import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { CallRecordDocument } from '../../domain/document.js';
import { Fetched } from '../../domain/document.js';
import { toKnownMember } from '../../domain/enums.js';
import { identityKey } from '../../domain/identity.js';
import {
  type CallQuality,
  type JudgedStream,
  PoorReason,
  QUALITY_RULES,
  QualityClass,
  qualityByStreams,
  stageOfSession,
  streamsOf,
  totalOf,
} from '../../domain/quality.js';
import { FailureStage } from '../../domain/session-enums.js';
import { endpointIds } from './session-people.js';
import type { QualityColumns } from './tables.js';

const bitsOf = (names: readonly string[], first: number): ReadonlyMap<string, number> =>
  new Map(names.map((name, index) => [name, first << index]));

const CLASS_BITS = bitsOf([QualityClass.GOOD, QualityClass.POOR, QualityClass.UNCLASSIFIED], 1);
const STAGES = [FailureStage.unknown, FailureStage.callSetup, FailureStage.midcall, FailureStage.unknownFutureValue];
const STAGE_BITS = bitsOf(STAGES, 8);
const REASON_BITS = bitsOf(Object.values(PoorReason), 1);

const unite = (bits: ReadonlyMap<string, number>, names: readonly string[]): number =>
  names.reduce((united, name) => united | (bits.get(name) as number), 0);

/** Reasons as bits of `poor_reason_bits`. */
export const reasonBits = (reasons: readonly PoorReason[]): number => unite(REASON_BITS, reasons);
/** Classes as bits of `quality_bits`. */
export const classBits = (classes: readonly QualityClass[]): number => unite(CLASS_BITS, classes);
/** Stages of failure as bits of `quality_bits`. */
export const stageBits = (stages: readonly FailureStage[]): number => unite(STAGE_BITS, stages);

/** Trouble: poor or failed calls, which are few. A record has the trouble of each person's own sessions. */
export const TROUBLE = classBits([QualityClass.POOR]) | stageBits(STAGES);
/** Whether bits ask only for trouble. */
export const isTrouble = (bits: number): boolean => (bits & ~TROUBLE) === 0;

export const NO_QUALITY: QualityColumns = {
  quality_bits: null,
  poor_reason_bits: null,
  good_streams: null,
  poor_streams: null,
  unclassified_streams: null,
  session_count: null,
  setup_failures: null,
  drops: null,
};

const NOT_JUDGED = { quality_rules: null, ...NO_QUALITY };

/**
 * The quality of a record as columns: of the record, and of each caller or callee of its sessions, by the keys of their
 * ids. Also the streams that count, by session.
 */
export interface RecordQuality {
  record: QualityColumns & { quality_rules: number | null };
  people: ReadonlyMap<string, QualityColumns>;
  streams: readonly (readonly JudgedStream[])[];
}

interface Judged {
  quality: CallQuality;
  stage: string | null;
}

/** Judges the sessions of a version. Null if none of this version were fetched, whatever an earlier one had. */
export function qualityOfDocument({
  sessions,
  sessionsFetched,
}: Pick<CallRecordDocument, 'sessions' | 'sessionsFetched'>): RecordQuality {
  if (sessionsFetched === Fetched.none) return { record: NOT_JUDGED, people: new Map(), streams: [] };
  const all: Judged[] = [];
  const own = new Map<string, Judged[]>();
  const streams: JudgedStream[][] = [];
  for (const session of sessions) {
    const some = streamsOf(session);
    streams.push(some);
    const judged = { quality: qualityByStreams(session, some), stage: stageOfSession(session) };
    all.push(judged);
    for (const id of endpointIds(session)) {
      const some = own.get(id);
      if (some) some.push(judged);
      else own.set(id, [judged]);
    }
  }
  return {
    record: { quality_rules: QUALITY_RULES, ...toColumns(all) },
    people: new Map([...own].map(([id, some]) => [id, toColumns(some)])),
    streams,
  };
}

function toColumns(judged: readonly Judged[]): QualityColumns {
  const quality = totalOf(judged.map((one) => one.quality));
  const stages = judged.flatMap(({ stage }) => (stage === null ? [] : [toKnownMember(FailureStage, stage)]));
  return {
    quality_bits: classBits([quality.class]) | stageBits(stages),
    poor_reason_bits: unite(REASON_BITS, quality.poorReasons),
    good_streams: quality.goodStreams,
    poor_streams: quality.poorStreams,
    unclassified_streams: quality.unclassifiedStreams,
    session_count: quality.sessions,
    setup_failures: quality.setupFailures,
    drops: quality.drops,
  };
}

/** The members of a quality that are counts, and the column of each. */
export const COUNTS = {
  goodStreams: 'good_streams',
  poorStreams: 'poor_streams',
  unclassifiedStreams: 'unclassified_streams',
  sessions: 'session_count',
  setupFailures: 'setup_failures',
  drops: 'drops',
} as const satisfies Partial<Record<keyof CallQuality, keyof QualityColumns>>;

/** Quality columns as the JSON that clients see; null if there is none. */
export function qualityJson(row: QualityColumns): string | null {
  const { quality_bits: bits, poor_reason_bits: reasons } = row;
  if (bits === null) return null;
  const within = (names: ReadonlyMap<string, number>, all: number) =>
    [...names].filter(([, bit]) => (all & bit) !== 0).map(([name]) => name);
  return JSON.stringify({
    class: within(CLASS_BITS, bits)[0],
    poorReasons: within(REASON_BITS, reasons ?? 0),
    ...Object.fromEntries(Object.entries(COUNTS).map(([name, column]) => [name, row[column]])),
  });
}

/** The same in SQL, from `from.quality_bits` and the columns beside it. */
function jsonOf(from: string): RawBuilder<string | null> {
  const column = (name: keyof QualityColumns) => sql.ref(`${from}.${name}`);
  const classes = [...CLASS_BITS].map(
    ([name, bit]) => sql`when ${column('quality_bits')} & ${sql.lit(bit)} <> 0 then ${sql.lit(name)}`,
  );
  const reasons = [...REASON_BITS].map(
    ([name, bit]) =>
      sql`case when ${column('poor_reason_bits')} & ${sql.lit(bit)} <> 0 then ${sql.lit(`,"${name}"`)} else '' end`,
  );
  const counts = Object.entries(COUNTS).map(([name, count]) => sql`${sql.lit(`,"${name}":`)} || ${column(count)}`);
  return sql`'{"class":"' || case ${sql.join(classes, sql` `)} end || '","poorReasons":['
    || substr(${sql.join(reasons, sql` || `)}, 2) || ']' || ${sql.join(counts, sql` || `)} || '}'`;
}

/** The quality for a person without sessions in a record. */
const NOTHING_OWN: QualityColumns = {
  ...toColumns([]),
};

/** The row of `call_record_people` for the caller in the record `r`. */
function ofCaller<Value>(visibleTo: string, value: RawBuilder<Value>): RawBuilder<Value> {
  return sql<Value>`(select ${value} from call_record_people v
    where v.identity_id = ${identityKey(visibleTo)} and v.start_date_time = r.start_date_time and v.record_id = r.id)`;
}

/**
 * The quality of the record `r` as JSON, as a person sees it (null: all of it); null if sessions were never fetched.
 */
export function shownQuality(visibleTo: string | null): RawBuilder<string | null> {
  if (visibleTo === null) return jsonOf('r');
  const own = sql`coalesce(${ofCaller(visibleTo, jsonOf('v'))}, ${sql.lit(qualityJson(NOTHING_OWN) as string)})`;
  return sql`case when r.quality_bits is null then null else ${own} end`;
}

/** A column of the quality of `r`, as a person sees it; null if sessions were never fetched. */
export function shownColumn(name: keyof QualityColumns, visibleTo: string | null): RawBuilder<number | null> {
  const ofRecord = sql.ref<number | null>(`r.${name}`);
  if (visibleTo === null) return ofRecord;
  const own = ofCaller(visibleTo, sql.ref<number | null>(`v.${name}`));
  return sql`case when r.quality_bits is null then null else coalesce(${own}, ${sql.lit(NOTHING_OWN[name])}) end`;
}

/** Whether the quality of `r`, as a person sees it, has one of these bits; false if there is no quality. */
export function hasQuality(bits: number, visibleTo: string | null): RawBuilder<SqlBool> {
  const mask = sql.lit(bits);
  const ofRecord = sql<SqlBool>`coalesce(r.quality_bits, 0) & ${mask} <> 0`;
  if (visibleTo === null) return ofRecord;
  const own = ofCaller(visibleTo, sql`v.quality_bits`);
  // A person's bits are among those of the record. Only few records have trouble.
  const first = isTrouble(bits) ? ofRecord : sql<SqlBool>`r.quality_bits is not null`;
  return sql`(${first} and coalesce(${own}, ${sql.lit(NOTHING_OWN.quality_bits)}) & ${mask} <> 0)`;
}

/** The condition of the index of calls in trouble, in the words of its definition. */
export const IN_TROUBLE = sql<SqlBool>`r.quality_bits & ${sql.lit(TROUBLE)} <> 0`;
