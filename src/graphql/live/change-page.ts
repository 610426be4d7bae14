import { type CallRecordChangePage, formatChangeCursor } from '../../domain/change.js';
import type { Store } from '../../store/store.js';
import { requireWithin } from './change-source.js';
import { movesOf, readPresent, Teller, toChange, type Told, type View } from './told-changes.js';

/** Changes of the log that one statement reads. */
const AT_ONCE = 500;
/** Changes of the log that one page reads at most: the caller may see none of very many. */
const LOOKED_AT = 5_000;

/** The arguments of a page; `after` null: from the oldest kept change. */
interface PageAsked {
  view: View;
  after: bigint | null;
  limit: number;
}

/** A page of changes. It is full unless the log ends before, or the caller may see none of very many changes. */
export async function readPage(store: Store, { view, after, limit }: PageAsked): Promise<CallRecordChangePage> {
  const newest = await store.lastChange();
  if (after !== null) requireWithin(after, newest);
  const teller = new Teller(view.filter !== null);
  const told: Told[] = [];
  let position = after;
  for (let lookedAt = 0; told.length < limit && lookedAt < LOOKED_AT;) {
    view.asker?.gone.throwIfAborted();
    const changes = await store.changes(position, Math.min(AT_ONCE, Math.max(limit, MIN_AT_ONCE)));
    const last = changes.at(-1);
    if (last === undefined) break;
    lookedAt += changes.length;
    const moves = movesOf(changes, view.visibleTo);
    told.push(...teller.tell(moves, await readPresent(store, moves, view)));
    position = last.sequence;
    if (position >= newest) break;
  }
  const page = told.slice(0, limit);
  const end = told.length > limit ? (page.at(-1) as Told).sequence : (position ?? 0n);
  return { changes: page.map(toChange), endCursor: formatChangeCursor(end), hasMore: end < newest };
}

/** A small page reads more changes, too, as the caller may see only some of them. */
const MIN_AT_ONCE = 50;
