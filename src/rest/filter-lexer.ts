import { badUserInput, type CallRecordsError } from '../domain/errors.js';

/** A token of a `$filter`; `at` is its position in characters, from 1. */
export interface Token {
  kind: 'word' | 'string' | 'member' | 'literal' | 'sign' | 'end';
  text: string;
  at: number;
}

const SPACE = /\s+/y;
const TOKENS: [Token['kind'], RegExp][] = [
  // A member of an enumeration after the qualified name of its type, as in
  // microsoft.graph.callRecords.callType'groupCall'.
  ['member', /[A-Za-z_]\w*(?:\.\w+)+'(?:[^']|'')*'/y],
  ['string', /'(?:[^']|'')*'/y],
  // Date-times, numbers and bare GUIDs. Where one may stand, no letter can follow.
  ['literal', /[-+]?\d[\w.:+-]*/y],
  ['word', /[A-Za-z_@$][\w.]*/y],
  ['sign', /[(),:/]/y],
];

/** The tokens of a `$filter` (OData 4.01, ABNF); the last one is its end. Throws `BAD_USER_INPUT` with the position. */
export function readTokens(filter: string): Token[] {
  const tokens: Token[] = [];
  let index = 0;
  // SQL text cannot hold a NUL.
  const nul = filter.indexOf('\0');
  if (nul >= 0) throw filterError(nul + 1, 'a NUL character stands in no property');
  while (index < filter.length) {
    const space = matchAt(SPACE, filter, index);
    if (space !== null) index += space.length;
    else {
      const token = readToken(filter, index);
      tokens.push(token);
      index += token.text.length;
    }
  }
  tokens.push({ kind: 'end', text: '', at: filter.length + 1 });
  return tokens;
}

function readToken(filter: string, index: number): Token {
  for (const [kind, pattern] of TOKENS) {
    const text = matchAt(pattern, filter, index);
    if (text !== null) return { kind, text, at: index + 1 };
  }
  const rest = filter.slice(index, index + 20);
  if (rest.startsWith("'")) throw filterError(index + 1, 'the text has no closing quote');
  if (rest.startsWith('"')) throw filterError(index + 1, "text stands in single quotes, as in 'text'");
  throw filterError(index + 1, `${JSON.stringify([...rest][0])} is not expected here`);
}

function matchAt(pattern: RegExp, text: string, index: number): string | null {
  pattern.lastIndex = index;
  return pattern.exec(text)?.[0] ?? null;
}

/** An error at a position of a `$filter`. */
export function filterError(at: number, message: string): CallRecordsError {
  return badUserInput([{ path: ['$filter'], rule: 'filter', message: `At character ${at}: ${message}.` }]);
}
