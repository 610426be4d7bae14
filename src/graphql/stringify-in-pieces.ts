import { setImmediate as turn } from 'node:timers/promises';
import type { FormattedExecutionResult } from 'graphql';

/** Characters that are written in one turn of the event loop: about a millisecond. */
const CHARACTERS_A_TURN = 256_000;
/** Items from which on a list is written item by item. In a shorter list each item may be most of the answer. */
const MANY_ITEMS = 20;

/**
 * The JSON of a result and a line break. A large result is written over several turns of the event loop, so that others
 * can go on. It comes as bytes: a text of that size would be joined, measured and encoded in one turn of a tenth of a
 * second.
 */
export function stringifyInPieces(result: FormattedExecutionResult): string | Promise<Buffer> {
  const pieces = piecesOf(result);
  const { taken, isWhole } = take(pieces);
  return isWhole ? `${taken}\n` : stringifyRest(pieces, taken);
}

async function stringifyRest(pieces: Generator<string, void>, begun: string): Promise<Buffer> {
  const bytes = [Buffer.from(begun)];
  for (let isWhole = false; !isWhole;) {
    await turn();
    const next = take(pieces);
    bytes.push(Buffer.from(next.taken));
    isWhole = next.isWhole;
  }
  return Buffer.concat([...bytes, Buffer.from('\n')]);
}

/** Takes as many pieces as one turn has time for. */
function take(pieces: Generator<string, void>): { taken: string; isWhole: boolean } {
  let taken = '';
  while (taken.length < CHARACTERS_A_TURN) {
    const { value, done } = pieces.next();
    if (done) return { taken, isWhole: true };
    taken += value;
  }
  return { taken, isWhole: false };
}

function* piecesOf(value: unknown): Generator<string, void> {
  if (typeof value !== 'object' || value === null || 'toJSON' in value) yield JSON.stringify(value ?? null);
  else if (Array.isArray(value)) yield* piecesOfList(value);
  else yield* piecesOfObject(value);
}

function* piecesOfList(items: unknown[]): Generator<string, void> {
  let before = '[';
  for (const item of items) {
    if (items.length >= MANY_ITEMS) yield before + JSON.stringify(item ?? null);
    else {
      yield before;
      yield* piecesOf(item);
    }
    before = ',';
  }
  yield before === '[' ? '[]' : ']';
}

function* piecesOfObject(object: object): Generator<string, void> {
  let before = '{';
  for (const [name, value] of Object.entries(object)) {
    if (value === undefined) continue;
    yield `${before}${JSON.stringify(name)}:`;
    yield* piecesOf(value);
    before = ',';
  }
  yield before === '{' ? '{}' : '}';
}
