import { type Kysely, sql } from 'kysely';
import { chunksOf } from '../../platform/chunks.js';
import type { Engine } from '../engine/engine.js';
import type { Tables } from '../rows/tables.js';

/** A person of one kind, as tallies count them. */
export interface Person {
  identity_id: string;
  kind: string;
}

export const personKey = ({ identity_id, kind }: Person): string => `${kind} ${identity_id}`;

/** The numbers of people who have one, by {@link personKey}. */
export async function numbersOf(
  { dialect }: Engine,
  database: Kysely<Tables>,
  people: readonly Person[],
): Promise<Map<string, number>> {
  const ids = [...new Set(people.map(({ identity_id }) => identity_id))];
  if (ids.length === 0) return new Map();
  const { rows } = await sql<Person & { number: number }>`select n.number, n.identity_id, n.kind
    from ${dialect.eachUser(ids)} cross join tallied_people as n where n.identity_id = u.value`.execute(database);
  return new Map(rows.map((row) => [personKey(row), row.number]));
}

/**
 * Like {@link numbersOf}, after giving numbers to people without one. One transaction at a time does so. The number of a
 * forgotten person may be given again: every count that used it is marked to be counted again.
 */
export async function numberAll(
  engine: Engine,
  transaction: Kysely<Tables>,
  people: readonly Person[],
): Promise<Map<string, number>> {
  const numbers = await numbersOf(engine, transaction, people);
  const unnumbered = new Map(people.map((one) => [personKey(one), one]));
  for (const key of numbers.keys()) unnumbered.delete(key);
  if (unnumbered.size === 0) return numbers;
  const rows = await stillKnown(engine, transaction, [...unnumbered.values()]);
  if (rows.length === 0) return numbers;
  const highest = transaction
    .selectFrom('tallied_people')
    .select(sql<number | string | null>`max(number)`.as('number'));
  const last = Number((await highest.executeTakeFirst())?.number ?? 0);
  const numbered = rows.map((one, index) => ({ ...one, number: last + 1 + index }));
  await engine.insertRows(transaction, 'tallied_people', numbered);
  for (const one of numbered) numbers.set(personKey(one), one.number);
  return numbers;
}

/**
 * The people of these whom records still name, locked. A transaction that forgets one of them waits for this one, and
 * then finds the number. A person who was forgotten since the records were read must not get one.
 */
async function stillKnown(
  { dialect }: Engine,
  transaction: Kysely<Tables>,
  people: readonly Person[],
): Promise<Person[]> {
  const wanted = new Set(people.map(personKey));
  const ids = [...new Set(people.map(({ identity_id }) => identity_id))];
  const known = new Map<string, Person>();
  for (const some of chunksOf(ids)) {
    const rows = transaction
      .selectFrom('known_identities')
      .select(['identity_id', 'kind'])
      .where('identity_id', 'in', some)
      // In the order in which others lock them.
      .orderBy('identity_id')
      .orderBy('kind')
      .orderBy('display_name')
      .orderBy('user_principal_name');
    for (const one of await dialect.forUpdate(rows).execute()) known.set(personKey(one), one);
  }
  return [...known].flatMap(([key, one]) => (wanted.has(key) ? [one] : []));
}
