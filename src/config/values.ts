import { z } from 'zod';
import { isSecureUrl } from '../domain/loopback.js';

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

/** Whether a text names a database of either engine. */
export function isDatabaseUrl(text: string): boolean {
  return /^file:./.test(text) || (/^postgres(ql)?:\/\/./.test(text) && URL.canParse(text) && !splitsPassword(text));
}

/** Whether what reads as the end of the address is a `/` or `#` in a password, whose rest would be taken for the database. */
function splitsPassword(text: string): boolean {
  const { pathname, hash } = new URL(text);
  return pathname.includes('@') || hash.includes('@');
}

/**
 * A text as it may be printed: who logs in stands in a URL together with the password. Up to the last `@`, as what is
 * wrong with a URL may be its password.
 */
export function withoutPasswords(text: string): string {
  return text.replace(/\/\/.*@/s, '//…@').replace(/(?<=[?&]password=)[^&\s']+/g, '…');
}
