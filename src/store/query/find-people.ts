import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Asker } from '../../domain/asker.js';
import type { UtcText } from '../../domain/date-time.js';
import { foldName, identityKey, IdentityKind } from '../../domain/identity.js';
import { isStorable } from '../../domain/text.js';
import { compareText } from '../../platform/compare-text.js';
import { contains } from './compile-filter.js';
import type { Engine } from '../engine/engine.js';
import { SAME_NAMES } from './identity-matches.js';
import { NEXT, searchTextOf } from '../rows/row-mapping.js';
import { INVOLVED, KIND_BITS } from '../rows/tables.js';

/** How many of the latest calls are searched: the fewer people match the name, the more. */
const SOME_CALLS = 50;
const MORE_CALLS = 300;
const MANY_CALLS = 1_500;
/** How many of a person's own calls are searched while other reads wait. */
const OWN_CALLS = 400;
/** How many identities are looked up, each in so many of its latest calls: while other reads wait, and on a thread. */
const FEW = { identities: 60, calls: 100 };
const SOME = { identities: 1_000, calls: 500 };
/**
 * Up to this many identities are gathered and sorted by their latest call. For more, people are searched in the latest
 * calls.
 */
const GATHERED = 200;
/** A text of up to this many characters is in most names. */
const SHORT = 2;

/** The people to search for. `visibleTo` is the person whose calls alone are searched; null for all calls. */
export interface PeopleSearch {
  search: string;
  limit: number;
  visibleTo: string | null;
  asker?: Asker;
}

/** A person found in calls, with the latest of these. */
export interface FoundPerson {
  kind: IdentityKind;
  /** The key of the id. */
  id: string;
  lastCallAt: UtcText;
  recordId: string;
}

interface Search {
  engine: Engine;
  /** The text to search for, folded. */
  part: string;
  limit: number;
  asker?: Asker;
}

/**
 * The people whose names in their latest call match, the latest calls first. An index of parts of names tells who
 * matches, and the calls themselves tell which is a person's latest. So no row of a person changes with each call.
 * - If few people match, each one's latest call is looked up.
 * - If many match, they are found in the latest calls of all.
 * - Of a person's own calls the latest are searched. If few people match, the calls of each are searched for one with
 * that person.
 * - Otherwise all people who match are gathered, or all of a person's own calls are searched, on a thread.
 */
export async function findPeople(engine: Engine, asked: PeopleSearch): Promise<FoundPerson[]> {
  const part = foldName(asked.search.trim());
  if (part === '' || part.includes(NEXT) || !isStorable(part) || asked.limit === 0) return [];
  const { limit, asker, visibleTo } = asked;
  const search = { engine, part, limit, asker };
  if (visibleTo !== null) {
    const me = identityKey(visibleTo);
    return (
      (await inLatestOwnCalls(search, me, SOME_CALLS)) ??
      (await amongCalled(search, me, FEW)) ??
      (await inLatestOwnCalls(search, me, OWN_CALLS)) ??
      (await amongCalled(search, me, SOME)) ??
      inOwnCalls(search, me)
    );
  }
  const few = () => gather(search, GATHERED);
  const latest = async () => (await inLatestCalls(search, SOME_CALLS)) ?? inLatestCalls(search, MORE_CALLS);
  // A short text begins many parts in the index. All of them are gathered before the first is returned.
  const [first, second] = [...part].length <= SHORT ? [latest, few] : [few, latest];
  return (
    (await first()) ??
    (await second()) ??
    (await inLatestCalls(search, MANY_CALLS)) ??
    ((await gather(search, null)) as FoundPerson[])
  );
}

