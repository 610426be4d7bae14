import { type Expression, type ExpressionBuilder, type RawBuilder, type SqlBool, sql } from 'kysely';
import { toSeconds } from '../../domain/date-time.js';
import { CallType, Modality } from '../../domain/enums.js';
import { badUserInput, type Violation } from '../../domain/errors.js';
import {
  type CallRecordFilter,
  CallRecordOrderField,
  type DateTimeOffsetFilter,
  type FloatFilter,
  type IdentityFilter,
  type IntFilter,
} from '../../domain/filter.js';
import { foldName, identityKey } from '../../domain/identity.js';
import { modalityBits } from '../rows/modality-bits.js';
import { indexedColumn, ORDER_FIELDS, plainColumn } from './order-columns.js';
import { classBits, hasQuality, stageBits } from '../rows/quality-columns.js';
import { ORGANIZER, PARTICIPANT, type Tables } from '../rows/tables.js';
import { spellingsOf } from './url-spellings.js';

/** A query over `call_records as r`. */
export type RecordQuery = ExpressionBuilder<Tables & { r: Tables['call_records'] }, 'r'>;
type Condition = Expression<SqlBool>;

const NOTHING = sql<SqlBool>`1 = 0`;
const EVERYTHING = sql<SqlBool>`1 = 1`;

const CONDITIONS_LIMIT = 100;
const LIST_LIMIT = 500;
/**
 * The limit of all lists together. A statement may hold a list three times (to start from, to match, to filter), and
 * SQLite takes 32,766 values.
 */
const ALL_LISTS_LIMIT = 5_000;

/** Refuses filters that could only be an attack: too many conditions, or lists too long. */
export function checkFilter(filter: CallRecordFilter): void {
  const violations: Violation[] = [];
  const { conditions, members } = measure(filter, ['filter'], violations);
  const refuse = (what: string, limit: number, count: number) => {
    const message = `Must not hold more than ${limit} ${what}; this one holds ${count}.`;
    if (count > limit) violations.push({ path: ['filter'], rule: 'maximum', message });
  };
  refuse('conditions', CONDITIONS_LIMIT, conditions);
  refuse('members in all of its lists', ALL_LISTS_LIMIT, members);
  if (violations.length > 0) throw badUserInput(violations);
}

interface FilterSize {
  /** Each member of an `and` or an `or` counts as one at least. */
  conditions: number;
  /** The members of all lists but `and` and `or`, whose members count as conditions. */
  members: number;
}

function measure(value: object, path: (string | number)[], violations: Violation[]): FilterSize {
  const size = { conditions: 0, members: 0 };
  const add = (part: unknown, at: (string | number)[], atLeast: number) => {
    const { conditions, members } = measure(part as object, at, violations);
    size.conditions += Math.max(atLeast, conditions);
    size.members += members;
  };
  for (const [name, member] of Object.entries(value) as [string, unknown][]) {
    if (member == null) continue;
    if (Array.isArray(member) && member.length > LIST_LIMIT) {
      const message = `Must not hold more than ${LIST_LIMIT} members.`;
      violations.push({ path: [...path, name], rule: 'maximum', message });
    } else if (!Array.isArray(member) && typeof member === 'object') {
      add(member, [...path, name], 0);
    } else {
      size.conditions += 1;
      if (!Array.isArray(member)) continue;
      // A member without a condition counts, too: it is in the statement, whose depth SQLite limits.
      if (name === 'and' || name === 'or') member.forEach((part, index) => add(part, [...path, name, index], 1));
      else size.members += member.length;
    }
  }
  return size;
}

/** The columns by which an index may find records; see {@link plainColumn} for the others. */
export type IndexedFields = readonly CallRecordOrderField[];

/**
 * How a filter is compiled: the columns that an index may find, and the caller (null: a caller who sees everything).
 */
export interface FilterScope {
  indexed: IndexedFields;
  visibleTo: string | null;
}

