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

/** So many of the latest calls are looked through, the more the fewer people are called so. */
const SOME_CALLS = 50;
const MORE_CALLS = 300;
const MANY_CALLS = 1_500;
/** So many of somebody's own calls are looked through while others wait. */
const OWN_CALLS = 400;
/** So many identities are each looked for in so many of their latest calls: while others wait, and on a thread. */
const FEW = { identities: 60, calls: 100 };
const SOME = { identities: 1_000, calls: 500 };
/** So many identities are gathered and sorted by their latest call before people are looked for in the latest calls. */
const GATHERED = 200;
/** What is no longer than this stands in most names. */
const SHORT = 2;

/** Whom to look for; `visibleTo` is the person in whose calls alone, null for all. */
export interface PeopleSearch {
  search: string;
  limit: number;
  visibleTo: string | null;
  asker?: Asker;
}

/** Somebody in calls, and the latest of them. */
export interface FoundPerson {
  kind: IdentityKind;
  /** The key of the id. */
  id: string;
  lastCallAt: UtcText;
  recordId: string;
}

interface Search {
  engine: Engine;
  /** Folded. */
  part: string;
  limit: number;
  asker?: Asker;
}

/**
 * Those who are called so in the latest of their calls, the latest calls first. An index of parts tells who is called
 * so, and the calls themselves tell which is somebody's latest: no row of a person changes with each call.
 * - where few are called so, each one's latest call is looked up;
 * - where many are, they are found in the latest calls of all;
 * - of somebody's own calls the latest are looked through, or where few are called so, their calls for one with both;
 * - else all who are called so are gathered, or all of somebody's own calls looked through, on a thread.
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
  // In the index something short is the beginning of many parts, which are gathered before the first is given.
  const [first, second] = [...part].length <= SHORT ? [latest, few] : [few, latest];
  return (
    (await first()) ??
    (await second()) ??
    (await inLatestCalls(search, MANY_CALLS)) ??
    ((await gather(search, null)) as FoundPerson[])
  );
}

/** The person of that id, by the latest call, as the kind that comes first; null without calls. */
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

/** An identity in one of the latest calls; of a call without identities there is one row. */
interface CallRow {
  record_id: string;
  start_date_time: string;
  kind: IdentityKind | null;
  identity_id: string | null;
  display_name: string | null;
  user_principal_name: string | null;
}

/** Those found in the latest calls of all, if they are as many as asked for; else null. */
async function inLatestCalls({ engine, part, limit }: Search, calls: number): Promise<FoundPerson[] | null> {
  const latest = sql`select r.id, r.start_date_time from call_records r order by r.start_date_time desc, r.id desc`;
  const { rows } = await sql<CallRow>`
    ${identitiesIn(latest, calls)} where ${mayBeCalled(part)} ${LATEST_FIRST}`.execute(engine.reader);
  const called = calledSo(rows, part).slice(0, limit + SPARE);
  if (called.length < limit) return null;
  const found = await atTheirLatest(engine, called);
  return found.length >= limit ? found.slice(0, limit) : null;
}

/** Those who may have other names in a later call than the one in which they are found. */
const SPARE = 10;

/**
 * Those found in somebody's latest calls, if they are as many as asked for or there are no earlier calls; else null. Of
 * thousands who were in them, only those who may be called so in one of the calls leave the database. The join is a cross
 * join as SQLite reorders no other: it would pass over all identities to those few.
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

/** That `i` is called so, or has an id beyond ASCII, which no database folds as we do. */
const mayBeCalled = (part: string) => sql`(
  instr(lower(i.identity_id), ${part}) > 0 or instr(i.display_name, ${part}) > 0
  or instr(i.user_principal_name, ${part}) > 0 or octet_length(i.identity_id) > length(i.identity_id))`;

/** Those who have no later call than that in which they were found. */
async function atTheirLatest(engine: Engine, people: FoundPerson[]): Promise<FoundPerson[]> {
  const { rows } = await sql<GatheredRow>`
    with n (kind, identity_id) as (values ${valuesOf(people)})
    select n.kind, n.identity_id, ${LAST_CALL} as last from n`.execute(engine.reader);
  const latest = new Set(toFound(rows).map(({ kind, id, recordId }) => `${kind} ${id} ${recordId}`));
  return people.filter(({ kind, id, recordId }) => latest.has(`${kind} ${id} ${recordId}`));
}

/** Each at the first of the calls, which is that person's latest, if the person is called so there. */
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

/** The latest calls first, and of one call in the order of ids and kinds. */
function compareFound(a: FoundPerson, b: FoundPerson): number {
  const call = ({ lastCallAt, recordId }: FoundPerson) => `${lastCallAt} ${recordId}`;
  return compareText(call(b), call(a)) || compareText(a.id, b.id) || compareText(a.kind, b.kind);
}

/** A call as one text, which has the order of calls, since no time goes on with a space; and its id. */
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

/** Identities that are called so. */
const calledBy = (engine: Engine, part: string) => sql`
  select n.identity_id, n.kind, n.display_name, n.user_principal_name
  ${engine.dialect.knownWith(part)} and ${contains('n.search_text', part)} and n.identity_id <> ''`;

/** Those of `latest` whose names are the same in that call. */
const stillCalledSo = sql`
  select n.kind, n.identity_id, n.last from latest n where exists (
    select 1 from call_record_identities i
    where i.record_id = ${recordOf('n.last')} and i.identity_id = n.identity_id and ${SAME_NAMES})
  group by n.kind, n.identity_id, n.last`;

/** Those of the identities called so who are still called so in their latest call; null if there are more than `most`. */
async function gather({ engine, part, limit, asker }: Search, most: number | null): Promise<FoundPerson[] | null> {
  const database = most === null ? engine.readerFor('rows', asker) : engine.reader;
  const bound = most === null ? sql`` : sql`limit ${sql.lit(most + 1)}`;
  // Too many are not looked up.
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
 * Those in somebody's own calls, found by the calls of all who are called so; null if these are many, or one of them has
 * many calls, none of the latest with that person.
 */
async function amongCalled(
  { engine, part, limit, asker }: Search,
  me: string,
  most: typeof FEW,
): Promise<FoundPerson[] | null> {
  // In the index something short is the beginning of many parts.
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

/** Those in the person's own calls, all of which are looked through. */
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