/** The person of an id, by the latest call, and the first kind that it has there; null without calls. */
export async function findPerson({ reader }: Engine, id: string): Promise<FoundPerson | null> {
  const latest = await reader
    .selectFrom('call_record_people')
    .select(['start_date_time', 'record_id', 'roles'])
    .where('identity_id', '=', identityKey(id))
    .where(sql<SqlBool>`roles & ${sql.lit(INVOLVED)} <> 0`)
    .orderBy('start_date_time', 'desc')
    .orderBy('record_id', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!latest) return null;
  const kind = KINDS.find((one) => latest.roles & (KIND_BITS.get(one) as number)) as IdentityKind;
  return { kind, id: identityKey(id), lastCallAt: latest.start_date_time, recordId: latest.record_id };
}

const KINDS = Object.values(IdentityKind);

/** An identity in one of the latest calls. A call without identities has one row. */
interface CallRow {
  record_id: string;
  start_date_time: string;
  kind: IdentityKind | null;
  identity_id: string | null;
  display_name: string | null;
  user_principal_name: string | null;
}

/** The people found in the latest calls of all; null if they are fewer than asked for. */
async function inLatestCalls({ engine, part, limit }: Search, calls: number): Promise<FoundPerson[] | null> {
  const latest = sql`select r.id, r.start_date_time from call_records r order by r.start_date_time desc, r.id desc`;
  const { rows } = await sql<CallRow>`
    ${identitiesIn(latest, calls)} where ${mayBeCalled(part)} ${LATEST_FIRST}`.execute(engine.reader);
  const called = calledSo(rows, part).slice(0, limit + SPARE);
  if (called.length < limit) return null;
  const found = await atTheirLatest(engine, called);
  return found.length >= limit ? found.slice(0, limit) : null;
}

/** How many people more are read, as some may have other names in a later call. */
const SPARE = 10;

/**
 * The people found in a person's latest calls; null if they are fewer than asked for and there are earlier calls. Of
 * thousands in these calls, only people who may match leave the database. It is a cross join because SQLite would
 * reorder any other, and pass over all identities to find a few.
 */
async function inLatestOwnCalls(
  { engine, part, limit }: Search,
  me: string,
  calls: number,
): Promise<FoundPerson[] | null> {
  const { rows } = await sql<CallRow & { calls: number | string }>`
    with c as materialized (
      select p.record_id as id, p.start_date_time from call_record_people p
      where p.identity_id = ${me} and p.roles & ${sql.lit(INVOLVED)} <> 0
      order by p.start_date_time desc, p.record_id desc limit ${sql.lit(calls)}),
    called as materialized (
      select distinct i.kind, i.identity_id from c join call_record_identities i on i.record_id = c.id
      where ${mayBeCalled(part)})
    select counted.calls, f.*
    from (select count(*) as calls from c) as counted left join (
      select c.id as record_id, c.start_date_time, i.kind, i.identity_id, i.display_name, i.user_principal_name, i.position
      from c cross join call_record_identities i
      where i.record_id = c.id and (i.kind, i.identity_id) in (select kind, identity_id from called)) as f on 1 = 1
    order by f.start_date_time desc, f.record_id desc, f.position`.execute(engine.reader);
  const found = calledSo(rows, part);
  return Number(rows[0]?.calls) < calls || found.length >= limit ? found.slice(0, limit) : null;
}

const identitiesIn = (latest: RawBuilder<unknown>, calls: number) => sql`
  select c.id as record_id, c.start_date_time, i.kind, i.identity_id, i.display_name, i.user_principal_name
  from (${latest} limit ${sql.lit(calls)}) as c left join call_record_identities i on i.record_id = c.id`;

const LATEST_FIRST = sql`order by c.start_date_time desc, c.id desc, i.position`;

/** Whether `i` may match: by name, or by an id beyond ASCII, which no database folds as we do. */
const mayBeCalled = (part: string) => sql`(
  instr(lower(i.identity_id), ${part}) > 0 or instr(i.display_name, ${part}) > 0
  or instr(i.user_principal_name, ${part}) > 0 or octet_length(i.identity_id) > length(i.identity_id))`;

