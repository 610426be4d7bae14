import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { generateCallRecords } from '../../dist/generate/records.js';
import { readGraphRecord } from '../../dist/domain/graph-payload.js';
import { parseJson } from '../../dist/platform/json.js';
import { wordsOf } from '../../dist/store/engine/grams.js';
import { searchTextOf } from '../../dist/store/rows/row-mapping.js';
import { openStore } from '../../dist/store/store.js';
import { cursorOf, type Samples } from './operations.js';
import { createPeerTables, openPeerFile, type PeerRecord, type PeerSet, recordInserter } from './peers/peer-file.js';

const BATCH = 2_000;
const SEED = 1;
const UNTIL = '2026-10-31';
const DEEP = 50_000;
const IDS = 1_000;
const USERS = 500;
const CALLS_OF_A_USER = 20;

export interface Dataset {
  folder: string;
  ours: string;
  peers: string;
  samples: Samples;
  /** Records a second: through the store, and the same rows by prepared inserts. */
  imports: { store: number; raw: number };
}

/** Both files, filled with the same records. */
export async function makeDataset(folder: string, count: number): Promise<Dataset> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const ours = join(folder, 'callrecords.sqlite');
  const peers = join(folder, 'peers.sqlite');
  const seconds = await importIntoStore(ours, count);
  fillPeers(ours, peers);
  const raw = insertRaw(ours, join(folder, 'raw-import.sqlite'));
  return { folder, ours, peers, samples: sample(ours, count), imports: { store: count / seconds, raw: count / raw } };
}

async function importIntoStore(path: string, count: number): Promise<number> {
  const store = await openStore(`file:${path}`);
  let seconds = 0;
  let batch: string[] = [];
  const flush = async () => {
    const start = performance.now();
    await store.import(batch.map((line) => readGraphRecord(parseJson(line))));
    seconds += (performance.now() - start) / 1000;
    batch = [];
  };
  for (const line of generateCallRecords({ count, seed: SEED, until: UNTIL })) {
    batch.push(line);
    if (batch.length === BATCH) await flush();
  }
  if (batch.length > 0) await flush();
  await store.close();
  return seconds;
}

interface StoredRow {
  id: string;
  version: number;
  type: string;
  modalities: string;
  start_date_time: string;
  end_date_time: string;
  duration_ticks: number;
  last_modified_date_time: string;
  join_web_url: string | null;
  organizer: string | null;
  participants: string;
}

/** What the peers' answers need of a set, and no more. */
function lean(set: { [kind: string]: unknown }): PeerSet {
  return Object.fromEntries(
    Object.entries(set).flatMap(([kind, identity]) => {
      if (typeof identity !== 'object' || identity === null) return [];
      const { id = null, displayName = null, tenantId = null } = identity as Partial<PeerSet[string]>;
      return [[kind, { id, displayName, tenantId }]];
    }),
  );
}

function fillPeers(ours: string, path: string): void {
  const stored = new Database(ours, { readonly: true });
  const database = openPeerFile(path);
  createPeerTables(database);
  const insert = recordInserter(database, { json: true, normalised: true });
  const all = database.transaction(() => {
    for (const row of stored.prepare('select * from call_records').iterate() as IterableIterator<StoredRow>) {
      const organizer = JSON.parse(row.organizer ?? 'null') as PeerSet | null;
      const record: PeerRecord = {
        id: row.id,
        version: row.version,
        type: row.type,
        modalities: JSON.parse(row.modalities) as string[],
        startDateTime: `${row.start_date_time}Z`,
        endDateTime: `${row.end_date_time}Z`,
        durationSeconds: row.duration_ticks / 1e7,
        lastModifiedDateTime: `${row.last_modified_date_time}Z`,
        joinWebUrl: row.join_web_url,
        organizer: organizer && lean(organizer),
        participants: (JSON.parse(row.participants) as PeerSet[]).map(lean),
      };
      insert(record);
    }
  });
  all();
  database.close();
  stored.close();
}

/** Tables whose rows belong to a record, by the column that names it. */
const TABLES: [string, string][] = [
  ['call_records', 'id'],
  ['call_record_identities', 'record_id'],
  ['call_record_people', 'record_id'],
  ['call_record_changes', 'record_id'],
];

