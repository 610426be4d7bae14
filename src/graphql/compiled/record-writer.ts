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
import type { SessionRange } from '../../domain/session.js';
import type { Column } from '../../store/rows/row-mapping.js';
import type { RawRow } from '../../store/engine/raw-rows.js';
import { type ByteText, fromByteText, ownByteText, toByteText } from '../../platform/byte-text.js';
import { jsonWriter, type Linked } from './json-writer.js';
import { NotCompiled } from './not-compiled.js';
import { objectWriter, type Writer } from './object-writer.js';
import { AnswerCache, type AnswerKeys, NOT_KEPT, type RecordJsonCache } from './record-json-cache.js';
import { ReadSessions, type SelectedSessions, sessionsWriter } from './sessions-writer.js';
import { type Scope, type Selected, selectedBelow } from '../look-ahead.js';
import { objectType, type PlanScope, type Request } from './plan.js';

const RECORD = 'CallRecord';

/** Writes the value of a column, other than null, as it stands in the answer. */
type ColumnWriter = (value: ByteText) => ByteText;

/** Scalars whose columns are written without being read as values. */
const AS_THEY_STAND: Record<string, ColumnWriter> = {
  ID: quote,
  Int: (digits) => digits,
  DateTimeOffset: (utc) => quote(formatDateTime(utc)),
  String: (text) => (PLAIN.test(text) ? quote(text) : toByteText(JSON.stringify(fromByteText(text)))),
};

/** Ids and times have no characters that JSON escapes. */
function quote(text: string): string {
  return `"${text}"`;
}

const PLAIN = /^[ !#-[\]-~]*$/;

const REMEMBERED = 1_000;

/** For columns with few different values. */
function remembering(write: ColumnWriter): ColumnWriter {
  const known = new Map<ByteText, ByteText>();
  return (value) => {
    const written = known.get(value) ?? write(value);
    if (known.size < REMEMBERED && !known.has(value)) known.set(ownByteText(value), written);
    return written;
  };
}

/** Columns whose value depends on the caller. */
const PERSONAL = new Set([...FIELDS.values()].filter(({ isPersonal }) => isPersonal).map(({ column }) => column));

/** The columns that several writers need of records, each once. */
export class ReadShape {
  readonly columns: Column[] = [];
  /** The selected sessions, which are in rows of their own. */
  readonly sessions: SelectedSessions[] = [];
  /** The writers whose texts are cached. If all of them have written a record, it need not be read. */
  private readonly writers: object[] = [];
  /** The keys of their texts, by the sizes of pages of sessions. */
  private readonly keys = new Map<string, ReadonlyMap<object, object>>();

  private isPersonal = false;

  /**
   * `linked`: makes the writers of fields that do not come from a column's JSON. Without it such fields are not
   * compiled.
   */
  constructor(readonly linked?: Linked) {}

  /** The place of the column among the values of a row. */
  placeOf(column: Column): number {
    const known = this.columns.indexOf(column);
    if (known >= 0) return known;
    this.isPersonal ||= PERSONAL.has(column);
    return this.columns.push(column) - 1;
  }

  keepsTextsOf(writer: object): void {
    this.writers.push(writer);
  }

  /** The cache for one answer. If the answer depends on the caller, only callers who see everything have one. */
  cacheFor(request: Request, cache: RecordJsonCache): AnswerCache {
    const isPersonal = this.sessions.length > 0 || this.isPersonal;
    if (isPersonal && request.context.caller.visibleTo !== null) return new AnswerCache(null, this.writers);
    if (this.sessions.length === 0) return new AnswerCache(cache, this.writers);
    const sizes = this.sessions.map((one) => one.range(request).limit).join();
    return new AnswerCache(cache, this.writers, this.keysFor(sizes));
  }

  private keysFor(sizes: string): AnswerKeys {
    const known = this.keys.get(sizes);
    if (known) return known;
    if (this.keys.size >= SIZES_KEPT) return NOT_KEPT;
    const keys = new Map(this.writers.map((writer) => [writer, {}]));
    this.keys.set(sizes, keys);
    return keys;
  }

  /**
   * Throws a `NotCompiled` before anything is done, in two cases: the records and their sessions are more than one
   * operation may reach, or the arguments of sessions are wrong, which graphql-js reports.
   */
  requireReach(request: Request, records: number): void {
    let reached = records;
    for (const one of this.sessions) reached += records * rangeOf(one, request).limit;
    if (reached > request.context.limits.maxRecords) throw new NotCompiled('more than one operation may reach');
  }

  /** Reads the sessions of rows whose JSON is not cached. */
  async readSessions(request: Request, rows: Iterable<RawRow>): Promise<ReadSessions> {
    if (this.sessions.length === 0) return ReadSessions.none;
    const read = [...rows];
    const needed = read.filter(({ values }) => values !== null).map(({ id }) => id);
    return ReadSessions.of(this.sessions, request, { ids: read.map(({ id }) => id), needed });
  }
}

/** A wrong argument is an error at the place of the sessions, which graphql-js knows. */
function rangeOf(selected: SelectedSessions, request: Request): SessionRange {
  try {
    return selected.range(request);
  } catch (error) {
    throw error instanceof NotCompiled ? error : new NotCompiled('sessions that are asked for in a wrong way');
  }
}

/** How many different sizes of pages of sessions are cached. */
const SIZES_KEPT = 8;

/** The columns of a record as they were read, and its sessions. */
export interface RecordValues {
  id: string;
  values: readonly (ByteText | null)[];
  sessions: ReadSessions;
}

/** A writer of the selection below a record, from the values of its columns. */
export function valuesWriter(scope: PlanScope, { nodes }: Selected, shape: ReadShape): Writer<RecordValues> {
  const type = objectType(scope.schema, RECORD);
  return objectWriter(RECORD, selectedBelow(scope, type, nodes), (field) => {
    if (field.name === 'sessions') {
      const selected = sessionsWriter(scope, field, type);
      shape.sessions.push(selected);
      return ({ id, sessions }) => sessions.write(selected, id);
    }
    const [column, writeColumn] = columnOf({ ...scope, linked: shape.linked }, field);
    const place = shape.placeOf(column);
    return ({ values }) => {
      const stored = values[place] as ByteText | null;
      return stored === null ? 'null' : writeColumn(stored);
    };
  });
}

/** A record of an answer as it was read, with the answer's cache and sessions. */
export interface ReadRecord {
  row: RawRow;
  cache: AnswerCache;
  sessions: ReadSessions;
}

/** The same from rows as they are read. A record that is cached in its present revision is not written again. */
export function recordWriter(scope: PlanScope, selected: Selected, shape: ReadShape): Writer<ReadRecord> {
  const write = valuesWriter(scope, selected, shape);
  shape.keepsTextsOf(write);
  return ({ row: { id, revision, values }, cache, sessions }) => {
    const cached = cache.get(id, revision, write);
    if (cached !== undefined) return cached;
    const text = write({ id, values: values ?? [], sessions });
    cache.put(id, revision, write, text);
    return text;
  };
}

function columnOf(scope: Scope & { linked?: Linked }, selected: Selected): [Column, ColumnWriter] {
  const field = FIELDS.get(selected.name);
  const definition = objectType(scope.schema, RECORD).getFields()[selected.name];
  if (!field || !definition) throw new NotCompiled(`${RECORD}.${selected.name}`);
  const { column, isJson, show } = field;
  if (isJson) return [column, jsonWriter(scope, definition.type, selected)];
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
