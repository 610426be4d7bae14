import { isSecureUrl } from '../platform/loopback.js';

/** What one environment variable sets. */
export interface Setting<Value> {
  name: string;
  /** The default, as it would be written in the environment; null for none. */
  default: string | null;
  meaning: string;
  read: Reader<Value>;
}

/** Reads the text of a setting; throws an Error that says what was expected. */
export type Reader<Value> = (text: string) => Value;

/** Adds a rule that the text must meet. The rule is checked only if `read` accepts the text. */
export function where<Value>(read: Reader<Value>, isRight: (text: string) => boolean, expected: string): Reader<Value> {
  return (text) => {
    const value = read(text);
    if (!isRight(text)) throw new Error(expected);
    return value;
  };
}

export const text: Reader<string> = (given) => given;

/** A whole number between these, both included. */
export function whole(minimum: number, maximum: number): Reader<number> {
  const isInside = (given: string) => /^\d+$/.test(given) && Number(given) >= minimum && Number(given) <= maximum;
  return where(Number, isInside, `expected a whole number from ${minimum} to ${maximum}`);
}

/** One of these words. */
export function oneOf<Word extends string>(...words: readonly Word[]): Reader<Word> {
  return (given) => {
    const word = words.find((one) => one === given);
    if (word === undefined) throw new Error(`expected ${words.slice(0, -1).join(', ')} or ${words.at(-1)}`);
    return word;
  };
}

const isTrue = oneOf('true', 'false');
export const flag: Reader<boolean> = (given) => isTrue(given) === 'true';

/** Any text except the empty one. */
export const filled = (what: string) => where(text, (given) => given !== '', `expected ${what}, not nothing`);

/** The path of a file. Whoever opens the file finds out whether it exists. */
export const path = filled('the path of a file');

/** User name and password at the start of a URL. */
const LOGIN = /^[^/?#]*\/\/[^/?#]*@/;
/** The address of a trusted server: https, and without user name and password, which the log would show. */
export const address = where(
  where(
    text,
    (given) => URL.canParse(given) && isSecureUrl(new URL(given)),
    'expected an https URL (http only on loopback)',
  ),
  (given) => !LOGIN.test(given),
  'no user name or password may stand in it',
);

/** Whether a page can have it as its origin, letter for letter. `*` may stand in a URL, but not in a host name. */
export function isOrigin(given: string): boolean {
  return /^https?:[^*]+$/.test(given) && URL.canParse(given) && new URL(given).origin === given;
}
