import { setImmediate as turn } from 'node:timers/promises';
import DataLoader from 'dataloader';
import type { Asker } from '../domain/asker.js';
import type { Budget } from './budget.js';
import type { CallRecord } from '../domain/call-record.js';
import { pageCost } from '../domain/cost.js';
import type { Position } from '../domain/page.js';
import type { ListQuery, Page } from '../store/query/read-records.js';
import type { Column } from '../store/rows/row-mapping.js';
import type { SessionsAsked, SessionsPage } from '../store/query/read-sessions.js';
import type { Store } from '../store/store.js';

/** Records that one statement finds at most. Between two statements a lost client is noticed. */
export const RECORDS_AT_ONCE = 5_500;
/** Users of one statement that counts or searches the calls of each. */
const USERS_AT_ONCE = 1_000;

/** Batches the reads of one request: one statement answers, however many records or users ask. */
export class Loaders {
  private readonly batches = new Map<string, DataLoader<string, unknown>>();

  constructor(
    private readonly store: Store,
    private readonly visibleTo: string | null,
    private readonly budget?: Budget,
  ) {}

  /** A record by id; null if there is none that the caller may see. */
  record(id: string, columns: readonly Column[]): Promise<CallRecord | null> {
    return this.load(`record ${columns.join()}`, id.toLowerCase(), async (ids) => {
      const records = await this.store.find(ids, this.visibleTo, columns);
      return ids.map((one) => records.get(one) ?? null);
    });
  }

  /** Records by their ids, in the same order; null for each that {@link record} does not find. */
  records(ids: readonly string[], columns: readonly Column[]): Promise<(CallRecord | null)[]> {
    return Promise.all(ids.map((id) => this.record(id, columns)));
  }

  /** A page of a user's calls. The users of one field share a statement, up to a number of records. */
  page(user: string, list: ListQuery): Promise<Page> {
    return this.load(`page ${keyOf(list)}`, user, async (users) => {
      const pages: Page[] = [];
      let records = 0;
      for (const some of inChunks(users, RECORDS_AT_ONCE / (list.page.limit + 1))) {
        await turn();
        list.asker?.gone.throwIfAborted();
        const found = await this.store.listOfUsers(some, list);
        for (const one of some) {
          const page = found.get(one) as Page;
          records += page.records.length;
          pages.push(page);
        }
        this.budget?.requireRoom(records);
      }
      return pages;
    });
  }

  /** Whether a user has calls outside of a page. */
  outside(user: string, list: ListQuery, edge: Position): Promise<boolean> {
    return this.load(`outside ${keyOf(list)}`, user, (users) =>
      ofEach(users, list, async (some) => {
        const found = await this.store.haveOutside(some, list, edge);
        return (one) => found.has(one);
      }),
    );
  }

  /** How many calls of a user match. */
  count(user: string, list: ListQuery): Promise<number> {
    return this.load(`count ${keyOf(list)}`, user, (users) =>
      ofEach(users, list, async (some) => {
        const found = await this.store.countOfUsers(some, list);
        return (one) => found.get(one) ?? 0;
      }),
    );
  }

  /**
   * A page of the sessions of a record. The records of one field share a statement, which costs points by their number.
   */
  sessions(
    recordId: string,
    asked: SessionsAsked,
    { spend, asker }: { spend: (points: number) => Promise<void>; asker?: Asker },
  ): Promise<SessionsPage | null> {
    const { limit, after, isCounted } = asked;
    return this.load(`sessions ${limit} ${after} ${isCounted}`, recordId, async (ids) => {
      await spend(pageCost(ids.length * limit));
      const pages = await this.store.findSessions(ids, asked, asker);
      return ids.map((id) => pages.get(id) ?? null);
    });
  }

  private load<Value>(name: string, key: string, batch: (keys: readonly string[]) => Promise<Value[]>): Promise<Value> {
    let loader = this.batches.get(name) as DataLoader<string, Value> | undefined;
    if (!loader) {
      loader = new DataLoader(batch);
      this.batches.set(name, loader);
    }
    return loader.load(key);
  }
}

/** The values for users, in their order, by a statement for each group of them, as long as the client waits. */
async function ofEach<Value>(
  users: readonly string[],
  { asker }: Pick<ListQuery, 'asker'>,
  read: (some: readonly string[]) => Promise<(user: string) => Value>,
): Promise<Value[]> {
  const values: Value[] = [];
  for (const some of inChunks(users, USERS_AT_ONCE)) {
    asker?.gone.throwIfAborted();
    values.push(...some.map(await read(some)));
  }
  return values;
}

export function* inChunks<Value>(values: readonly Value[], size: number): Generator<readonly Value[]> {
  const step = Math.max(1, Math.floor(size));
  for (let start = 0; start < values.length; start += step) yield values.slice(start, start + step);
}

/** The query of a list as text: lists with the same text find the same. */
export function keyOf({ filter, order, page, columns }: ListQuery): string {
  return JSON.stringify([filter, order, page, columns]);
}
