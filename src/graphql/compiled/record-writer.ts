import {
  type GraphQLLeafType,
  type GraphQLOutputType,
  getNamedType,
  getNullableType,
  isEnumType,
  isListType,
} from 'graphql';
import type { Caller } from '../../auth/caller.js';
import { formatDateTime } from '../../domain/date-time.js';
import { FIELDS } from '../../domain/record-members.js';
import type { Column } from '../../store/rows.js';
import type { RawRow } from '../../store/text-rows.js';
import { type ByteText, fromByteText, ownByteText, toByteText } from '../../domain/byte-text.js';
import { JsonCursor } from './json-cursor.js';
import { jsonWriter } from './json-writer.js';
import { NotCompiled } from './not-compiled.js';
import { objectWriter, type Writer } from './object-writer.js';
import { AnswerCache, type RecordJsonCache } from './record-json-cache.js';
import { type Scope, type Selected, selectedBelow } from '../look-ahead.js';
import { objectType } from './plan.js';

const RECORD = 'CallRecord';

/** Writes the value of a column, which is not null, as it stands in the answer. */
type ColumnWriter = (value: ByteText) => ByteText;

/** Scalars whose columns need not be read as values to be written. */
const AS_THEY_STAND: Record<string, ColumnWriter> = {
  ID: quote,
  Int: (digits) => digits,
  DateTimeOffset: (utc) => quote(formatDateTime(utc)),
  String: (text) => (PLAIN.test(text) ? quote(text) : toByteText(JSON.stringify(fromByteText(text)))),
};

/** Ids and times hold nothing that JSON escapes. */
function quote(text: string): string {
  return `"${text}"`;
}

const PLAIN = /^[ !#-[\]-~]*$/;

const REMEMBERED = 1_000;

/** For values of which there are few. */
function remembering(write: ColumnWriter): ColumnWriter {
  const known = new Map<ByteText, ByteText>();
  return (value) => {
    const written = known.get(value) ?? write(value);
    if (known.size < REMEMBERED && !known.has(value)) known.set(ownByteText(value), written);
    return written;
  };
}

/** What is read of records for several writers of them: each column once. */
export class ReadShape {
  readonly columns: Column[] = [];
  /** The writers whose texts are kept: a record need not be read where all of them have written it. */
  readonly writers: object[] = [];

  /** What an answer to this caller may take from the cache: what depends on who asks stands in none. */
  answerCache(cache: RecordJsonCache, { visibleTo }: Pick<Caller, 'visibleTo'>): AnswerCache {
    return new AnswerCache(this.isPersonal && visibleTo !== null ? null : cache, this.writers);
  }

  private get isPersonal(): boolean {
    return [...FIELDS.values()].some(({ column, isPersonal }) => isPersonal && this.columns.includes(column));
  }

  /** The place of the column among the values of a row. */
  placeOf(column: Column): number {
    const known = this.columns.indexOf(column);
    return known >= 0 ? known : this.columns.push(column) - 1;
  }
}

/** A writer of what is selected below a field that is a record, from the values of its columns. */
export function valuesWriter(
  scope: Scope,
  { nodes }: Selected,
  shape: ReadShape,
): Writer<readonly (ByteText | null)[]> {
  return objectWriter(RECORD, selectedBelow(scope, objectType(scope.schema, RECORD), nodes), (field) => {
    const [column, writeColumn] = columnOf(scope, field);
    const place = shape.placeOf(column);
    return (values) => {
      const stored = values[place] as ByteText | null;
      return stored === null ? 'null' : writeColumn(stored);
    };
  });
}

/** A record of an answer as it was read, and what is cached for that answer. */
export interface ReadRecord {
  row: RawRow;
  cache: AnswerCache;
}

/** The same from rows as they are read. What is cached of a record as it is now is not written anew. */
export function recordWriter(scope: Scope, selected: Selected, shape: ReadShape): Writer<ReadRecord> {
  const write = valuesWriter(scope, selected, shape);
  shape.writers.push(write);
  return ({ row: { id, revision, values }, cache }) => {
    const cached = cache.get(id, revision, write);
    if (cached !== undefined) return cached;
    const text = write(values ?? []);
    cache.put(id, revision, write, text);
    return text;
  };
}

function columnOf(scope: Scope, selected: Selected): [Column, ColumnWriter] {
  const field = FIELDS.get(selected.name);
  const definition = objectType(scope.schema, RECORD).getFields()[selected.name];
  if (!field || !definition) throw new NotCompiled(`${RECORD}.${selected.name}`);
  const { column, isJson, show } = field;
  if (isJson) {
    const write = jsonWriter(scope, definition.type, selected);
    return [column, (stored) => write(new JsonCursor(stored))];
  }
  return [column, scalarWriter(definition.type, show)];
}

/** Writes what graphql-js makes of the value that clients see. */
function scalarWriter(type: GraphQLOutputType, show: (stored: unknown) => unknown): ColumnWriter {
  const leaf = getNamedType(type) as GraphQLLeafType;
  const isList = isListType(getNullableType(type));
  const asItStands = isList ? undefined : AS_THEY_STAND[leaf.name];
  if (asItStands) return asItStands;
  const serialize = (value: unknown): unknown => (Array.isArray(value) ? value.map(serialize) : leaf.serialize(value));
  const write: ColumnWriter = (stored) => toByteText(JSON.stringify(serialize(show(fromByteText(stored)))));
  return isEnumType(leaf) ? remembering(write) : write;
}
