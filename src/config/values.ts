import { z } from 'zod';
import { isSecureUrl } from '../platform/loopback.js';

/** What one environment variable sets. */
export interface Setting<Value> {
  name: string;
  /** Text of the default, as it would stand in the environment; null: none. */
  default: string | null;
  meaning: string;
  schema: z.ZodType<Value>;
}

/** A whole number, both ends included. */
export const whole = (minimum: number, maximum: number) =>
  z
    .string()
    .regex(/^\d+$/, `expected a whole number from ${minimum} to ${maximum}`)
    .transform(Number)
    .pipe(z.number().min(minimum).max(maximum));
/** `true` or `false`. */
export const flag = z.enum(['true', 'false'], 'expected true or false').transform((text) => text === 'true');
/** Any text but the empty one. */
export const filled = (what: string) => z.string().min(1, `expected ${what}, not nothing`);
/** Of a file; whether it is there is seen by who opens it. */
export const path = filled('the path of a file');

/** Who logs in, at the start of a URL. */
const LOGIN = /^[^/?#]*\/\/[^/?#]*@/;
/** Of somebody whose word counts: by https, and without a login, which the log would tell. */
export const address = z
  .string()
  .refine((text) => URL.canParse(text) && isSecureUrl(new URL(text)), 'expected an https URL (http only on loopback)')
  .refine((text) => !LOGIN.test(text), 'no user name or password may stand in it');

/** Whether a page can have it, letter for letter; `*` may stand in a URL, but in no name of a host. */
export function isOrigin(text: string): boolean {
  return /^https?:[^*]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}
