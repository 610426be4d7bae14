import { type Kysely, sql } from 'kysely';
import { CallRecordsError } from '../../domain/errors.js';
import { chunksOf } from '../../platform/chunks.js';
import type { Engine } from '../engine/engine.js';
import type { DocumentRows } from '../rows/row-mapping.js';
import { type ChangeKind, INVOLVED, type LoggedChange, type Tables } from '../rows/tables.js';

/** A change of a record. Numbers grow in the order of the log and are not reused. */
export interface Change {
  sequence: bigint;
  recordId: string;
  kind: ChangeKind;
  /** The version that the change made, or deleted. */
  version: bigint;
  /** In milliseconds since 1970, by the clock of the database. */
  changedAt: number;
  /**
   * The keys of the ids of people who were organizer or participant before the change and are not any more. If the
   * record was deleted: of all its people.
   */
  peopleRemoved: readonly string[];
  /**
   * The keys of the ids of people whom an update brought in. Empty if the record was created: everybody in it may be
   * new.
   */
  peopleAdded: readonly string[];
}

/** The people who were organizer or participant before a change, as keys of their ids, by the id of the record. */
export type Before = ReadonlyMap<string, ReadonlySet<string>>;

const NOBODY: ReadonlySet<string> = new Set();
const NO_CHANGE = { people_removed: null, people_added: null };

/** The change of a new record. */
export function createdIn({ record: { id, version } }: DocumentRows): LoggedChange {
  return { record_id: id, kind: 'created', version, ...NO_CHANGE };
}

/** The change of a record that has these rows now. */
export function updated({ record: { id, version }, people }: DocumentRows, before: Before): LoggedChange {
  const old = before.get(id) ?? NOBODY;
  const now = new Set(people.filter(({ roles }) => roles & INVOLVED).map(({ identity_id }) => identity_id));
  return {
    record_id: id,
    kind: 'updated',
    version,
    people_removed: listOf([...old].filter((one) => !now.has(one))),
    people_added: listOf([...now].filter((one) => !old.has(one))),
  };
}

/** The change of a record from which data was erased. Nobody came or went. */
export function rewritten({ record: { id, version } }: Pick<DocumentRows, 'record'>): LoggedChange {
  return { record_id: id, kind: 'updated', version, ...NO_CHANGE };
}

/** The change of a deleted record. */
export function deleted(id: string, version: bigint, before: Before): LoggedChange {
  return {
    record_id: id,
    kind: 'deleted',
    version,
    people_removed: listOf([...(before.get(id) ?? [])]),
    people_added: null,
  };
}

const listOf = (people: string[]) => (people.length > 0 ? JSON.stringify(people.sort()) : null);
const peopleOf = (list: string | null) => (list === null ? [] : (JSON.parse(list) as string[]));

/**
 * The changes after a number, oldest first; null: from the oldest that is kept. Rejects with CURSOR_EXPIRED if changes
 * after that number were pruned.
 */
export async function readChanges(engine: Engine, after: bigint | null, limit: number): Promise<Change[]> {
  const changes = await keptChanges(engine, after ?? 0n, limit);
  // Checked after the read: changes may be pruned before it.
  if (after !== null) await requireKept(engine.reader, after);
  return changes;
}

/** The changes after a number. Any of them may have been pruned. */
export async function keptChanges(engine: Engine, after: bigint, limit: number): Promise<Change[]> {
  await engine.numberChanges();
  return numberedChanges(engine.reader, after, limit);
}

/** The changes after a number that are numbered. */
export async function numberedChanges(database: Kysely<Tables>, after: bigint, limit: number): Promise<Change[]> {
  const rows = await database
    .selectFrom('call_record_changes')
    .select(['record_id', 'kind', 'people_removed', 'people_added'])
    .select((['sequence', 'version', 'changed_at'] as const).map((column) => asText(column)))
    .where('sequence', '>', after as never)
    .orderBy('call_record_changes.sequence')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    sequence: BigInt(row.sequence),
    recordId: row.record_id,
    kind: row.kind,
    version: BigInt(row.version),
    changedAt: Number(row.changed_at),
    peopleRemoved: peopleOf(row.people_removed),
    peopleAdded: peopleOf(row.people_added),
  }));
}

/**
 * The people who were organizer or participant of a record before one of these changes, or are by now, as keys of ids.
 */
export async function concernedBy(engine: Engine, changes: readonly Change[]): Promise<ReadonlySet<string>> {
  const people = new Set(changes.flatMap(({ peopleRemoved, peopleAdded }) => [...peopleRemoved, ...peopleAdded]));
  for (const some of chunksOf([...new Set(changes.map(({ recordId }) => recordId))])) {
    const rows = await engine.reader
      .selectFrom('call_record_identities')
      .select('identity_id')
      .distinct()
      .where('record_id', 'in', some)
      .where('identity_id', 'is not', null)
      .execute();
    for (const { identity_id } of rows) people.add(identity_id as string);
  }
  return people;
}

/** The row of a change that has its number. */
export function toRow(change: Change): Tables['call_record_changes'] {
  return {
    sequence: change.sequence,
    record_id: change.recordId,
    kind: change.kind,
    version: change.version,
    changed_at: change.changedAt,
    people_removed: listOf([...change.peopleRemoved]),
    people_added: listOf([...change.peopleAdded]),
  };
}

const asText = <Name extends string>(column: Name) => sql<string>`cast(${sql.ref(column)} as text)`.as(column);

/** Rejects with CURSOR_EXPIRED if changes after that number were pruned. */
export async function requireKept(database: Kysely<Tables>, after: bigint): Promise<void> {
  if (after >= (await readFloor(database))) return;
  throw new CallRecordsError(
    'CURSOR_EXPIRED',
    'Changes after this cursor are not kept any more (CHANGE_LOG_DAYS): list the records anew, and follow the changes from then on.',
  );
}

/** The number up to which the log was pruned. */
export async function readFloor(database: Kysely<Tables>): Promise<bigint> {
  const { floor } = await database
    .selectFrom('change_log_floor')
    .select(sql<string>`cast(sequence as text)`.as('floor'))
    .executeTakeFirstOrThrow();
  return BigInt(floor);
}
