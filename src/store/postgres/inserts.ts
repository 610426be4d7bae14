import { CompiledQuery } from 'kysely';
import { type Insert, onConflict, type RowKey } from '../engine/engine.js';
import { CopyRows } from './connection.js';
import type { KnownIdentitiesTable, KnownIdentity, LoggedChange } from '../rows/tables.js';
import type { Statement } from '../engine/statement-templates.js';

/** The type of each column that is not text. */
const TYPES: Record<string, string> = {
  version: 'bigint',
  duration_ticks: 'bigint',
  revision: 'bigint',
  sequence: 'bigint',
  changed_at: 'bigint',
  marked_at: 'bigint',
  modality_bits: 'integer',
  participant_count: 'integer',
  participants_fetched: 'integer',
  sessions_fetched: 'integer',
  position: 'integer',
  place: 'integer',
  roles: 'integer',
  quality_rules: 'integer',
  quality_bits: 'integer',
  poor_reason_bits: 'integer',
  good_streams: 'integer',
  poor_streams: 'integer',
  unclassified_streams: 'integer',
  session_count: 'integer',
  setup_failures: 'integer',
  drops: 'integer',
  number: 'integer',
  tally: 'bytea',
};

type Value = string | number | bigint | Uint8Array | null | undefined;
type Row = Record<string, Value>;

const columnsOf = ({ rows }: Insert): string[] => Object.keys(rows[0] ?? {});

/** For many rows, none of whose keys is taken. */
export function copyStatement(insert: Insert): CompiledQuery {
  const columns = columnsOf(insert);
  const lines = new CopyRows(copyLines(insert.rows as unknown as Row[], columns));
  return CompiledQuery.raw(`copy ${insert.table} (${columns.join(', ')}) from stdin`, [lines]);
}

const arraysOf = (insert: Insert): Value[][] =>
  columnsOf(insert).map((column) => (insert.rows as unknown as Row[]).map((row) => row[column]));

/** `before`: the number of parameters before those of the inserts. */
function insertTexts(inserts: readonly Insert[], before: number): string[] {
  let used = before;
  return inserts.map((insert) => {
    const columns = columnsOf(insert).map((name) => ({ name, place: ++used }));
    return insertText(insert, columns);
  });
}

const namedTexts = (some: readonly string[]): string =>
  some.map((text, index) => `insert${index} as (${text})`).join(', ');

/**
 * The arrays are unnested in the select list, side by side. A table function over many arrays would copy each first,
 * which takes longer than to insert the few rows of a create.
 */
function insertText({ table, taken }: Insert, columns: { name: string; place: number }[]): string {
  const names = columns.map(({ name }) => name);
  const arrays = columns.map(({ name, place }) => `unnest($${place}::${TYPES[name] ?? 'text'}[])`);
  return `insert into ${table} (${names.join(', ')}) select ${arrays.join(', ')}${onConflict(taken)}`;
}

/** Removes rows by their keys, which come as one array for each column. */
export function removal(table: string, keys: readonly RowKey[]): CompiledQuery {
  const columns = Object.keys(keys[0] ?? {});
  const arrays = columns.map((name, index) => `unnest($${index + 1}::${TYPES[name] ?? 'text'}[])`);
  return CompiledQuery.raw(
    `delete from ${table} where (${columns.join(', ')}) in (select ${arrays.join(', ')})`,
    columns.map((column) => keys.map((key) => key[column])),
  );
}

type Strength = 'key share' | 'no key update' | 'update';

/** Locks known identities that exist, in the same order as all transactions; gives a row for each. */
export function lockingKnown(known: readonly KnownIdentity[], strength: Strength): CompiledQuery {
  return CompiledQuery.raw(lockKnown(strength), sidesOf(known, KEY));
}

const KEY = ['identity_id', 'kind', 'display_name', 'user_principal_name'] as const;
const KNOWN = [...KEY, 'search_text'] as const;

const sidesOf = <Column extends string>(rows: readonly Record<Column, string>[], columns: readonly Column[]) =>
  columns.map((column) => rows.map((row) => row[column]));

/** The columns in the first parameters, side by side. */
const sides = (columns: readonly string[]) =>
  `select ${columns.map((column, index) => `unnest($${index + 1}::text[]) as ${column}`).join(', ')}`;

