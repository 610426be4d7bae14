import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { generateCallRecords } from '../../src/generate/records.js';
import { openStore } from '../../src/store/store.js';
import { post, temporaryFolder } from '../support/harness.js';
import { QUICK, startPostgres, type TestPostgres } from '../support/postgres.js';
import { run, start } from '../support/run.js';
import { serve } from './serving.js';

const RECORDS = 200;

/** Somebody of the generated people. */
interface Known {
  id: string;
  records: number;
  /** What nobody else has. */
  values: string[];
}

let postgres: TestPostgres;
let folder: string;
let records: string;
let busiest: Known;

beforeAll(async () => {
  postgres = await startPostgres(QUICK);
  folder = await temporaryFolder();
  const lines = [...generateCallRecords({ count: RECORDS, seed: 5, sessions: true, until: '2026-10-31' })];
  records = join(folder, 'records.ndjson');
  await writeFile(records, lines.join('\n'));
  busiest = busiestOf(lines);
});

afterAll(async () => {
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The person who is in most records, and what stands in no identity but theirs. */
function busiestOf(lines: string[]): Known {
  const counts = new Map<string, number>();
  const owners = new Map<string, Set<string>>();
  for (const line of lines) {
    const found = new Set<string>();
    JSON.parse(line, (_name, value: unknown) => {
      const { id, displayName, userPrincipalName } = (value ?? {}) as Record<string, unknown>;
      if (typeof id !== 'string' || (displayName === undefined && userPrincipalName === undefined)) return value;
      found.add(id);
      for (const text of [displayName, userPrincipalName])
        if (typeof text === 'string') owners.set(text, (owners.get(text) ?? new Set()).add(id));
      return value;
    });
    for (const id of found) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  const [id, count] = [...counts].sort((a, b) => b[1] - a[1])[0] as [string, number];
  const own = [...owners].filter(([, ids]) => ids.size === 1 && ids.has(id)).map(([text]) => text);
  return { id, records: count, values: [id, ...own] };
}

interface Target {
  env: Record<string, string>;
  /** All that is on the disk, as far as a test can read it. */
  content: () => Promise<string>;
}

const inFile = async (): Promise<Target> => {
  const path = join(folder, 'erased.sqlite');
  return {
    env: { DATABASE_URL: `file:${path}` },
    content: async () =>
      readdirSync(folder)
        .filter((name) => name.startsWith('erased.sqlite'))
        .map((name) => readFileSync(join(folder, name), 'latin1'))
        .join('\n'),
  };
};

const onServer = async (): Promise<Target> => {
  const url = await postgres.create();
  return {
    env: { DATABASE_URL: url, ALLOW_LOSSY_COMMITS: 'true', ERASURE_FILE: join(folder, 'postgres.erased') },
    content: () => postgres.content(url),
  };
};

const open = ({ DATABASE_URL, ERASURE_FILE }: Record<string, string>) =>
  openStore(DATABASE_URL as string, { allowLossyCommits: true, erasureFile: ERASURE_FILE ?? null });

describe('erase', () => {
  it.each([
    ['SQLite', inFile],
    ['PostgreSQL', onServer],
  ])(
    'goes on where it was killed, and leaves no byte of the person in %s',
    async (_name, make) => {
      const { env, content } = await make();
      expect(await run(['import', records], { env })).toMatchObject({ status: 0 });
      const args = ['erase', '--person', busiest.id];
      expect(await run([...args, '--dry-run'], { env })).toMatchObject({
        status: 0,
        stdout: `${busiest.records} records would be rewritten; nothing was changed\n`,
      });
      const store = await open(env);
      const count = () => store.forgetting.count(busiest.id);
      expect(await count()).toBe(busiest.records);

      const killed = start(args, { env });
      const ended = once(killed, 'close');
      while (killed.exitCode === null && (await count()) === busiest.records) await wait(5);
      killed.kill('SIGKILL');
      await ended;
      const left = await count();
      await store.close();
      expect(left).toBeLessThan(busiest.records);

      const again = await run(args, { env });
      expect(again).toMatchObject({ status: 0, stderr: '' });
      expect(again.stdout).toBe(`${left} records rewritten; nothing of the person is left\n`);
      const bytes = (await content()).toLowerCase();
      for (const value of busiest.values)
        expect(bytes.includes(Buffer.from(value).toString('latin1').toLowerCase())).toBe(false);
      expect(await run(['verify'], { env })).toMatchObject({ status: 0 });
    },
    300_000,
  );

  it('keeps the key of its list in a file for its owner alone', async () => {
    expect(statSync(join(folder, 'erased.sqlite.erased')).mode & 0o777).toBe(0o600);
  });

  it('refuses an empty id, and a database that is not there', async () => {
    const env = { DATABASE_URL: `file:${join(folder, 'none.sqlite')}` };
    expect(await run(['erase', '--person', ''], { env })).toMatchObject({ status: 2 });
    expect(await run(['erase', '--person', 'x'], { env })).toMatchObject({ status: 1, stdout: '' });
  });
});

describe('serve', () => {
  it.each([1, 2])(
    'says which clocks run, and answers nobody before it has taken out whom a restored backup brought back, with WORKERS=%i',
    async (workers) => {
      const path = join(folder, `restored-${workers}.sqlite`);
      const env = { DATABASE_URL: `file:${path}`, WORKERS: String(workers) };
      await run(['import', records], { env });
      await cp(path, `${path}.before`);
      await run(['erase', '--person', busiest.id], { env });
      await cp(`${path}.before`, path);
      const serving = await serve({ ...env, RETENTION_DAYS: '36500', PERSONAL_DETAIL_DAYS: '365' });
      expect(serving.output()).toContain(
        '  forgets   records 36500 days after their end, personal details of records 365 days after their end\n',
      );
      const query = `{ callRecords(filter: { participant: { id: "${busiest.id}" } }) { totalCount } }`;
      const answer = await post(`${serving.url}/graphql`, JSON.stringify({ query }), serving.token);
      expect(answer.data).toEqual({ callRecords: { totalCount: 0 } });
    },
  );
});

describe('export', () => {
  it.each([['ndjson'], ['csv']])(
    'takes out first, as %s too, whom a restored backup has brought back',
    async (format) => {
      const path = join(folder, `exported-${format}.sqlite`);
      const env = { DATABASE_URL: `file:${path}` };
      await run(['import', records], { env });
      await cp(path, `${path}.before`);
      await run(['erase', '--person', busiest.id], { env });
      await cp(`${path}.before`, path);
      const { status, stdout, stderr } = await run(['export', '--format', format], { env });
      expect([status, stderr]).toEqual([0, expect.stringContaining('they are taken out first.\n')]);
      for (const value of busiest.values) expect([value, stdout.includes(value)]).toEqual([value, false]);
      expect(stdout.length).toBeGreaterThan(RECORDS * 100);
    },
  );
});

describe('prune', () => {
  it('forgets by the settings, which it needs', async () => {
    const env = { DATABASE_URL: `file:${join(folder, 'pruned.sqlite')}` };
    await run(['import', records], { env });
    expect((await run(['prune'], { env })).stderr).toBe(
      'callrecords: RETENTION_DAYS and PERSONAL_DETAIL_DAYS are not set: nothing is forgotten by its age.\n',
    );
    const details = await run(['prune'], { env: { ...env, PERSONAL_DETAIL_DAYS: '0' } });
    expect(details.stdout).toMatch(/^0 records deleted, [1-9]\d* without personal details from now on\n$/);
    expect(readFileSync(join(folder, 'pruned.sqlite'), 'latin1')).not.toMatch(/"ipAddress":"/);
    const all = await run(['prune'], { env: { ...env, RETENTION_DAYS: '1' } });
    expect(all.stdout).toBe(`${RECORDS} records deleted, 0 without personal details from now on\n`);
    expect(await run(['verify'], { env })).toMatchObject({ status: 0 });
  });
});
