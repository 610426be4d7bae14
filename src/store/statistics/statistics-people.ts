import { type RawBuilder, sql } from 'kysely';
import type { CallRecord } from '../../domain/call-record.js';
import { identityKey, type IdentitySet } from '../../domain/identity.js';
import { chooseCountPath } from '../query/access-path.js';
import type { Selection } from '../query/index-conditions.js';
import type { Engine } from '../engine/engine.js';
import { inRole, isUnconstrained } from '../query/compile-filter.js';
import { findRecords } from '../query/read-records.js';
import { ORGANIZER, PARTICIPANT } from '../rows/tables.js';
import { source } from '../query/path-query.js';
import { keptTallies } from './kept-tallies.js';
import { callsOf, candidatesOfAll, countEverybody } from './statistics-everybody.js';
import { countTallied, type TopPerson, topTallied } from './tallied-people.js';
import type { Role } from './tallied-records.js';
import { addUp, durationSums, type SumsRow, ticksOf } from './statistics-sums.js';

const ROLES = { organizer: ORGANIZER, participants: PARTICIPANT } as const;

/** A person in calls of a selection. The names are those in the latest of these calls. */
export interface CountedPerson {
  set: IdentitySet;
  count: number;
  ticks: bigint;
}

/** How many different (kind, id) take part in a selection's calls. */
export async function countParticipants(engine: Engine, selection: Selection): Promise<number> {
  const kept = keptTallies(selection);
  const tallied = kept && (await countTallied(engine, selection, kept));
  if (tallied !== null) return tallied;
  if (isOfAll(selection)) return countEverybody(engine, selection.asker);
  const people = sql`select distinct i.kind, i.identity_id from ${await inCalls(engine, selection, 'participants')}`;
  const { rows } = await sql<{ count: number | string }>`select count(*) as count from (${people}) as people`.execute(
    engine.readerFor('rows', selection.asker),
  );
  return Number(rows[0]?.count);
}

type Row = SumsRow & Pick<TopPerson, 'kind' | 'identity_id' | 'last'> & { count: number | string };

interface Asked {
  role: Role;
  limit: number;
}

/**
 * The people in most calls of a selection. Equal counts are ordered by ids and kinds, by code points. A person counts
 * once for each call.
 */
export async function topPeople(engine: Engine, selection: Selection, asked: Asked): Promise<CountedPerson[]> {
  if (asked.limit === 0) return [];
  const kept = keptTallies(selection);
  const people =
    (kept && (await topTallied(engine, selection, { kept, ...asked }))) ?? (await topCounted(engine, selection, asked));
  const ids = [...new Set(people.map(({ last }) => last))];
  const records = await findRecords(engine.reader, ids, selection.visibleTo, ['id', 'organizer', 'participants']);
  return people.map((person) => ({
    set: setIn(records.get(person.last), asked.role, person),
    count: person.count,
    ticks: ticksOf(person.sums),
  }));
}

/** Counts all calls, or the calls of some people. */
async function topCounted(engine: Engine, selection: Selection, { role, limit }: Asked): Promise<TopPerson[]> {
  const sums = durationSums(sql.raw('f.duration_ticks'));
  const columns = sums.map(({ name, value }) => sql`${value} as ${sql.ref(name)}`);
  const calls = await callsToCount(engine, selection, { role, limit });
  if (calls === null) return [];
  const { rows } = await sql<Row>`
    select f.kind, f.identity_id, count(*) as count, max(f.start_date_time || ' ' || f.id) as last, ${sql.join(columns)}
    from (${calls}) as f
    group by f.kind, f.identity_id order by count(*) desc, f.identity_id, f.kind limit ${sql.lit(limit)}
  `.execute(engine.readerFor('rows', selection.asker));
  return rows.map(({ kind, identity_id, count, last, ...own }) => ({
    kind,
    identity_id,
    count: Number(count),
    sums: addUp(sums, [own]),
    last: last.slice(last.indexOf(' ') + 1),
  }));
}

/**
 * Each call with everybody who has the role in it, or only with the people who may be in most. Null if there is nobody.
 */
async function callsToCount(
  engine: Engine,
  selection: Selection,
  { role, limit }: Asked,
): Promise<RawBuilder<unknown> | null> {
  const candidates = isOfAll(selection)
    ? await candidatesOfAll(engine, selection.asker, { role: ROLES[role], limit })
    : null;
  if (candidates) return candidates.length === 0 ? null : callsOf(candidates, ROLES[role]);
  // A record has one organizer, but may name a participant twice.
  const once = role === 'organizer' ? sql`` : sql`distinct`;
  return sql`select ${once} m.id, m.start_date_time, m.duration_ticks, i.kind, i.identity_id
    from ${await inCalls(engine, selection, role)}`;
}

const isOfAll = ({ filter, visibleTo }: Selection): boolean => visibleTo === null && isUnconstrained(filter ?? {});

/** `from … where …`: the calls `m` of the selection, each with the identities `i` that have the role in it. */
async function inCalls(engine: Engine, selection: Selection, role: Role): Promise<RawBuilder<unknown>> {
  const path = await chooseCountPath(engine, selection);
  const calls = source(engine.reader, selection, path, null).select(['r.id', 'r.start_date_time', 'r.duration_ticks']);
  // In this order: the calls are those of the selection, but the identities those of all records.
  return sql`(${calls}) as m cross join call_record_identities i
    where i.record_id = m.id and ${inRole(ROLES[role])} and i.identity_id <> ''`;
}

/** The identity as it stands in the record: the first one with a name, else the first; alone in its set. */
function setIn(record: CallRecord | undefined, role: Role, { kind, identity_id: id }: TopPerson): IdentitySet {
  const sets = role === 'organizer' ? [record?.organizer] : (record?.participants ?? []);
  const own = sets.flatMap((set) => {
    const identity = set?.[kind];
    return typeof identity?.id === 'string' && identityKey(identity.id) === id ? [identity] : [];
  });
  return { [kind]: own.find(({ displayName }) => displayName != null) ?? own[0] ?? { id } };
}