function lockKnown(strength: Strength): string {
  return `select 1 from (${sides(KEY)}) as those join known_identities n using (${KEY.join(', ')})
    order by ${KEY.map((column) => `n.${column}`).join(', ')} for ${strength} of n`;
}

const LOGGED = ['record_id', 'kind', 'version', 'people_removed', 'people_added'] as const;

const logSides = (changes: readonly LoggedChange[]): Value[][] =>
  LOGGED.map((column) => changes.map((change) => change[column]));

/** `before`: the number of parameters before the columns of the changes. */
function logText(before: number): string {
  const arrays = LOGGED.map((column, index) => `$${before + 1 + index}::${TYPES[column] ?? 'text'}[]`);
  return `insert into unnumbered_changes (logged_at, position, ${LOGGED.join(', ')})
    select statement_timestamp(), position, ${LOGGED.join(', ')}
    from unnest(${arrays.join(', ')}) with ordinality as changed (${LOGGED.join(', ')}, position)`;
}

/** Adds changes that wait for their numbers. */
export function logStatement(changes: readonly LoggedChange[]): CompiledQuery {
  return CompiledQuery.raw(logText(0), logSides(changes));
}

/**
 * Statements that insert rows. Writing the text of one takes longer than sending it, so texts are cached. A text
 * depends on the tables and on how taken keys are treated, which gives a few combinations, and not on the rows.
 */
export class InsertStatements {
  private readonly texts = new Map<string, string>();

  /** The rows come as one array for each column, so that one statement serves any number of them. */
  insert(inserts: readonly Insert[]): CompiledQuery {
    const sql = this.text('insert', inserts, () => {
      const texts = insertTexts(inserts, 0);
      const last = texts.pop() as string;
      return texts.length > 0 ? `with ${namedTexts(texts)} ${last}` : last;
    });
    return CompiledQuery.raw(sql, inserts.flatMap(arraysOf));
  }

  /**
   * All of a create in one statement, and one round trip. Identities that existed are held as `holdKnown` does. If
   * another transaction has just added or forgotten one, it is neither added nor seen: a division by zero then undoes
   * everything.
   */
  create(
    inserts: readonly Insert[],
    known: readonly KnownIdentitiesTable[],
    created: readonly LoggedChange[],
  ): Statement {
    const some = inserts.filter(({ rows }) => rows.length > 0);
    const sql = this.text('create', some, () => createText(insertTexts(some, KNOWN.length + LOGGED.length)));
    return { sql, parameters: [...sidesOf(known, KNOWN), ...logSides(created), ...some.flatMap(arraysOf)] };
  }

  private text(kind: string, inserts: readonly Insert[], write: () => string): string {
    const shapes = inserts.map((insert) => `${insert.table} ${columnsOf(insert).length}${onConflict(insert.taken)}`);
    const key = `${kind} ${shapes.join()}`;
    let text = this.texts.get(key);
    if (text === undefined) {
      text = write();
      this.texts.set(key, text);
    }
    return text;
  }
}

function createText(inserting: readonly string[]): string {
  const parts = [
    namedTexts(inserting),
    `added as (insert into known_identities (${KNOWN.join(', ')}) ${sides(KNOWN)} on conflict do nothing returning 1)`,
    `held as (${lockKnown('key share')})`,
  ];
  const isHeld = `(select count(*) from added) + (select count(*) from held) = cardinality($1::text[])`;
  // Gives no rows: the driver would spend a while on their description.
  return `with ${parts.join(', ')} ${logText(KNOWN.length)} where 1 / (${isHeld})::int = 1`;
}

const ESCAPES: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\0': '\uFFFD' };
const COPY_CHUNK = 65_536;

/** Rows in the text format of COPY, some at a time. */
function* copyLines<Row extends object>(rows: readonly Row[], columns: readonly (keyof Row)[]): Generator<string> {
  let chunk = '';
  for (const row of rows) {
    chunk += `${columns.map((column) => copyValue(row[column] as Value)).join('\t')}\n`;
    if (chunk.length < COPY_CHUNK) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}

function copyValue(value: Value): string {
  if (value == null) return '\\N';

  return String(value).replace(/[\\\n\r\t\0]/g, (character) => ESCAPES[character] as string);
}
