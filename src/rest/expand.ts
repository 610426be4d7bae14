import { badUserInput, gather, type Violation } from '../domain/errors.js';
import { BY_ITSELF, type Offer } from './offers.js';

/** The members of an entity that are asked for; `select` null means all members that need no expanding. */
export interface Shape {
  select: ReadonlySet<string> | null;
  expand: Expansion;
}

/** The expanded members by name, and what is asked for in each. */
export type Expansion = ReadonlyMap<string, Shape>;

const WHOLE: Shape = { select: null, expand: new Map() };
/** The options that may stand in parentheses after an expanded name. */
const NESTED = ['$select', '$expand'];

/**
 * Reads `$select` and `$expand`. A selected member that can be expanded is expanded. One error reports every violation.
 */
export function readShape(select: string | undefined, expand: string | undefined, offer: Offer): Shape {
  const violations: Violation[] = [];
  const names = gather(violations, () => readSelect(select, offer.selectable)) ?? null;
  const expansion = gather(violations, () => readExpand(expand, offer)) ?? new Map<string, Shape>();
  if (violations.length > 0) throw badUserInput(violations);
  const selected = [...(names ?? [])].filter((name) => name !== BY_ITSELF && Object.hasOwn(offer.expandable, name));
  const more = selected.filter((name) => !expansion.has(name)).map((name) => [name, WHOLE] as const);
  return { select: names, expand: new Map([...expansion, ...more]) };
}

/** The names in a list; null if it is missing or `*`. */
function readSelect(text: string | undefined, known: readonly string[]): Set<string> | null {
  if (text === undefined || text.trim() === '*') return null;
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw notSupported('$select', unknown, known);
  return new Set(names);
}

/**
 * Reads `a`, `*` and `a($select=b;$expand=c)`, separated by commas (OData 4.01, URL Conventions 5.1.3), with blanks
 * anywhere between.
 */
function readExpand(text: string | undefined, { expandable }: Offer): Map<string, Shape> {
  const expansion = new Map<string, Shape>();
  if (text === undefined) return expansion;
  const known = Object.keys(expandable);
  const violations: Violation[] = [];
  const items = splitOutside(text, ',').map(readItem);
  if (items.some(({ name }) => name === '*')) for (const name of known) expansion.set(name, WHOLE);
  const named = new Set<string>();
  for (const { name, nested } of items.filter(({ name }) => name !== '*')) {
    const offer = Object.hasOwn(expandable, name) ? expandable[name] : undefined;
    if (!offer) violations.push(...(notSupported('$expand', [name], known).violations ?? []));
    else if (named.has(name)) violations.push(violation('option', `${name} is expanded more than once.`));
    else expansion.set(name, gather(violations, () => readNested(name, nested, offer)) ?? WHOLE);
    named.add(name);
  }
  if (violations.length > 0) throw badUserInput(violations);
  return expansion;
}

function readItem(text: string): { name: string; nested: string | undefined } {
  const [, name, nested] = /^([^()]*)\((.*)\)$/s.exec(text.trim()) ?? [];
  return { name: (name ?? text).trim(), nested };
}

function readNested(name: string, text: string | undefined, offer: Offer): Shape {
  if (text === undefined) return WHOLE;
  const options = new Map<string, string>();
  for (const option of splitOutside(text, ';')) {
    const [, written = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(option) ?? [];
    const key = `$${written.trim().toLowerCase().replace(/^\$/, '')}`;
    if (!NESTED.includes(key) || options.has(key))
      throw badUserInput([
        violation('option', `In ${name}(…) ${JSON.stringify(written.trim())} is not supported, or stands there twice.`),
      ]);
    options.set(key, value);
  }
  return readShape(options.get('$select'), options.get('$expand'), offer);
}

/** Splits at the separators that are not in parentheses. */
function splitOutside(text: string, separator: string): string[] {
  const pieces: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (character === '(') depth++;
    else if (character === ')') depth--;
    else if (character === separator && depth === 0) {
      pieces.push(text.slice(start, index));
      start = index + 1;
    }
  }
  return [...pieces, text.slice(start)];
}

function notSupported(option: string, names: readonly string[], known: readonly string[]) {
  const supported = known.length === 0 ? 'there is nothing to expand' : `supported are ${known.join(', ')}`;
  return badUserInput(
    names.map((name) => ({
      path: [option],
      rule: 'unknown',
      message: `${JSON.stringify(name)} is not supported here; ${supported}.`,
    })),
  );
}

const violation = (rule: string, message: string): Violation => ({ path: ['$expand'], rule, message });

/**
 * `(id,version,sessions(segments()))`: what was selected and expanded, in the form of context URLs; empty for nothing.
 */
export function formatSelection(shape: Shape): string {
  const names = selectionNames(shape);
  return names.length === 0 ? '' : `(${names.join()})`;
}

function selectionNames({ select, expand }: Shape): string[] {
  const selected = [...(select ?? [])].filter((name) => !expand.has(name));
  return [...selected, ...[...expand].map(([name, shape]) => `${name}(${selectionNames(shape).join()})`)];
}

/** The query options that ask for a shape. */
export function shapeOptions({ select, expand }: Shape): Map<string, string> {
  const expanded = [...expand].map(([name, shape]) => {
    const nested = [...shapeOptions(shape)].map(([option, value]) => `${option}=${value}`);
    return nested.length === 0 ? name : `${name}(${nested.join(';')})`;
  });
  return new Map([
    ...(select === null ? [] : [['$select', [...select].join()] as const]),
    ...(expanded.length === 0 ? [] : [['$expand', expanded.join()] as const]),
  ]);
}
