import { parseDateTime } from '../domain/date-time.js';
import { isObject, type JsonObject } from '../domain/document.js';
import { isGuid } from '../domain/identity.js';
import { parseInt64 } from '../domain/int64.js';
import type { ListedRecord } from '../store/write/sync-queue.js';
import type { GraphClient } from './graph-client.js';
import { GraphRefusal } from './graph-errors.js';
import type { RecordBudget } from './host-pace.js';

export const CALL_RECORDS = '/communications/callRecords';

/** A range of starts of calls, in milliseconds since 1970; `until` is not included. */
export interface Window {
  from: number;
  until: number;
}

/** How often a list is begun in all: the link to its next page may expire. */
const BEGINNINGS = 3;
const ENDED_LINK = new Set([400, 404, 410]);

/**
 * The records whose calls began within a window, a page at a time. If the list is begun again, some of them come twice.
 */
export async function* listWindow(
  client: GraphClient,
  window: Window,
  signal: AbortSignal,
): AsyncGenerator<ListedRecord[]> {
  const time = (ms: number) => new Date(ms).toISOString();
  const filter = `startDateTime ge ${time(window.from)} and startDateTime lt ${time(window.until)}`;
  const path = `${CALL_RECORDS}?$filter=${encodeURIComponent(filter)}&$select=id,version,startDateTime`;
  for (let begun = 1; ; begun++) {
    let pages = 0;
    try {
      for await (const items of pagesFrom(client, path, signal)) {
        pages += 1;
        yield items.map(readListed);
      }
      return;
    } catch (error) {
      const isEnded = error instanceof GraphRefusal && pages > 0 && ENDED_LINK.has(error.status);
      if (!isEnded || begun >= BEGINNINGS) throw error;
    }
  }
}

/**
 * The items of a collection, page by page, over all next links and with empty pages. `budget`: of the first page;
 * the others count as further pages.
 */
export async function* pagesFrom(
  client: GraphClient,
  path: string,
  signal: AbortSignal,
  budget: RecordBudget | null = null,
): AsyncGenerator<JsonObject[]> {
  const followed = new Set<string>();
  for (let next: string | null = path; next !== null;) {
    // A link back to an earlier page would never end.
    if (followed.has(next)) throw new GraphRefusal(0, 'the next link of a page leads back to a page before it');
    followed.add(next);
    const page = await client.get(
      next,
      signal,
      followed.size === 1 ? budget : budget && { ...budget, page: 'further' },
    );
    if (!Array.isArray(page.value) || !page.value.every(isObject))
      throw new GraphRefusal(0, 'the answer is no page of a collection');
    yield page.value;
    next = nextLink(page, '@odata.nextLink');
  }
}

/** The link to the next page; null on the last one. */
export function nextLink(json: JsonObject, name: string): string | null {
  const link = json[name];
  return typeof link === 'string' && link !== '' ? link : null;
}

function readListed({ id, version, startDateTime }: JsonObject): ListedRecord {
  if (typeof id !== 'string' || !isGuid(id)) throw new GraphRefusal(0, 'a listed record has no id');
  try {
    return {
      id: id.toLowerCase(),
      version: parseInt64(version),
      startDateTime: parseDateTime(String(startDateTime)),
    };
  } catch (error) {
    throw new GraphRefusal(0, `the listed record ${id}: ${(error as Error).message}`);
  }
}
