import { SETTINGS } from '../config.js';

const NAMES: readonly string[] = Object.values(SETTINGS).map(({ name }) => name);

/** Shorter names are close to too many others: POST, HOSTS, PORTS. */
const LONG_ENOUGH = 6;
const UNIT = /_(MS|BYTES|BYTES_PER_SECOND)$/;

/**
 * Environment variables whose names are nearly those of settings, each with the setting it may be meant for. The name
 * differs in letter case or separators, lacks the unit, or has one letter too many, missing, wrong, or swapped with the
 * next.
 */
export function nearNames(environment: NodeJS.ProcessEnv): { given: string; meant: string }[] {
  return Object.keys(environment)
    .filter((given) => !NAMES.includes(given))
    .flatMap((given) => {
      const meant = NAMES.find((name) => isNear(given, name));
      // If letter case means nothing, as on Windows, both names are the same variable, and it is read.
      return meant === undefined || isSameVariable(environment, given, meant) ? [] : [{ given, meant }];
    });
}

function isNear(given: string, name: string): boolean {
  const upper = given.toUpperCase();
  if (upper === name || upper === name.replace(UNIT, '')) return true;
  return name.length >= LONG_ENOUGH && isOneSlipAway(letters(upper), letters(name));
}

const letters = (name: string) => name.replace(/[^A-Z0-9]/g, '');

/**
 * Whether the edit distance, with transpositions, is at most one. Only what lies between the common start and end is
 * compared.
 */
function isOneSlipAway(a: string, b: string): boolean {
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const [left, right] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  const isSwapped = left.length === 2 && left === [...right].reverse().join('');
  return isSwapped || Math.max(left.length, right.length) <= 1;
}

function isSameVariable(environment: NodeJS.ProcessEnv, given: string, meant: string): boolean {
  return given.toUpperCase() === meant && environment[meant] === environment[given];
}
