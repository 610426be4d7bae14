import pg from 'pg';
import { generateCallRecords } from '../../src/generate/records.js';
import { CallType } from '../../src/domain/enums.js';
import { readGraphRecord } from '../../src/domain/graph-payload.js';
import { parseJson } from '../../src/platform/json.js';
import type { Position } from '../../src/domain/page.js';
import { SESSION } from '../../src/store/postgres/connection.js';
import { openStore, type Store } from '../../src/store/store.js';
import { QUICK, startPostgres, type TestPostgres } from '../support/postgres.js';
import { describeBoundedLists } from './contract/bounded-lists.js';
import { listQuery, PEOPLE } from '../support/opened-store.js';
import { filtersFor, maySort, ORDERS, type Wanted, wantedBy, withSession } from './plan-cases.js';

const RECORDS = 8_000;

let postgres: TestPostgres;
let store: Store;
/** Explains what the store ran, with the settings that its connections have. */
let explainer: pg.Client;
let wanted: Wanted;

beforeAll(async () => {
  postgres = await startPostgres(QUICK);
  const url = await postgres.create();
  store = await openStore(url, { allowLossyCommits: true });
  const lines = [...generateCallRecords({ count: RECORDS, seed: 1, until: '2026-10-31' })];
  await store.import(lines.map((line, index) => withSession(readGraphRecord(parseJson(line)), index)));
  await postgres.query(url, 'vacuum analyze');
  explainer = new pg.Client(url);
  await explainer.connect();
  await explainer.query(SESSION);
  const texts = async (sql: string) =>
    (await explainer.query<[string]>({ text: sql, rowMode: 'array' })).rows.map(([text]) => text);
  wanted = await wantedBy(texts);
});

afterAll(async () => {
  await explainer.end();
  await store.close();
  await postgres.stop();
});

/** The steps of the plan of every statement that runs during the work. */
async function plansOf(work: () => Promise<unknown>): Promise<string[][]> {
  const statements: { sql: string; parameters: readonly unknown[] }[] = [];
  const stop = store.onStatement((statement) => statements.push(statement));
  await work();
  stop();
  const plans: string[][] = [];
  for (const { sql, parameters } of statements) {
    const { rows } = await explainer.query<{ 'QUERY PLAN': string }>(`explain (costs off) ${sql}`, [...parameters]);
    plans.push(rows.map((row) => row['QUERY PLAN'].trim()));
  }
  return plans;
}

const isSort = (step: string) => /^(-> +)?(Incremental )?Sort$/.test(step);
const isScan = (step: string) => step.includes('Seq Scan');

describeBoundedLists('PostgreSQL', {
  open: async () => {
    const opened = await openStore(await postgres.create(), { allowLossyCommits: true });
    return { store: opened, cleanup: () => opened.close() };
  },
  // As it runs prepared, for any values and without statistics of the tables: these are never analysed.
  explain: async ({ location }, { sql }) => {
    const url = new URL(postgres.url('postgres'));
    url.pathname = new URL(location).pathname;
    const client = new pg.Client(url.href);
    await client.connect();
    await client.query(SESSION);
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain (generic_plan) ${sql}`);
    await client.end();
    const steps = rows.map((row) => row['QUERY PLAN'].trim());
    expect(steps.filter(isScan)).toEqual([]);
    return {
      sorts: steps.some((step) => isSort(step.replace(/ +\(cost.*/, ''))),
      indexes: steps.flatMap((step) => /Scan (?:Backward )?using (\w+)/.exec(step)?.[1] ?? []),
    };
  },
});

describe.each(ORDERS)('The PostgreSQL plan of a list by $field $direction', (order) => {
  test('is one of indexes alone, whatever the filter, and sorts only bounded gathers and ranges', async () => {
    const near = (await store.list(listQuery({ order, limit: 10 }))).positions[9] as Position;
    for (const [name, filter] of Object.entries(filtersFor(wanted))) {
      for (const visibleTo of [null, wanted.person]) {
        for (const page of [{}, { after: near }, { fromEnd: true, before: near }]) {
          const list = listQuery({ order, filter, visibleTo, limit: 20, ...page });
          const plans = [
            ...(await plansOf(() => store.list(list))),
            ...(await plansOf(() => store.hasOutside(list, near))),
          ];
          expect(plans.length).toBeGreaterThanOrEqual(2);
          const label = `${name}, ${visibleTo === null ? 'all' : 'a person'}, ${JSON.stringify(page)}`;
          for (const steps of plans) {
            expect({ label, scans: steps.filter(isScan) }).toEqual({ label, scans: [] });
            if (!steps.some(isSort)) continue;
            const may = maySort(name, order.field, visibleTo);
            expect({ label, sorted: may ? [] : steps }).toEqual({ label, sorted: [] });
          }
        }
      }
    }
  });

  test('passes over what does not match without its record, and reads those of the page by their ids', async () => {
    for (const visibleTo of [null, wanted.person]) {
      const list = listQuery({ order, visibleTo, filter: { type: [CallType.unknownFutureValue] }, limit: 20 });
      const steps = (await plansOf(() => store.list(list))).at(-1) ?? [];
      const reading = steps.flatMap(
        (step) => /(Index.* Scan).*using (call_records_\w+)/.exec(step)?.slice(1, 3).join(' ') ?? [],
      );
      expect(reading).toEqual([
        expect.stringMatching(/^Index Only Scan (Backward )?call_records_by_/),
        'Index Scan call_records_pkey',
      ]);
    }
  });

  test('starts a page within the index of the order, at the row value of its position', async () => {
    const { positions } = await store.list(listQuery({ order, limit: 500 }));
    const deep = positions[400] as Position;
    const [plan] = await plansOf(() => store.list(listQuery({ order, after: deep, limit: 20 })));
    expect(plan?.find((step) => step.startsWith('Index Cond'))).toMatch(/^Index Cond: \(ROW\(\w+, id\) [<>] ROW\(/);
    expect(plan?.filter(isSort)).toEqual([]);
  });
});

test('The PostgreSQL plan of a find, and of the calls of many users, searches by keys', async () => {
  const list = listQuery({ limit: 20 });
  const edge = (await store.list(list)).positions[9] as Position;
  const users = [wanted.person, 'x'];
  const work = [
    () => store.find(wanted.ids, null, PEOPLE),
    () => store.find(wanted.ids, wanted.person, PEOPLE),
    () => store.listOfUsers(users, list),
    () => store.countOfUsers(users, list),
    () => store.haveOutside(users, list, edge),
  ];
  for (const run of work) {
    const plans = await plansOf(run);
    expect(plans).toHaveLength(1);
    expect(plans.flat().filter(isScan)).toEqual([]);
  }
});
