import { SETTINGS } from '../config.js';

const NAMES: readonly string[] = Object.values(SETTINGS).map(({ name }) => name);

/** Shorter names have too many neighbours that mean something else: POST, HOSTS, PORTS. */
const LONG_ENOUGH = 6;
const UNIT = /_(MS|BYTES|BYTES_PER_SECOND)$/;

/**
 * The variables of an environment that are nearly settings, with the settings they may be meant for: in other case or with
 * other separators, without the unit, or with one letter too many, too few, wrong, or in its neighbour's place.
 */
export function nearNames(environment: NodeJS.ProcessEnv): { given: string; meant: string }[] {
  return Object.keys(environment)
    .filter((given) => !NAMES.includes(given))
    .flatMap((given) => {
      const meant = NAMES.find((name) => isNear(given, name));
      // Where case means nothing, as on Windows, it is read under the other name.
      return meant === undefined || isSameVariable(environment, given, meant) ? [] : [{ given, meant }];
    });
}

function isNear(given: string, name: string): boolean {
  const upper = given.toUpperCase();
  if (upper === name || upper === name.replace(UNIT, '')) return true;
  return name.length >= LONG_ENOUGH && isOneSlipAway(letters(upper), letters(name));
}

const letters = (name: string) => name.replace(/[^A-Z0-9]/g, '');

/** An edit distance, transpositions included, of one at most: what is left between the same beginning and end tells. */
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
