import { getNamedType, type GraphQLOutputType, type GraphQLSchema, isEnumType, isLeafType } from 'graphql';
import { isLosslessNumber } from 'lossless-json';
import { readDateTime } from '../domain/date-time.js';
import { secondsOf } from '../domain/duration.js';
import { graphMembers } from '../domain/graph-members.js';
import { parseInt64 } from '../domain/int64.js';
import type { JsonObject } from '../platform/json-object.js';

/** How the values of a column are kept; a `timestamp` is the stored text of a date-time, a `double` has all digits of the source. */
export type ColumnType = 'text' | 'int32' | 'int64' | 'double' | 'boolean' | 'timestamp';

/** Null is not told, or not measured. */
export type Value = string | number | bigint | boolean | null;

/** A column as those who read the files see it. */
export interface ColumnInfo {
  name: string;
  type: ColumnType;
  /** What it says, with its unit. */
  description: string;
  /** Whether it always has a value. */
  isRequired: boolean;
}

/** A column, and how its value is read from what a row is of. */
export interface Column<Row> extends ColumnInfo {
  read: (row: Row) => Value;
}

/** A column of our own. */
export function column<Row>(
  name: string,
  type: ColumnType,
  description: string,
  read: (row: Row) => Value,
): Column<Row> {
  return { name, type, description, read, isRequired: false };
}

/** The same where there always is a value. */
export function required<Row>(...[name, type, description, read]: Parameters<typeof column<Row>>): Column<Row> {
  return { ...column(name, type, description, read), isRequired: true };
}

interface Reading {
  type: ColumnType;
  read: (value: unknown) => Value;
  /** What the name of the column has behind that of the member. */
  unit?: string;
}

const text: Reading = { type: 'text', read: (value) => (typeof value === 'string' ? value : null) };
/** How a member of a type of the schema reads; what the type cannot hold reads as null, as in answers of GraphQL. */
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

/**
 * A column for each value of an object of Graph, under the name that Graph has for it behind a prefix; objects and lists in
 * it are no columns. Durations are seconds, and their names say so.
 */
export function columnsOf<Row>(
  schema: GraphQLSchema,
  typeName: string,
  prefix: string,
  find: (row: Row) => JsonObject | null,
): Column<Row>[] {
  return graphMembers(schema, typeName).flatMap(({ name, type, isList, description }) => {
    if (isList || !isLeafType(type)) return [];
    const { read, unit = '', type: columnType } = readingOf(type);
    const words = prefix === '' ? name : prefix + name.charAt(0).toUpperCase() + name.slice(1);
    const told = unit === '' ? description : `${description} In seconds.`;
    const value = (row: Row) => {
      const object = find(row);
      return object === null ? null : read(object[name]);
    };
    return [column(`${words}${unit}`, columnType, told, value)];
  });
}

/** Of an enumeration what the source sent, be it a member that this version does not know. */
function readingOf(type: GraphQLOutputType): Reading {
  const named = getNamedType(type);
  const reading = isEnumType(named) ? text : READINGS[named.name];
  if (!reading) throw new Error(`There is no column for values of ${named.name}.`);
  return reading;
}
