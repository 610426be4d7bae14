import { isLosslessNumber } from 'lossless-json';

export type JsonObject = { [name: string]: unknown };

/** Whether a JSON value is an object. A `LosslessNumber` is not. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value);
}

/** The objects in a list; empty for anything that is not a list. */
export function objectsOf(list: unknown): JsonObject[] {
  return Array.isArray(list) ? list.filter(isObject) : [];
}
