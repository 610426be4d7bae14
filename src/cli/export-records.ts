import { toGraphPayload } from '../domain/written-payload.js';
import { stringifyJson } from '../platform/json.js';
import { engineOptions, type StoreConfig } from '../config.js';
import { openStore, type Store } from '../store/store.js';
import { writeRecords } from './output.js';

/** Writes every record as one line of JSON in Graph's shape, in the order of ids. */
export async function exportRecords(config: StoreConfig): Promise<void> {
  const store = await openStore(config.databaseUrl, { ...engineOptions(config), mustExist: true });
  try {
    await writeRecords(linesOf(store), await store.count({ filter: null, visibleTo: null }));
  } finally {
    await store.close();
  }
}

async function* linesOf(store: Store): AsyncGenerator<string> {
  for await (const document of store.documents()) yield stringifyJson(toGraphPayload(document));
}
