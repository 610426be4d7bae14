import { randomBytes } from 'node:crypto';
import { type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely';
import { type ReplacementOf, textWithoutPeople, withoutPeople } from '../../domain/forgetting.js';
import { isGuid } from '../../domain/identity.js';
import { stringifyJson } from '../../platform/json.js';
import type { Engine } from '../engine/engine.js';
import { readFloor } from '../changes/change-log.js';
import type { Rewrite } from '../rows/row-mapping.js';
import type { Tables } from '../rows/tables.js';
import { hashDocument } from './input-hash.js';
import { loadForChange, rewriteDocuments } from './write-records.js';
import type { Write } from './erased-people.js';
import type { Pace } from './pace.js';

/** Records, or changes, that one statement searches. */
const LOOKED_THROUGH = 5_000;

/** A person who is erased. */
export interface Erasure {
  /** The key of the id. */
  key: string;
  replacement: string;
}

/** Pages of the ids of all records of a person, in order of start, from the index of people. */
export async function* recordsOf({ reader }: Engine, key: string, pace: Pace): AsyncGenerator<string[]> {
  let last = { start_date_time: '', record_id: '' };
  for (;;) {
    const rows = await reader
      .selectFrom('call_record_people')
      .select(['start_date_time', 'record_id'])
      .where('identity_id', '=', key)
      .where((where) =>
        where(where.refTuple('start_date_time', 'record_id'), '>', where.tuple(last.start_date_time, last.record_id)),
      )
      .orderBy('start_date_time')
      .orderBy('record_id')
      .limit(pace.records)
      .execute();
    const next = rows.at(-1);
    if (!next) return;
    yield rows.map(({ record_id }) => record_id);
    last = next;
  }
}

/** Pages, perhaps empty, of the ids of records that hold an id outside of identities, or text that looks like it. */
export async function* recordsNaming(engine: Engine, key: string, pace: Pace): AsyncGenerator<string[]> {
  const texts = (['organizer', 'participants', 'extension', 'join_web_url'] as const).map((name) => sql.ref(name));
  let last = '';
  for (;;) {
    const until = await endOfWindow(engine, last);
    if (until === null) return;
    const found = await engine
      .readerFor('rows')
      .selectFrom('call_records')
      .select('id')
      .where('id', '>', last)
      .where('id', '<=', until)
      .where(holdsAny(engine, texts, key))
      .execute();
    const inSessions = await engine
      .readerFor('rows')
      .selectFrom('call_record_sessions')
      .select('record_id')
      .where('record_id', '>', last)
      .where('record_id', '<=', until)
      .where(holdsAny(engine, [sql.ref('document')], key))
      .execute();
    const ids = [...new Set([...found.map(({ id }) => id), ...inSessions.map(({ record_id }) => record_id)])];
    do yield ids.splice(0, pace.records);
    while (ids.length > 0);
    last = until;
  }
}

async function endOfWindow(engine: Engine, after: string): Promise<string | null> {
  const { rows } = await sql<{ until: string | null }>`select max(id) as until from (
    select id from call_records where id > ${after} order by id limit ${LOOKED_THROUGH}) as page`.execute(
    engine.reader,
  );
  return rows[0]?.until ?? null;
}

/** Pages of the keys of the ids of everybody in records; each key comes once. */
export async function* everybody({ reader }: Engine): AsyncGenerator<string[]> {
  let last = '';
  for (;;) {
    // Goes from one person to the next, however many calls each one has.
    const { rows } = await sql<{ id: string }>`
      with recursive people(id) as (
        select min(identity_id) from call_record_people where identity_id > ${last}
        union all
        select (select min(identity_id) from call_record_people where identity_id > people.id) from people where people.id is not null)
      select id from people where id is not null limit ${LOOKED_THROUGH}`.execute(reader);
    if (rows.length === 0) return;
    yield rows.map(({ id }) => id);
    last = rows.at(-1)?.id as string;
  }
}

/** Pages of the ids of all records. */
export async function* allRecords({ reader }: Engine, pace: Pace): AsyncGenerator<string[]> {
  let last = '';
  for (;;) {
    const query = reader.selectFrom('call_records').select('id').where('id', '>', last);
    const ids = (await query.orderBy('id').limit(pace.records).execute()).map(({ id }) => id);
    if (ids.length === 0) return;
    yield ids;
    last = ids.at(-1) as string;
  }
}

/** Whether one of these JSON texts holds an id, as a JSON string or within a URL. GUIDs match in either case. */
function holdsAny({ dialect }: Engine, texts: readonly RawBuilder<unknown>[], key: string): RawBuilder<SqlBool> {
  const inJson = stringifyJson(key).slice(1, -1);
  const forms = new Set([inJson, key, encodeURIComponent(Buffer.from(key).toString())]);
  const holds = (text: RawBuilder<unknown>) =>
    isGuid(key)
      ? [dialect.holdsGuid(text, key)]
      : Array.from(forms, (form) => sql<SqlBool>`instr(${text}, ${form}) > 0`);
  return sql<SqlBool>`(${sql.join(texts.flatMap(holds), sql` or `)})`;
}

/** Rewrites the records in which erased people stand; resolves to how many these were. */
export async function eraseFrom(
  engine: Engine,
  transaction: Kysely<Tables>,
  ids: readonly string[],
  { replacementOf, id }: { replacementOf: ReplacementOf; id?: string },
): Promise<number> {
  const stored = [...(await loadForChange(engine, transaction, [...ids])).values()];
  const changed = stored.flatMap((from) => {
    const to = withoutPeople(from, replacementOf, id);
    return to === from ? [] : [{ from, to }];
  });
  await rewriteDocuments(engine, transaction, changed);
  await rehashInputs(transaction, new Map(changed.map((one) => [one.to.id, one])));
  return changed.length;
}

/**
 * The hash of an input with the person in it would reveal to anybody who knows the other members that the person was in
 * the call. It becomes the hash of the input as it would be stored now, so that a repetition still finds its record. If
 * the record has changed since, it becomes random.
 */
async function rehashInputs(transaction: Kysely<Tables>, changed: ReadonlyMap<string, Rewrite>): Promise<void> {
  if (changed.size === 0) return;
  const rows = await transaction
    .selectFrom('idempotency_keys')
    .select(['caller', 'key', 'input_hash', 'record_id'])
    .where('record_id', 'in', [...changed.keys()])
    .execute();
  for (const { caller, key, input_hash, record_id } of rows) {
    const { from, to } = changed.get(record_id) as Rewrite;
    const isOfInput = hashDocument(from) === input_hash;
    await transaction
      .updateTable('idempotency_keys')
      .set({ input_hash: isOfInput ? hashDocument(to) : randomBytes(32).toString('hex') })
      .where('caller', '=', caller)
      .where('key', '=', key)
      .execute();
  }
}

/** Removes a person from the change log. */
export async function eraseFromChanges(engine: Engine, erasure: Erasure, write: Write): Promise<void> {
  await engine.numberChanges();
  const [wanted, instead] = [stringifyJson(erasure.key), stringifyJson(erasure.replacement)];
  const last = await engine.lastChange();
  const step = BigInt(LOOKED_THROUGH);
  for (let from = await readFloor(engine.reader); from < last; from += step) {
    const found = await engine.reader
      .selectFrom('call_record_changes')
      .select(sql<string>`cast(sequence as text)`.as('sequence'))
      .where('sequence', '>', from as never)
      .where('sequence', '<=', (from + step) as never)
      .where(sql<SqlBool>`(instr(people_removed, ${wanted}) > 0 or instr(people_added, ${wanted}) > 0)`)
      .execute();
    if (found.length === 0) continue;
    await write((transaction) =>
      transaction
        .updateTable('call_record_changes')
        .set({
          people_removed: sql<string | null>`replace(people_removed, ${wanted}, ${instead})`,
          people_added: sql<string | null>`replace(people_added, ${wanted}, ${instead})`,
        })
        .where(
          'sequence',
          'in',
          found.map(({ sequence }) => BigInt(sequence) as never),
        )
        .execute(),
    );
  }
}

/** Removes a person from the idempotency keys of creates, and from the names of the callers who made them. */
export async function eraseFromKeys(engine: Engine, { key, replacement }: Erasure, write: Write): Promise<void> {
  const isIn = (column: string) => holdsAny(engine, [sql.ref(column)], key);
  const held = await engine
    .readerFor('rows')
    .selectFrom('idempotency_keys')
    .select(['caller', 'key'])
    .where(sql<SqlBool>`(${isIn('caller')} or ${isIn('key')})`)
    .execute();
  const replacementOf: ReplacementOf = (one) => (one === key ? replacement : null);
  const without = (text: string) => textWithoutPeople(text, replacementOf, key);
  for (const row of held)
    await write((transaction) =>
      transaction
        .updateTable('idempotency_keys')
        .set({ caller: without(row.caller), key: without(row.key) })
        .where('caller', '=', row.caller)
        .where('key', '=', row.key)
        .execute(),
    );
}