/** The people without a later call than the one in which they were found. */
async function atTheirLatest(engine: Engine, people: FoundPerson[]): Promise<FoundPerson[]> {
  const { rows } = await sql<GatheredRow>`
    with n (kind, identity_id) as (values ${valuesOf(people)})
    select n.kind, n.identity_id, ${LAST_CALL} as last from n`.execute(engine.reader);
  const latest = new Set(toFound(rows).map(({ kind, id, recordId }) => `${kind} ${id} ${recordId}`));
  return people.filter(({ kind, id, recordId }) => latest.has(`${kind} ${id} ${recordId}`));
}

/** Each person at the first of the calls, which is the person's latest, if the names match there. */
function calledSo(rows: readonly CallRow[], part: string): FoundPerson[] {
  const latest = new Map<string, FoundPerson>();
  const found = new Set<FoundPerson>();
  for (const { kind, identity_id: id, start_date_time, record_id, ...names } of rows) {
    if (kind === null || !id) continue;
    const key = `${kind} ${id}`;
    let person = latest.get(key);
    if (!person) latest.set(key, (person = { kind, id, lastCallAt: start_date_time, recordId: record_id }));
    if (person.recordId !== record_id || found.has(person)) continue;
    const { display_name, user_principal_name } = names;
    const text = searchTextOf({
      identity_id: id,
      display_name: display_name ?? '',
      user_principal_name: user_principal_name ?? '',
    });
    if (text.includes(part)) found.add(person);
  }
  return [...found].sort(compareFound);
}

/** The latest calls first. Within one call, by ids and kinds. */
function compareFound(a: FoundPerson, b: FoundPerson): number {
  const call = ({ lastCallAt, recordId }: FoundPerson) => `${lastCallAt} ${recordId}`;
  return compareText(call(b), call(a)) || compareText(a.id, b.id) || compareText(a.kind, b.kind);
}

/** A call as one text: its start, a space and its id. It sorts as calls do, as no time goes on with a space. */
const call = (start: string, id: string) => sql.raw(`${start} || ' ' || ${id}`);
const recordOf = (column: string) => sql.raw(`substr(${column}, instr(${column}, ' ') + 1)`);

/** The bit of the kind of `n` among roles. */
export const KIND_BIT = sql.raw(
  `case n.kind ${[...KIND_BITS].map(([kind, bit]) => `when '${kind}' then ${bit}`).join(' ')} end`,
);

export const valuesOf = (people: readonly FoundPerson[]) =>
  sql.join(people.map(({ kind, id }) => sql`(${kind}, ${id})`));

/** The calls of `n`, the latest first. */
const callsOf = (columns: RawBuilder<unknown>) => sql`
  select ${columns} from call_record_people p
  where p.identity_id = n.identity_id and p.roles & ${KIND_BIT} <> 0
  order by p.start_date_time desc, p.record_id desc`;
const callsOfOne = callsOf(sql`p.start_date_time, p.record_id`);

/** The latest call of `n`. */
const LAST_CALL = sql`(${callsOf(sql`${call('p.start_date_time', 'p.record_id')}`)} limit 1)`;

interface GatheredRow {
  candidates: number | string;
  kind: IdentityKind | null;
  identity_id: string;
  last: string;
}

/** Identities whose names match. */
const calledBy = (engine: Engine, part: string) => sql`
  select n.identity_id, n.kind, n.display_name, n.user_principal_name
  ${engine.dialect.knownWith(part)} and ${contains('n.search_text', part)} and n.identity_id <> ''`;

/** The rows of `latest` whose names are the same in that call. */
const stillCalledSo = sql`
  select n.kind, n.identity_id, n.last from latest n where exists (
    select 1 from call_record_identities i
    where i.record_id = ${recordOf('n.last')} and i.identity_id = n.identity_id and ${SAME_NAMES})
  group by n.kind, n.identity_id, n.last`;