/** The filter as one condition on `r`. An empty filter is true for every record. */
export function compileFilter(query: RecordQuery, filter: CallRecordFilter, scope: FilterScope): Condition {
  const all: Condition[] = [];
  if (filter.id)
    all.push(
      oneOf(
        query,
        'r.id',
        filter.id.map((id) => id.toLowerCase()),
      ),
    );
  if (filter.type) all.push(compileType(query, filter.type));
  if (filter.modalities?.hasAny) all.push(sql`r.modality_bits & ${modalityBits(filter.modalities.hasAny)} <> 0`);
  if (filter.modalities?.hasAll) all.push(compileHasAll(filter.modalities.hasAll));
  for (const field of ORDER_FIELDS) all.push(...inRange(field, filter, recordColumn(field, scope.indexed)));
  if (filter.joinWebUrl != null) all.push(hasJoinWebUrl(filter.joinWebUrl));
  if (filter.hasJoinWebUrl != null) all.push(isNull('r.join_web_url', !filter.hasJoinWebUrl));
  if (filter.organizer) all.push(hasIdentity(query, ORGANIZER, filter.organizer));
  if (filter.participant) all.push(hasIdentity(query, PARTICIPANT, filter.participant));
  all.push(...ofSessions(filter, scope.visibleTo));
  if (filter.participantCount) all.push(...compare(sql.ref('r.participant_count'), filter.participantCount));
  if (filter.and) all.push(query.and(filter.and.map((part) => compileFilter(query, part, scope))));
  if (filter.or) all.push(query.or(filter.or.map((part) => compileFilter(query, part, scope))));
  if (filter.not) all.push(query.not(compileFilter(query, filter.not, scope)));
  return query.and(all);
}

function ofSessions(
  { quality, failureStage, sessionsFetched }: CallRecordFilter,
  visibleTo: string | null,
): Condition[] {
  const all: Condition[] = [];
  if (quality) all.push(quality.length === 0 ? NOTHING : hasQuality(classBits(quality), visibleTo));
  if (failureStage) all.push(failureStage.length === 0 ? NOTHING : hasQuality(stageBits(failureStage), visibleTo));
  if (sessionsFetched != null) all.push(isNull('r.quality_bits', !sessionsFetched));
  return all;
}

const recordColumn = (field: CallRecordOrderField, indexed: IndexedFields): RawBuilder<string> =>
  indexed.includes(field) ? indexedColumn(field) : plainColumn(field);

function oneOf(query: RecordQuery, column: 'r.id' | 'r.type', values: string[]): Condition {
  return values.length === 0 ? NOTHING : query(column, 'in', values as never);
}

/** `unknownFutureValue` stands for every member that this version does not know. */
function compileType(query: RecordQuery, types: CallType[]): Condition {
  if (!types.includes(CallType.unknownFutureValue)) return oneOf(query, 'r.type', types);
  const known = Object.values(CallType).filter((type) => type !== CallType.unknownFutureValue && !types.includes(type));
  // Hides the comparison from PostgreSQL, which knows how rare such types are, and would search all records for them
  // before it looks at any other condition.
  return known.length === 0 ? EVERYTHING : sql`case when r.type in (${sql.join(known)}) then 0 else 1 end > 0`;
}

function compileHasAll(modalities: Modality[]): Condition {
  if (modalities.length === 0) return NOTHING;
  const bits = modalityBits(modalities);
  // `>=` means `=` here, as the left side cannot be greater. PostgreSQL takes an equality without statistics to be
  // rare, and would sort.
  return sql`r.modality_bits & ${bits} >= ${bits}`;
}

/** The range that the filter itself sets for a field of an order, as conditions on its column. */
export function inRange(
  field: CallRecordOrderField,
  filter: CallRecordFilter,
  column: Expression<string>,
): Condition[] {
  if (field === CallRecordOrderField.DURATION) return compareDuration(column, filter[field] ?? {});
  return compare(column, filter[field] ?? {});
}

const OPERATORS = { lt: '<', lte: '<=', gt: '>', gte: '>=', eq: '=' } as const;
const NAMES = Object.keys(OPERATORS) as (keyof typeof OPERATORS)[];

function compare(column: Expression<unknown>, range: DateTimeOffsetFilter | IntFilter): Condition[] {
  return NAMES.flatMap((name) => {
    const value = range[name];
    return value == null ? [] : [sql<SqlBool>`${column} ${sql.raw(OPERATORS[name])} ${value}`];
  });
}

/**
 * Bounds in seconds as bounds in ticks. A record compares as the `durationSeconds` that it shows. Most such numbers are
 * no exact multiple of 100 ns, and very long ones stand for several numbers of ticks.
 */
function compareDuration(column: Expression<string>, range: FloatFilter): Condition[] {
  return BOUNDS.flatMap((name): Condition[] => {
    const seconds = range[name];
    if (seconds == null) return [];
    const from = firstTicks((shown) => shown >= seconds);
    const beyond = firstTicks((shown) => shown > seconds);
    const bound = name === 'lt' || name === 'gte' ? from : beyond;
    return [sql<SqlBool>`${column} ${sql.raw(name === 'lt' || name === 'lte' ? '<' : '>=')} ${bound}`];
  });
}

const BOUNDS = ['lt', 'lte', 'gt', 'gte'] as const;

/** Greater than every duration between the years 0001 and 9999, and within 64 bits. */
const MAX_TICKS = 2n ** 62n;

