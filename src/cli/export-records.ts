import { setFlagsFromString } from 'node:v8';
import { engineOptions, type StoreConfig } from '../config.js';
import { parseChangeCursor } from '../domain/change.js';
import { toGraphPayload } from '../domain/written-payload.js';
import { csvHeader, csvLines } from '../export/csv.js';
import { exportTables, type ExportRequest, type Watch } from '../export/export-tables.js';
import { partsOf } from '../export/parts.js';
import { tablesOf } from '../export/tables.js';
import { buildCallRecordsSchema } from '../graphql/schema.js';
import { stringifyJson } from '../platform/json.js';
import type { Snapshot } from '../store/snapshot.js';
import { openStore, type Store } from '../store/store.js';
import type { ExportOptions } from './export-options.js';
import { writeRecords } from './output.js';
import { Progress } from './progress.js';
import { untilSignal } from './signals.js';

export function isCursor(since: string): boolean {
  try {
    return parseChangeCursor(since) >= 0n;
  } catch {
    return false;
  }
}

/** Writes every record in the order of ids, as of one moment, or what has changed since a cursor. */
export async function exportRecords(config: StoreConfig, options: ExportOptions): Promise<void> {
  const { format, out, since, excel: isForExcel = false } = options;
  const after = since === undefined ? null : parseChangeCursor(since);
  const store = await openStore(config.databaseUrl, { ...engineOptions(config), mustExist: true });
  try {
    await eraseWhoIsLeft(store);
    if (out !== undefined && format !== 'ndjson')
      await exportFolder(store, { folder: out, format, isForExcel, since: after });
    else
      await store.snapshot(async (snapshot) =>
        writeRecords(format === 'csv' ? await csvOf(snapshot, isForExcel) : linesOf(snapshot), await snapshot.count()),
      );
  } finally {
    await store.close();
  }
}

/** As a server does before anybody reads: a restored backup holds people who were erased since. */
async function eraseWhoIsLeft({ forgetting }: Store): Promise<void> {
  if (!(await forgetting.isUnfinished())) return;
  console.error('People who were erased are still in there: they are taken out first.');
  for await (const _records of forgetting.finish());
}

async function* linesOf(snapshot: Snapshot): AsyncGenerator<string> {
  for await (const document of snapshot.documents()) yield stringifyJson(toGraphPayload(document));
}

/** The table of calls, alone in one file. */
async function csvOf(snapshot: Snapshot, isForExcel: boolean): Promise<AsyncGenerator<string>> {
  const calls = tablesOf(await buildCallRecordsSchema()).find(({ name }) => name === 'calls');
  if (!calls) throw new Error('There is no table of calls.');
  const { columns, rowsOf } = calls;
  const withoutEnd = (lines: string) => lines.replace(/\n$/, '');
  return (async function* () {
    yield withoutEnd(csvHeader(columns, { isForExcel }));
    for await (const document of snapshot.documents())
      yield withoutEnd(csvLines(columns, rowsOf(partsOf(document)), { isForExcel }));
  })();
}

async function exportFolder(store: Store, request: ExportRequest): Promise<void> {
  // Little memory is in use at a time, but the heap could grow to several times that. So it is collected sooner.
  setFlagsFromString('--heap-growing-percent=60');
  const schema = await buildCallRecordsSchema();
  let isEnding = false;
  void untilSignal().then(() => (isEnding = true));
  const watch: Watch = async function* (records, total) {
    const progress = new Progress(total, 'calls');
    try {
      for await (const record of progress.through(records)) {
        if (isEnding) throw new Error('interrupted: nothing was written.');
        yield record;
      }
    } finally {
      progress.stop();
    }
  };
  const { tables, cursor } = await exportTables(store, schema, request, watch);
  for (const [name, { file, rows, timesOutOfRange = 0 }] of Object.entries(tables)) {
    console.log(`${file}: ${rows} rows`);
    if (timesOutOfRange > 0)
      console.error(`${name}: ${timesOutOfRange} date-times are null, as Parquet holds those of 1677 to 2262 alone`);
  }
  console.log(`${request.folder} is complete; later changes: --since ${cursor}`);
}
