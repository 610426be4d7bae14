import { parseDateTime, type UtcText } from '../domain/date-time.js';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Milliseconds since 1970 as a stored date-time. */
export const utcOf = (ms: number): UtcText => parseDateTime(new Date(ms).toISOString());

/** A stored date-time in milliseconds since 1970. */
export const msOf = (utc: UtcText): number => Date.parse(`${utc}Z`);