/** The least number of ticks that, shown in seconds, reaches the bound. */
function firstTicks(reaches: (shown: number) => boolean): bigint {
  let below = -MAX_TICKS;
  let above = MAX_TICKS;
  while (above - below > 1n) {
    const middle = (below + above) / 2n;
    if (reaches(toSeconds(middle))) above = middle;
    else below = middle;
  }
  return above;
}

/**
 * False, not unknown, for records without a URL, so that `not` holds for them. PostgreSQL's index holds only the
 * beginning of a URL.
 */
function hasJoinWebUrl(url: string): Condition {
  const spellings = spellingsOf(url);
  const beginnings = spellings.map((one) => sql`substr(${one}, 1, 400)`);
  return sql`(r.join_web_url is not null and r.join_web_url in (${sql.join(spellings)}) and substr(r.join_web_url, 1, 400) in (${sql.join(beginnings)}))`;
}

function isNull(column: string, is: boolean): Condition {
  return sql`${sql.ref(column)} is ${sql.raw(is ? '' : 'not ')}null`;
}

/** Whether the organizer or a participant of the record is such an identity. */
function hasIdentity(query: RecordQuery, role: number, filter: IdentityFilter): Condition {
  if (isUnconstrained(filter)) return EVERYTHING;
  // Decided here once, not by the database for each record.
  if ([filter.id, filter.kind, filter.tenantId].some((list) => list?.length === 0)) return NOTHING;
  if (filter.id && filter.id.length <= PEOPLE_LIMIT && isIdsAlone(filter))
    return involves(query, filter.id.map(identityKey), role);
  const identities = query
    .selectFrom('call_record_identities as i')
    .select(sql<number>`1`.as('one'))
    .whereRef('i.record_id', '=', 'r.id')
    .where(inRole(role));
  return query.exists(asProbe(identities.where(matches(filter))));
}

/** For up to this many people each one's calls are searched; for more, the identities of the record. */
const PEOPLE_LIMIT = 8;

/**
 * Whether the record involves one of these people. It probes the index of their calls: records that are looked at one
 * after the other have entries beside each other there.
 */
export function involves(query: RecordQuery, ids: string[], roles: number): Condition {
  const calls = query
    .selectFrom('call_record_people as p')
    .select(sql<number>`1`.as('one'))
    .where(inList('p.identity_id', ids))
    .whereRef('p.start_date_time', '=', 'r.start_date_time')
    .whereRef('p.record_id', '=', 'r.id')
    .where(sql<SqlBool>`p.roles & ${roles} <> 0`);
  return query.exists(asProbe(calls));
}

/** Keeps a subquery as a probe for each record. PostgreSQL would turn it into a join over all identities. */
export function asProbe<Query extends { limit(n: unknown): Query; offset(n: unknown): Query }>(query: Query): Query {
  return query.limit(sql.lit(1)).offset(sql.lit(0));
}

/** Whether an identity filter sets nothing but ids. */
export function isIdsAlone(filter: IdentityFilter): boolean {
  return isUnconstrained({ ...filter, id: null });
}

/** Whether no member of a filter is set. */
export function isUnconstrained(filter: object): boolean {
  return Object.values(filter).every((member) => member == null);
}

/** The organizer is at position -1, participants are from 0 on. */
export function inRole(role: number): Condition {
  return role === ORGANIZER ? sql`i.position = -1` : sql`i.position >= 0`;
}

/** The conditions of an identity filter on a row of `call_record_identities as i`. */
export function matches(filter: IdentityFilter): Condition {
  const all = [
    ...(filter.id ? [inList('i.identity_id', filter.id.map(identityKey))] : []),
    ...(filter.kind ? [inList('i.kind', filter.kind)] : []),
    ...(filter.tenantId ? [inList('i.tenant_id', filter.tenantId.map(identityKey))] : []),
    ...(filter.hasId != null ? [isNull('i.identity_id', !filter.hasId)] : []),
    ...(filter.displayName != null ? [sql<SqlBool>`${contains('i.display_name', filter.displayName)}`] : []),
    ...(filter.userPrincipalName != null
      ? [sql<SqlBool>`i.user_principal_name = ${foldName(filter.userPrincipalName)}`]
      : []),
  ];
  return sql<SqlBool>`(${sql.join(all, sql` and `)})`;
}

/** A search for plain text without pattern characters: SQLite's `instr`, which a migration defines in PostgreSQL. */
export function contains(column: string, text: string): Condition {
  // An equality: PostgreSQL takes it for rarer than a comparison, which it takes to match a third of all names.
  return sql<SqlBool>`case when instr(${sql.ref(column)}, ${foldName(text)}) > 0 then 1 else 0 end = 1`;
}

function inList(column: string, values: readonly string[]): Condition {
  return values.length === 0 ? NOTHING : sql<SqlBool>`${sql.ref(column)} in (${sql.join(values)})`;
}