/** The identities that match by their latest call; null if more than `most` match by any call. */
async function gather({ engine, part, limit, asker }: Search, most: number | null): Promise<FoundPerson[] | null> {
  const database = most === null ? engine.readerFor('rows', asker) : engine.reader;
  const bound = most === null ? sql`` : sql`limit ${sql.lit(most + 1)}`;
  // Too many identities are not looked up.
  const ifFew = most === null ? sql`` : sql`where (select count(*) from c) <= ${sql.lit(most)}`;
  const { rows } = await sql<GatheredRow>`
    with c as materialized (
      ${calledBy(engine, part)} ${bound}),
    latest as materialized (
      select n.*, ${LAST_CALL} as last from c n ${ifFew})
    select counted.candidates, f.kind, f.identity_id, f.last
    from (select count(*) as candidates from c) as counted left join (${stillCalledSo}) as f on 1 = 1
    order by f.last desc, f.identity_id, f.kind limit ${sql.lit(limit)}`.execute(database);
  return most !== null && Number(rows[0]?.candidates) > most ? null : toFound(rows);
}

/**
 * The people in a person's own calls, found by the calls of all who match. Null if many match, or if one of them has
 * many calls and none of the latest is with that person.
 */
async function amongCalled(
  { engine, part, limit, asker }: Search,
  me: string,
  most: typeof FEW,
): Promise<FoundPerson[] | null> {
  // A short text begins many parts in the index.
  if ([...part].length <= SHORT) return null;
  const { rows } = await sql<GatheredRow & { unsure: number | string }>`
    with c as materialized (${calledBy(engine, part)} limit ${sql.lit(most.identities + 1)}),
    latest as materialized (
      select n.*, (
        select ${call('p.start_date_time', 'p.record_id')} from (${callsOfOne} limit ${sql.lit(most.calls)}) as p
        where exists (
          select 1 from call_record_people m
          where m.identity_id = ${me} and m.start_date_time = p.start_date_time and m.record_id = p.record_id
            and m.roles & ${sql.lit(INVOLVED)} <> 0)
        order by p.start_date_time desc, p.record_id desc limit 1) as last,
        exists (${callsOfOne} limit 1 offset ${sql.lit(most.calls)}) as has_more
      from c n where (select count(*) from c) <= ${sql.lit(most.identities)}),
    counted as (
      select (select count(*) from c) as candidates, (select count(*) from latest where last is null and has_more) as unsure)
    select counted.candidates, counted.unsure, f.kind, f.identity_id, f.last
    from counted left join (${stillCalledSo}) as f on 1 = 1
    order by f.last desc, f.identity_id, f.kind limit ${sql.lit(limit)}`.execute(
    most === FEW ? engine.reader : engine.readerFor('rows', asker),
  );
  const isKnown = Number(rows[0]?.candidates) <= most.identities && Number(rows[0]?.unsure) === 0;
  return isKnown ? toFound(rows) : null;
}

/** The people in a person's own calls, all of which are searched. */
async function inOwnCalls({ engine, part, limit, asker }: Search, me: string): Promise<FoundPerson[]> {
  const { rows } = await sql<GatheredRow>`
    with own as materialized (
      select i.kind, i.identity_id, max(${call('p.start_date_time', 'p.record_id')}) as last
      from call_record_people p join call_record_identities i on i.record_id = p.record_id
      where p.identity_id = ${me} and p.roles & ${sql.lit(INVOLVED)} <> 0 and i.identity_id <> '' group by i.kind, i.identity_id)
    select o.kind, o.identity_id, o.last from own o where exists (
      select 1 from call_record_identities i join known_identities n on n.identity_id = i.identity_id and ${SAME_NAMES}
      where i.record_id = ${recordOf('o.last')} and i.identity_id = o.identity_id and i.kind = o.kind
        and ${contains('n.search_text', part)})
    order by o.last desc, o.identity_id, o.kind limit ${sql.lit(limit)}`.execute(engine.readerFor('rows', asker));
  return toFound(rows);
}

function toFound(rows: readonly GatheredRow[]): FoundPerson[] {
  return rows.flatMap(({ kind, identity_id, last }) => {
    if (kind === null) return [];
    const [lastCallAt = '', recordId = ''] = last.split(' ');
    return [{ kind, id: identity_id, lastCallAt, recordId }];
  });
}
