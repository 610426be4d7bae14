import DataLoader from 'dataloader';
import type { CallRecord } from '../domain/call-record.js';
import type { Position } from '../domain/page.js';
import type { ListQuery, Page, People } from '../store/read.js';
import type { Store } from '../store/store.js';

/** Batches of one request: however many records or users ask, one statement answers. */
export class Loaders {
  private readonly batches = new Map<string, DataLoader<string, unknown>>();

  constructor(
    private readonly store: Store,
    private readonly visibleTo: string | null,
  ) {}

  /** A record by id; null if there is none that the caller may see. */
  record(id: string, people: People): Promise<CallRecord | null> {
    return this.load(`record ${JSON.stringify(people)}`, id.toLowerCase(), async (ids) => {
      const records = await this.store.find(ids, this.visibleTo, people);
      return ids.map((one) => records.get(one) ?? null);
    });
  }

  /** Records by their ids, in the order of these; null for each that {@link record} does not find. */
  records(ids: readonly string[], people: People): Promise<(CallRecord | null)[]> {
    return Promise.all(ids.map((id) => this.record(id, people)));
  }

  /** A page of a user's calls; all users of one field share the statement. */
  page(user: string, list: ListQuery): Promise<Page> {
    return this.load(`page ${keyOf(list)}`, user, async (users) => {
      const pages = await this.store.listOfUsers(users, list);
      return users.map((one) => pages.get(one) as Page);
    });
  }

  /** Whether a user has calls outside of a page. */
  outside(user: string, list: ListQuery, edge: Position): Promise<boolean> {
    return this.load(`outside ${keyOf(list)}`, user, async (users) => {
      const found = await this.store.haveOutside(users, list, edge);
      return users.map((one) => found.has(one));
    });
  }

  /** How many calls of a user match. */
  count(user: string, list: ListQuery): Promise<number> {
    return this.load(`count ${keyOf(list)}`, user, async (users) => {
      const counts = await this.store.countOfUsers(users, list);
      return users.map((one) => counts.get(one) ?? 0);
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

function keyOf({ filter, order, page, people }: ListQuery): string {
  return JSON.stringify([filter, order, page, people]);
}
