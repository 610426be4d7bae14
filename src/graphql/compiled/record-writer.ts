import {
  type GraphQLLeafType,
  type GraphQLOutputType,
  getNamedType,
  getNullableType,
  isEnumType,
  isListType,
} from 'graphql';
import { formatDateTime } from '../../domain/date-time.js';
import { FIELDS } from '../../domain/record-members.js';
import { type Column, isNullable } from '../../store/rows.js';
import { firstValuesOf, type TextRow, valuesOf } from '../../store/text-rows.js';
import { type ByteText, fromByteText, ownByteText, toByteText } from '../../domain/byte-text.js';
import { JsonCursor } from './json-cursor.js';
import { jsonWriter } from './json-writer.js';
import { NotCompiled } from './not-compiled.js';
import { objectWriter, type Writer } from './object-writer.js';
import type { KnownTexts, RecordTexts } from './written-texts.js';
import { objectType, type Scope, type Selected, selectedBelow } from './selections.js';

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

/** The columns of several writers of the same rows, each once. */
export class ColumnSet {
  readonly columns: Column[] = [];
  /** What the writers have written lately. */
  readonly written: RecordTexts[] = [];
  private readonly nullable: boolean[];

  /** `before`: how many values stand before the columns, none of them null. */
  constructor(before: number) {
    this.nullable = Array<boolean>(before).fill(false);
  }

  /** The place of the column among the values of a row. */
  placeOf(column: Column): number {
    const known = this.columns.indexOf(column);
    if (known >= 0) return this.nullable.length - this.columns.length + known;
    this.columns.push(column);
    return this.nullable.push(isNullable(column)) - 1;
  }

  valuesOf(row: TextRow): (ByteText | null)[] {
    return valuesOf(row, this.nullable);
  }
}

/** A writer of what is selected below a field that is a record, from the values of its columns. */
export function valuesWriter(
  scope: Scope,
  { nodes }: Selected,
  columns: ColumnSet,
): Writer<readonly (ByteText | null)[]> {
  return objectWriter(RECORD, selectedBelow(scope, objectType(scope, RECORD), nodes), (field) => {
    const [column, writeColumn] = columnOf(scope, field);
    const place = columns.placeOf(column);
    return (values) => {
      const stored = values[place] as ByteText | null;
      return stored === null ? 'null' : writeColumn(stored);
    };
  });
}

/** A record of an answer as it was read, and what was known of its records before. */
export interface ReadRecord {
  row: TextRow;
  known: KnownTexts;
}

/** The same from rows as they are read. What is known of a record as it is now is not written anew. */
export function recordWriter(scope: Scope, selected: Selected, columns: ColumnSet): Writer<ReadRecord> {
  const write = valuesWriter(scope, selected, columns);
  const written = scope.written.ofOne();
  columns.written.push(written);
  return ({ row, known }) => {
    const [id, revision] = firstValuesOf(row, 2) as [string, string];
    return known.textOf(written, id) ?? written.findOrWrite(id, Number(revision), () => write(columns.valuesOf(row)));
  };
}

function columnOf(scope: Scope, selected: Selected): [Column, ColumnWriter] {
  const field = FIELDS.get(selected.name);
  const definition = objectType(scope, RECORD).getFields()[selected.name];
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
