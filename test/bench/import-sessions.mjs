// Imports of records with sessions beside prepared inserts of the same rows, in SQLite: node test/bench/import-sessions.mjs
// [COUNT], after a build. Prints rates, sizes and the most memory, and ends with 1 where the import reaches less than half.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { generateCallRecords } from '../../dist/generate/records.js';
import { readGraphRecord } from '../../dist/domain/graph-payload.js';
import { parseJson } from '../../dist/platform/json.js';
import { wordsOf } from '../../dist/store/engine/grams.js';
import { openStore } from '../../dist/store/store.js';

const COUNT = Number(process.argv[2] ?? 2_000);
const AT_ONCE = 250;
const LEAST = 0.5;
const TABLES = [
  'call_records',
  'call_record_sessions',
  'call_record_identities',
  'call_record_people',
  'call_record_streams',
];

const folder = mkdtempSync(join(tmpdir(), 'callrecords-import-'));
const path = join(folder, 'imported.sqlite');
try {
  const imported = await importAll();
  const inserted = await insertAll();
  const ratio = inserted.ms / imported.ms;
  const byCpu = inserted.cpuMs / imported.cpuMs;
  const rate = (ms) => `${Math.round((COUNT / ms) * 1000)} records/s`;
  const bytes = statSync(path).size;
  console.log(
    `${COUNT} records: ${(imported.json / 1e6).toFixed(0)} MB of JSON, ${(bytes / 1e6).toFixed(0)} MB of database`,
  );
  console.log(
    `parsed at ${rate(imported.parseMs)}, imported at ${rate(imported.ms)}, inserted at ${rate(inserted.ms)}`,
  );
  console.log(
    `import / prepared inserts: ${ratio.toFixed(2)}, by CPU ${byCpu.toFixed(2)}; most memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`,
  );
  if (ratio < LEAST) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}

async function importAll() {
  const store = await openStore(`file:${path}`);
  const spent = { ms: 0, cpuMs: 0, parseMs: 0, json: 0 };
  let batch = [];
  const write = async () => {
    const stop = watch(spent);
    await store.import(batch);
    stop();
    batch = [];
  };
  for (const line of generateCallRecords({ count: COUNT, seed: 1, until: '2026-10-31', sessions: true })) {
    const start = process.hrtime.bigint();
    batch.push(readGraphRecord(parseJson(line)));
    spent.parseMs += Number(process.hrtime.bigint() - start) / 1e6;
    spent.json += Buffer.byteLength(line);
    if (batch.length === AT_ONCE) await write();
  }
  await write();
  await store.close();
  return spent;
}

/** The same rows, in transactions of as many records, by prepared statements alone. */
async function insertAll() {
  const copy = join(folder, 'inserted.sqlite');
  await (await openStore(`file:${copy}`)).close();
  const from = new Database(path, { readonly: true });
  const to = new Database(copy);
  to.function('gram_words', { deterministic: true }, wordsOf);
  to.pragma('journal_mode = wal');
  to.pragma('synchronous = full');
  const ids = from.prepare('select id from call_records order by rowid').pluck().all();
  const known = ['identity_id', 'kind', 'display_name', 'user_principal_name', 'search_text'];
  const spent = { ms: 0, cpuMs: 0 };
  for (let first = 0; first < ids.length; first += AT_ONCE) {
    const some = JSON.stringify(ids.slice(first, first + AT_ONCE));
    const rows = TABLES.map((table) => {
      const key = table === 'call_records' ? 'id' : 'record_id';
      return from.prepare(`select * from ${table} where ${key} in (select value from json_each(?))`).raw().all(some);
    });
    const stop = watch(spent);
    to.exec('begin immediate');
    for (const [index, table] of TABLES.entries()) {
      const insert =
        rows[index][0] && to.prepare(`insert into ${table} values (${rows[index][0].map(() => '?').join()})`);
      for (const row of rows[index]) insert.run(row);
    }
    to.exec('commit');
    stop();
  }
  // Those whom records name have rows of their own.
  const names = from.prepare(`select ${known.join()} from known_identities`).raw().all();
  const insert = to.prepare(`insert into known_identities (${known.join()}) values (?, ?, ?, ?, ?)`);
  const stop = watch(spent);
  to.transaction(() => names.forEach((row) => insert.run(row)))();
  stop();
  from.close();
  to.close();
  return spent;
}

function watch(spent) {
  const start = process.hrtime.bigint();
  const cpu = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    spent.ms += Number(process.hrtime.bigint() - start) / 1e6;
    spent.cpuMs += (user + system) / 1e3;
  };
}
