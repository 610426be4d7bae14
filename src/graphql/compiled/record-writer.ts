import type { GraphQLField } from 'graphql';
import { formatDateTime, toSeconds } from '../../domain/date-time.js';
import { CallType, Modality, toKnownMember, toKnownMembers } from '../../domain/enums.js';
import { formatInt64 } from '../../domain/int64.js';
import { firstValuesOf, type TextRow, valuesOf } from '../../store/text-rows.js';
import { type Column, isNullable } from '../../store/texts.js';
import { type ByteText, fromByteText, ownByteText, toByteText } from '../../domain/byte-text.js';
import { JsonCursor } from './json-cursor.js';
import { jsonWriter } from './json-writer.js';
import { NotCompiled } from './not-compiled.js';
import { objectWriter, type Writer } from './object-writer.js';
import type { KnownTexts, RecordTexts } from './written-texts.js';
import { objectType, type Scope, type Selected, selectedBelow } from './selections.js';

/** Writes a column's value as it stands in the answer. */
type ColumnWriter = (value: never) => string;

/** The fields of a record that are a column; what each says is what `toCallRecord` and the scalars say. */
const FIELDS: Record<string, [Column, ColumnWriter]> = {
  id: ['id', quote],
  version: ['version', (digits: string) => JSON.stringify(formatInt64(BigInt(digits)))],
  type: ['type', (type: string) => quote(toKnownMember(CallType, type))],
  modalities: [
    'modalities',
    remembering((json) => JSON.stringify(toKnownMembers(Modality, JSON.parse(json) as string[]))),
  ],
  startDateTime: ['start_date_time', dateTime],
  endDateTime: ['end_date_time', dateTime],
  durationSeconds: ['duration_ticks', (ticks: string) => JSON.stringify(toSeconds(ticks))],
  lastModifiedDateTime: ['last_modified_date_time', dateTime],
  joinWebUrl: ['join_web_url', (url: ByteText | null) => (url === null ? 'null' : text(url))],
  participantCount: ['participant_count', (count: string) => count],
};

const RECORD = 'CallRecord';

/** Ids, names of members and times hold nothing that JSON escapes. */
function quote(text: string): string {
  return `"${text}"`;
}

function dateTime(utc: string): string {
  return quote(formatDateTime(utc));
}

const PLAIN = /^[ !#-[\]-~]*$/;

/** Any text. */
function text(bytes: ByteText): ByteText {
  return PLAIN.test(bytes) ? quote(bytes) : toByteText(JSON.stringify(fromByteText(bytes)));
}

const REMEMBERED = 1_000;

/** For values of which there are few. */
function remembering(write: (value: string) => string): (value: string) => string {
  const known = new Map<string, string>();
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
    return (values) => writeColumn(values[place] as never);
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

function columnOf(scope: Scope, field: Selected): [Column, ColumnWriter] {
  if (field.name === 'participants' || field.name === 'organizer') {
    const { type } = objectType(scope, RECORD).getFields()[field.name] as GraphQLField<unknown, unknown>;
    const write = jsonWriter(scope, type, field);
    return [field.name, (stored: ByteText | null) => (stored === null ? 'null' : write(new JsonCursor(stored)))];
  }
  const known = Object.hasOwn(FIELDS, field.name) ? FIELDS[field.name] : undefined;
  if (!known) throw new NotCompiled(`CallRecord.${field.name}`);
  return known;
}