/** What is kept of an identity, given its id, kind, name and sign-in name in a record. */
function knownOf(values: unknown[]): string[] {
  const [identity_id = '', kind = '', display_name = '', user_principal_name = ''] = values.map((value) =>
    typeof value === 'string' ? value : '',
  );
  const names = { identity_id, display_name, user_principal_name };
  return [identity_id, kind, display_name, user_principal_name, searchTextOf(names)];
}

/** The same rows by prepared inserts, as many records in a transaction and in the same order; the seconds it takes. */
function insertRaw(ours: string, path: string): number {
  const stored = new Database(ours, { readonly: true });
  const database = openPeerFile(path);
  // The tables of a virtual one come with it, and one has its name before all that it holds.
  const schema = stored.prepare(
    "select sql from sqlite_schema where sql is not null and name not like 'sqlite_%' and name not like 'known_identity_grams_%'",
  );
  database.function('gram_words', { deterministic: true }, (text) => wordsOf(text as string));
  for (const sql of schema.pluck().all() as string[]) database.exec(sql);
  const insertKnown = database.prepare(
    'insert or ignore into known_identities (identity_id, kind, display_name, user_principal_name, search_text) values (?, ?, ?, ?, ?)',
  );
  const writers = TABLES.map(([table, record]) => {
    const columns = (stored.pragma(`table_info(${table})`) as { name: string }[]).map(({ name }) => name);
    const insert = database.prepare(`insert into ${table} values (${columns.map(() => '?').join()})`);
    const rows = new Map<string, unknown[][]>();
    for (const row of stored.prepare(`select * from ${table}`).raw().iterate() as IterableIterator<unknown[]>) {
      const id = row[columns.indexOf(record)] as string;
      const own = rows.get(id);
      if (own) own.push(row);
      else rows.set(id, [row]);
    }
    const key = ['identity_id', 'kind', 'display_name', 'user_principal_name'].map((name) => columns.indexOf(name));
    return (id: string) => {
      for (const row of rows.get(id) ?? []) {
        insert.run(...row);
        if (table === 'call_record_identities') insertKnown.run(...knownOf(key.map((at) => row[at])));
      }
    };
  });
  const write = database.transaction((ids: string[]) => ids.forEach((id) => writers.forEach((one) => one(id))));
  const ids = stored.prepare('select id from call_records order by rowid').pluck().all() as string[];
  const start = performance.now();
  for (let from = 0; from < ids.length; from += BATCH) write.immediate(ids.slice(from, from + BATCH));
  const seconds = (performance.now() - start) / 1000;
  database.close();
  stored.close();
  rmSync(path);
  return seconds;
}

/** What the data set offers to ask for. */
export function sample(ours: string, count: number): Samples {
  const stored = new Database(ours, { readonly: true });
  const ids = stored.prepare('select id from call_records order by id limit ?').pluck().all(IDS) as string[];
  const users = stored
    .prepare(
      'select identity_id from call_record_people where roles & 2 group by 1 having count(*) > ? order by 1 limit ?',
    )
    .pluck()
    .all(CALLS_OF_A_USER, USERS) as string[];
  const busiest = stored
    .prepare('select identity_id from call_record_people group by 1 order by count(*) desc limit 8')
    .pluck()
    .all() as string[];
  const depth = Math.min(DEEP, Math.floor(count / 2));
  const { start, id } = stored
    .prepare(
      'select start_date_time as start, id from call_records order by start_date_time desc, id desc limit 1 offset ?',
    )
    .get(depth) as { start: string; id: string };
  const all = stored.prepare("select start_date_time || 'Z' as start, id from call_records order by id").all();
  stored.close();
  const deep = { cursor: cursorOf(start, id), start: `${start}Z`, id };
  return { ids, users, busiest, all: all as Samples['all'], deep };
}

/** Keeps the figures of the import beside files that are used again. */
export function rememberDataset(dataset: Dataset): void {
  writeFileSync(join(dataset.folder, 'dataset.json'), JSON.stringify(dataset));
}
