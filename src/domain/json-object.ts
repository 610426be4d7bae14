import { isLosslessNumber } from 'lossless-json';

export type JsonObject = { [name: string]: unknown };

/** Whether a JSON value is an object, which a number that keeps all its digits is not. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value);
}
