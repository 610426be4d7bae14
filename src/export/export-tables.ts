import { mkdir, mkdtemp, open, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { GraphQLSchema } from 'graphql';
import { formatChangeCursor } from '../domain/change.js';
import { now } from '../domain/date-time.js';
import type { CallRecordDocument } from '../domain/document.js';
import type { Changed, Deletion, Snapshot } from '../store/snapshot.js';
import type { Store } from '../store/store.js';
import { type ColumnInfo, type Value } from './columns.js';
import { openCsv } from './csv.js';
import { HashedFile, type Written } from './hashed-file.js';
import { openParquet } from './parquet.js';
import { partsOf } from './parts.js';
import { tablesOf } from './tables.js';
import type { Remarks, TableWriter } from './table-writer.js';

/** Raised when tables or columns change in a way that their readers notice. New columns do not count. */
const SCHEMA_VERSION = 1;
export interface ExportRequest {
  /** A folder that does not exist yet, or is empty. */
  folder: string;
  format: 'csv' | 'parquet';
  /** For CSV only: whether spreadsheets can open it safely. */
  isForExcel: boolean;
  /** The number of a change: what changed after it is exported, deletions included. Null exports everything. */
  since: bigint | null;
}

/** The content of `manifest.json`. */
export interface Manifest {
  schemaVersion: number;
  format: ExportRequest['format'];
  createdAt: string;
  /** The place to continue from, with `--since` or after it in `callRecordChanges`. */
  cursor: string;
  /** The cursor after which all changes are in the export; null if everything is. */
  since: string | null;
  tables: { [name: string]: TableManifest };
}

interface TableManifest extends Written, Remarks {
  file: string;
  rows: number;
  columns: readonly ColumnInfo[];
}

/** Passes on the records as they are read, `total` in all. It may stop the export by throwing. */
export type Watch = (records: AsyncIterable<CallRecordDocument>, total: number) => AsyncIterable<CallRecordDocument>;

/**
 * Writes the tables of a store as of one moment, with a page of records in memory at a time. The folder appears when
 * all of it is on the disk. If that fails, what was written is removed.
 */
export async function exportTables(
  store: Store,
  schema: GraphQLSchema,
  request: ExportRequest,
  watch: Watch,
): Promise<Manifest> {
  const folder = resolve(request.folder);
  await requireEmpty(folder);
  await mkdir(dirname(folder), { recursive: true });
  const draft = await mkdtemp(`${folder}.partial-`);
  try {
    const manifest = await store.snapshot((snapshot) =>
      writeTables(snapshot, schema, { ...request, folder: draft }, watch),
    );
    await writeFile(join(draft, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`, { flush: true });
    await syncFolder(draft);
    // There may be an empty folder, and not all systems replace one.
    await rmdir(folder).catch(() => undefined);
    await rename(draft, folder);
    await syncFolder(dirname(folder));
    return manifest;
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
}

/** Files that others use must not be overwritten or mixed with new ones. */
async function requireEmpty(folder: string): Promise<void> {
  const there = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    if (error.code === 'ENOTDIR') throw new Error(`${folder} is a file: name a folder that does not exist yet.`);
    throw error;
  });
  if (there.length > 0) throw new Error(`${folder} is not empty: name a folder that does not exist yet.`);
}

/** Makes the names in the folder survive a power cut. Systems that cannot do so are left alone. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder).catch(() => null);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

async function writeTables(
  snapshot: Snapshot,
  schema: GraphQLSchema,
  request: ExportRequest,
  watch: Watch,
): Promise<Manifest> {
  const { since, format } = request;
  const changed = since === null ? null : await snapshot.changedAfter(since);
  const tables = tablesOf(schema);
  const files = new TableFiles(request);
  try {
    for (const table of [...tables, ...(changed ? [DELETIONS] : [])]) await files.open(table);
    const total = changed ? changed.ids.length : await snapshot.count();
    for await (const document of watch(snapshot.documents(changed?.ids), total)) {
      const parts = partsOf(document);
      for (const table of tables) await files.add(table.name, table.rowsOf(parts));
    }
    await files.add(DELETIONS.name, deletionRows(changed));
    return {
      schemaVersion: SCHEMA_VERSION,
      format,
      createdAt: `${now()}Z`,
      cursor: formatChangeCursor(snapshot.lastChange),
      since: since === null ? null : formatChangeCursor(since),
      tables: await files.end(),
    };
  } finally {
    await files.close();
  }
}

const DELETIONS: { name: string; columns: ColumnInfo[] } = {
  name: 'deletions',
  columns: [
    {
      name: 'callId',
      type: 'text',
      description: 'The id of a call that is gone, rows of all tables included.',
      isRequired: true,
    },
    { name: 'version', type: 'int64', description: 'The version that was deleted.', isRequired: true },
    { name: 'deletedAt', type: 'timestamp', description: 'When, by the clock of the database.', isRequired: true },
  ],
};

function deletionRows(changed: Changed | null): Value[][] {
  const time = (ms: number) => new Date(ms).toISOString().slice(0, -1);
  return (changed?.deletions ?? []).map(({ id, version, deletedAt }: Deletion) => [id, version, time(deletedAt)]);
}

interface OpenTable {
  name: string;
  file: HashedFile;
  fileName: string;
  columns: readonly ColumnInfo[];
  writer: TableWriter;
  rows: number;
}

/** The files of the tables, one per table. */
class TableFiles {
  private readonly tables = new Map<string, OpenTable>();

  constructor(private readonly request: ExportRequest) {}

  async open({ name, columns }: { name: string; columns: readonly ColumnInfo[] }): Promise<void> {
    const { folder, format, isForExcel } = this.request;
    const fileName = `${name}.${format}`;
    const file = await HashedFile.create(join(folder, fileName));
    const writer = format === 'csv' ? openCsv(file, columns, { isForExcel }) : openParquet(file, columns);
    this.tables.set(name, { name, file, fileName, columns, writer, rows: 0 });
  }

  async add(name: string, rows: Value[][]): Promise<void> {
    const table = this.tables.get(name);
    if (!table) return;
    table.rows += rows.length;
    if (rows.length > 0) await table.writer.write(rows);
  }

  async end(): Promise<Manifest['tables']> {
    const told: Manifest['tables'] = {};
    for (const table of this.tables.values()) {
      const remarks = await table.writer.end();
      told[table.name] = {
        ...{ file: table.fileName, rows: table.rows },
        ...(await table.file.end()),
        ...remarks,
        columns: table.columns,
      };
    }
    return told;
  }

  /** Closes files that were not finished. */
  async close(): Promise<void> {
    for (const { file } of this.tables.values()) await file.close().catch(() => undefined);
  }
}
