import { getNamedType, type GraphQLOutputType, type GraphQLSchema, isEnumType, isLeafType } from 'graphql';
import { isLosslessNumber } from 'lossless-json';
import { readDateTime } from '../domain/date-time.js';
import { secondsOf } from '../domain/duration.js';
import { graphMembers } from '../domain/graph-members.js';
import { parseInt64 } from '../domain/int64.js';
import type { JsonObject } from '../platform/json-object.js';

/** The type of a column. A `timestamp` is the stored text of a date-time; a `double` has all digits of the source. */
export type ColumnType = 'text' | 'int32' | 'int64' | 'double' | 'boolean' | 'timestamp';

/** Null means missing, or not measured. */
export type Value = string | number | bigint | boolean | null;

/** A column as readers of the files see it. */
export interface ColumnInfo {
  name: string;
  type: ColumnType;
  /** The meaning of the values, with their unit. */
  description: string;
  /** Whether there is always a value. */
  isRequired: boolean;
}

/** A column, and how to read its value from the source of a row. */
export interface Column<Row> extends ColumnInfo {
  read: (row: Row) => Value;
}

/** A column with a given name, which the schema does not have. */
export function column<Row>(
  name: string,
  type: ColumnType,
  description: string,
  read: (row: Row) => Value,
): Column<Row> {
  return { name, type, description, read, isRequired: false };
}

/** The same for a column that always has a value. */
export function required<Row>(...[name, type, description, read]: Parameters<typeof column<Row>>): Column<Row> {
  return { ...column(name, type, description, read), isRequired: true };
}

interface Reading {
  type: ColumnType;
  read: (value: unknown) => Value;
  /** Added to the member's name to make the column's name. */
  unit?: string;
}

const text: Reading = { type: 'text', read: (value) => (typeof value === 'string' ? value : null) };
/**
 * How to read a member, by its type in the schema. A value that the type cannot hold is null, as in GraphQL responses.
 */
const READINGS: Record<string, Reading> = {
  ID: text,
  String: text,
  Boolean: { type: 'boolean', read: (value) => (typeof value === 'boolean' ? value : null) },
  Int: { type: 'int32', read: (value) => within(numberOf(value), (number) => (number | 0) === number) },
  Float: { type: 'double', read: (value) => within(numberOf(value), Number.isFinite) },
  Int64: { type: 'int64', read: orNull((value) => parseInt64(value)) },
  Duration: { type: 'double', read: secondsOf, unit: 'Seconds' },
  DateTimeOffset: { type: 'timestamp', read: orNull((value) => readDateTime(value as string)) },
};

function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return value;
  return isLosslessNumber(value) ? Number(value.toString()) : null;
}

function within(number: number | null, holds: (number: number) => boolean): number | null {
  return number !== null && holds(number) ? number : null;
}

function orNull(read: (value: unknown) => Value): Reading['read'] {
  return (value) => {
    if (value == null) return null;
    try {
      return read(value);
    } catch {
      return null;
    }
  };
}

/** Reads a value that equals the one before only once: the rows of a session, and of a segment, have the same times. */
function onceForEqual(read: Reading['read']): Reading['read'] {
  let [last, result]: [unknown, Value] = [undefined, null];
  return (value) => {
    if (value !== last) [last, result] = [value, read(value)];
    return result;
  };
}

/**
 * A column for each value of one of Graph's objects, under Graph's name for it, with a prefix. Objects and lists in it
 * are left out. Durations are in seconds, and their names say so.
 */
export function columnsOf<Row>(
  schema: GraphQLSchema,
  typeName: string,
  prefix: string,
  find: (row: Row) => JsonObject | null,
): Column<Row>[] {
  return graphMembers(schema, typeName).flatMap(({ name, type, isList, description }) => {
    if (isList || !isLeafType(type)) return [];
    const { unit = '', type: columnType, ...reading } = readingOf(type);
    const read = columnType === 'timestamp' ? onceForEqual(reading.read) : reading.read;
    const words = prefix === '' ? name : prefix + name.charAt(0).toUpperCase() + name.slice(1);
    const told = unit === '' ? description : `${description} In seconds.`;
    const value = (row: Row) => {
      const object = find(row);
      return object === null ? null : read(object[name]);
    };
    return [column(`${words}${unit}`, columnType, told, value)];
  });
}

/** An enumeration has the text that the source sent, even if this version does not know it. */
function readingOf(type: GraphQLOutputType): Reading {
  const named = getNamedType(type);
  const reading = isEnumType(named) ? text : READINGS[named.name];
  if (!reading) throw new Error(`There is no column for values of ${named.name}.`);
  return reading;
}
