// `callrecords export --format parquet` beside DuckDB, which writes the same tables from the CSV of the same export:
// `node test/bench/parquet.mjs [records] [sessions]` after a build. By the time of one processor: DuckDB has one thread.
import { fork, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const USAGE = `process.on('exit', () => console.error(JSON.stringify(process.resourceUsage())))`;
const COUNT = Number(process.argv[2] ?? 20_000);
const withSessions = process.argv[3] === 'sessions';

if (process.send) process.once('message', (folders) => void writeByDuckDb(folders));
else await measure();

async function measure() {
  const folder = await mkdtemp(join(tmpdir(), 'callrecords-parquet-'));
  try {
    const { generateCallRecords } = await import('../../dist/generate/records.js');
    const file = join(folder, 'records.ndjson');
    await pipeline(async function* () {
      const records = generateCallRecords({ count: COUNT, seed: 1, until: '2026-10-31', sessions: withSessions });
      for (const line of records) yield `${line}\n`;
    }, createWriteStream(file));
    const database = { DATABASE_URL: `file:${join(folder, 'records.sqlite')}` };
    await run(spawnProgram(['import', file], database));
    const [csv, parquet, copied] = ['csv', 'parquet', 'copied'].map((name) => join(folder, name));
    await run(spawnProgram(['export', '--format', 'csv', '--out', csv], database));
    const ours = await run(spawnProgram(['export', '--format', 'parquet', '--out', parquet], database));
    const peer = fork(fileURLToPath(import.meta.url), {
      execArgv: ['--import', `data:text/javascript,${encodeURIComponent(USAGE)}`],
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    });
    peer.send({ csv, copied });
    const theirs = await run(peer);
    console.log(`${COUNT} records ${withSessions ? 'with' : 'without'} sessions`);
    for (const [name, { cpuMs, bytes }] of Object.entries({ ours, DuckDB: theirs }))
      console.log(`${name}: ${(cpuMs / 1000).toFixed(2)} s of the processor, ${Math.round(bytes / 1e6)} MB at most`);
    console.log(`rate to DuckDB: ${(theirs.cpuMs / ours.cpuMs).toFixed(2)}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function spawnProgram(args, settings) {
  return spawn(process.execPath, ['--import', `data:text/javascript,${encodeURIComponent(USAGE)}`, PROGRAM, ...args], {
    env: { ...process.env, LOG_LEVEL: 'error', ...settings },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

async function run(child) {
  let said = '';
  child.stderr.on('data', (text) => (said += text));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`a process ended with ${code}: ${said}`);
  const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(said.slice(said.lastIndexOf('{')));
  return { cpuMs: (userCPUTime + systemCPUTime) / 1_000, bytes: maxRSS * 1_024 };
}

async function writeByDuckDb({ csv, copied }) {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const database = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
  await database.run(`set preserve_insertion_order = true`);
  const { mkdir } = await import('node:fs/promises');
  await mkdir(copied);
  for (const file of await readdir(csv)) {
    if (!file.endsWith('.csv')) continue;
    const [from, to] = [join(csv, file), join(copied, file.replace('.csv', '.parquet'))];
    await database.run(`copy (select * from read_csv('${from}')) to '${to}' (format parquet)`);
  }
  process.exit();
}
