import { isLosslessNumber } from 'lossless-json';

export type JsonObject = { [name: string]: unknown };

/** Whether a JSON value is an object, which a number that keeps all its digits is not. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value);
}

/** The objects of a list; what is none, or no list, holds none. */
export function objectsOf(list: unknown): JsonObject[] {
  return Array.isArray(list) ? list.filter(isObject) : [];
}
