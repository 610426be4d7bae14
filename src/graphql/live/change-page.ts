import { type CallRecordChangePage, formatChangeCursor } from '../../domain/change.js';
import type { Store } from '../../store/store.js';
import { requireWithin } from './change-source.js';
import { movesOf, readPresent, Teller, toChange, type Told, type View } from './told-changes.js';

/** Changes of the log that one statement reads. */
const AT_ONCE = 500;
/** Changes of the log that one page looks at: of very many the caller may see none. */
const LOOKED_AT = 5_000;

/** A page as it is asked for; `after` null: from the oldest change kept. */
interface PageAsked {
  view: View;
  after: bigint | null;
  limit: number;
}

/** A page of changes: as many as are asked for, unless the log ends before, or very many changes are none of the caller's. */
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

/** For few that are asked for, too, as the caller may see a part of them. */
const MIN_AT_ONCE = 50;
