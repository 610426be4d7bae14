import { isSecureUrl } from '../platform/loopback.js';

/** What one environment variable sets. */
export interface Setting<Value> {
  name: string;
  /** Text of the default, as it would stand in the environment; null: none. */
  default: string | null;
  meaning: string;
  read: Reader<Value>;
}

/** Reads the text of a setting; throws an Error that says what was expected. */
export type Reader<Value> = (text: string) => Value;

/** A rule that the text must obey too; one that is broken already is no longer looked at. */
export function where<Value>(read: Reader<Value>, isRight: (text: string) => boolean, expected: string): Reader<Value> {
  return (text) => {
    const value = read(text);
    if (!isRight(text)) throw new Error(expected);
    return value;
  };
}

export const text: Reader<string> = (given) => given;

/** A whole number, both ends included. */
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

/** Any text but the empty one. */
export const filled = (what: string) => where(text, (given) => given !== '', `expected ${what}, not nothing`);

/** Of a file; whether it is there is seen by who opens it. */
export const path = filled('the path of a file');

/** Who logs in, at the start of a URL. */
const LOGIN = /^[^/?#]*\/\/[^/?#]*@/;
/** Of somebody whose word counts: by https, and without a login, which the log would tell. */
export const address = where(
  where(
    text,
    (given) => URL.canParse(given) && isSecureUrl(new URL(given)),
    'expected an https URL (http only on loopback)',
  ),
  (given) => !LOGIN.test(given),
  'no user name or password may stand in it',
);

/** Whether a page can have it, letter for letter; `*` may stand in a URL, but in no name of a host. */
export function isOrigin(given: string): boolean {
  return /^https?:[^*]+$/.test(given) && URL.canParse(given) && new URL(given).origin === given;
}
