import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { generateCallRecords } from '../../src/generate/records.js';
import { CallType } from '../../src/domain/enums.js';
import { CallRecordOrderField, OrderDirection } from '../../src/domain/filter.js';
import { readGraphRecord } from '../../src/domain/graph-payload.js';
import { parseJson } from '../../src/platform/json.js';
import type { Position } from '../../src/domain/page.js';
import { openStore, type Store } from '../../src/store/store.js';
import { temporaryFolder } from '../support/harness.js';
import { describeBoundedLists } from './contract/bounded-lists.js';
import { type Asked, listQuery, PEOPLE } from '../support/opened-store.js';
import { filtersFor, maySort, ORDERS, type Wanted, wantedBy, withSession } from './plan-cases.js';

const RECORDS = 3_000;
const { START_DATE_TIME } = CallRecordOrderField;

let folder: string;
let store: Store;
let database: Database.Database;
let wanted: Wanted;
/** Somebody in many records. */
let person: string;
let ids: string[];

beforeAll(async () => {
  folder = await temporaryFolder();
  store = await openStore(`file:${join(folder, 'callrecords.sqlite')}`);
  const lines = [...generateCallRecords({ count: RECORDS, seed: 1, until: '2026-10-31' })];
  await store.import(lines.map((line, index) => withSession(readGraphRecord(parseJson(line)), index)));
  database = new Database(store.location, { readonly: true });
  wanted = await wantedBy(async (sql) => database.prepare(sql).pluck().all() as string[]);
  ({ person, ids } = wanted);
});

afterAll(async () => {
  database.close();
  await store.close();
  await rm(folder, { recursive: true });
});

interface Plan {
  sql: string;
  steps: string[];
}

/** The plan of every statement that runs during the work, as another connection to the same file explains it. */
async function plansOf(work: () => Promise<unknown>): Promise<Plan[]> {
  const statements: { sql: string; parameters: readonly unknown[] }[] = [];
  const stop = store.onStatement((statement) => statements.push(statement));
  await work();
  stop();
  return statements.map(({ sql, parameters }) => ({
    sql,
    steps: database
      .prepare<unknown[], { detail: string }>(`explain query plan ${sql}`)
      .all(...parameters)
      .map(({ detail }) => detail),
  }));
}

const filters = () => filtersFor(wanted);

const isTableScan = (step: string) => /^SCAN (r|call_records)(?! USING)/.test(step);
/** A subquery of records, too, is scanned by the name of `r`, once and beside its own plan. */
const tableScans = (steps: string[]) => steps.filter(isTableScan).slice(steps.includes('CO-ROUTINE r') ? 1 : 0);
const isRecordScan = (step: string) =>
  /^SCAN (r|call_records|p|call_record_people|i|call_record_identities)\b/.test(step);
/** That index holds few, and nothing else than what is asked for by it. */
const isOfTrouble = (step: string) => step.includes('call_records_in_trouble');
const isSort = (step: string) => /^USE TEMP B-TREE/.test(step);

/** The statement that gives the page; what runs before only counts candidates, up to a limit. */
const last = (plans: Plan[]): string[] => (plans.at(-1) as Plan).steps;

const INDEXES: Record<CallRecordOrderField, [name: string, column: string]> = {
  [CallRecordOrderField.START_DATE_TIME]: ['call_records_by_start', 'start_date_time'],
  [CallRecordOrderField.END_DATE_TIME]: ['call_records_by_end', 'end_date_time'],
  [CallRecordOrderField.LAST_MODIFIED_DATE_TIME]: ['call_records_by_last_modified', 'last_modified_date_time'],
  [CallRecordOrderField.DURATION]: ['call_records_by_duration', 'duration_ticks'],
};

/** Two positions of the whole list in an order: one near its start, one deep in it. */
async function edges(order: Asked['order']): Promise<[near: Position, deep: Position]> {
  let after: Position | null = null;
  const positions: Position[] = [];
  for (let page = 0; page < 4; page++) {
    const { positions: more } = await store.list(listQuery({ order, after, limit: 500 }));
    positions.push(...more);
    after = more.at(-1) as Position;
  }
  return [positions[9] as Position, positions[1_999] as Position];
}

describeBoundedLists('SQLite', {
  open: async () => {
    const own = await temporaryFolder();
    const opened = await openStore(`file:${join(own, 'callrecords.sqlite')}`);
    const cleanup = async () => {
      await opened.close();
      await rm(own, { recursive: true });
    };
    return { store: opened, cleanup };
  },
  explain: async ({ location }, { sql, parameters }) => {
    const reader = new Database(location, { readonly: true });
    reader.function('is_known', { varargs: true }, () => 0);
    const explained = reader.prepare<unknown[], { detail: string }>(`explain query plan ${sql}`).all(...parameters);
    reader.close();
    const steps = explained.map(({ detail }) =>
      detail.replace(/\bp USING PRIMARY KEY/, 'p USING INDEX call_record_people_pkey'),
    );
    return { sorts: steps.some(isSort), indexes: steps.flatMap((step) => / INDEX (\w+)/.exec(step)?.[1] ?? []) };
  },
});

describe.each(ORDERS)('The plan of a list by $field $direction', (order) => {
  const index = INDEXES[order.field];

  test('walks the index of its order and never the table, whatever the filter, and sorts only bounded gathers and ranges', async () => {
    const [near] = await edges(order);
    for (const [name, filter] of Object.entries(filters())) {
      for (const visibleTo of [null, person]) {
        const pages = [{}, { after: near }, { fromEnd: true }, { fromEnd: true, before: near }, { limit: 0 }];
        for (const page of pages) {
          const list = listQuery({ order, filter, visibleTo, limit: 20, ...page });
          const label = `${name}, ${visibleTo === null ? 'all' : 'a person'}, ${JSON.stringify(page)}`;
          const plans = [
            ...(await plansOf(() => store.list(list))),
            ...(await plansOf(() => store.hasOutside(list, near))),
          ];
          expect(plans.length).toBeGreaterThanOrEqual(2);
          for (const { steps } of plans) {
            expect({ label, scans: tableScans(steps) }).toEqual({ label, scans: [] });
            if (!steps.some(isSort)) continue;
            expect({ label, steps, maySort: maySort(name, order.field, visibleTo) }).toMatchObject({ maySort: true });
            // What is sorted was found by a search, not by reading everything.
            expect({ label, scans: steps.filter((step) => isRecordScan(step) && !isOfTrouble(step)) }).toEqual({
              label,
              scans: [],
            });
          }
        }
      }
    }
  });

  test('starts a page within the index, at the row value of its position', async () => {
    const [near] = await edges(order);
    const before = await plansOf(() => store.list(listQuery({ order, after: near, limit: 20 })));
    const comparison = order.direction === OrderDirection.DESC ? '<' : '>';
    expect(before.map(({ steps }) => steps)).toEqual([
      [`SEARCH r USING INDEX ${index[0]} ((${index[1]},id)${comparison}(?,?))`],
    ]);
    const backwards = order.direction === OrderDirection.DESC ? '>' : '<';
    const fromEnd = await plansOf(() => store.list(listQuery({ order, before: near, fromEnd: true, limit: 20 })));
    expect(fromEnd.map(({ steps }) => steps)).toEqual([
      [`SEARCH r USING INDEX ${index[0]} ((${index[1]},id)${backwards}(?,?))`],
    ]);
  });

  test('is the same for a deep page as for the second', async () => {
    const [near, deep] = await edges(order);
    for (const filter of Object.values(filters())) {
      for (const visibleTo of [null, person]) {
        const page = (after: Position) => plansOf(() => store.list(listQuery({ order, filter, visibleTo, after })));
        expect(await page(deep)).toEqual(await page(near));
      }
    }
  });
});

test('The plan of a list of one person by start is a range of the calls of that person, from the position on', async () => {
  const order = { field: START_DATE_TIME, direction: OrderDirection.DESC };
  const [near] = await edges(order);
  for (const asked of [{ visibleTo: person }, { filter: { participant: { id: [person] } } }]) {
    const steps = last(await plansOf(() => store.list(listQuery({ order, after: near, ...asked }))));
    expect(steps[0]).toBe('SEARCH p USING PRIMARY KEY (identity_id=? AND (start_date_time,record_id)<(?,?))');
    expect(steps.filter(isSort)).toEqual([]);
  }
});

test('The plan of a list or a count of calls that are poor or failed reads the index that holds these alone', async () => {
  for (const name of ['quality POOR', 'failureStage', 'quality POOR of a type']) {
    const filter = filters()[name];
    for (const order of ORDERS) {
      const page = last(await plansOf(() => store.list(listQuery({ order, filter, limit: 20 }))));
      const count = last(await plansOf(() => store.count({ filter: filter ?? null, visibleTo: null })));
      const read = [...page, ...count].filter((step) => / r USING /.test(step) && !step.includes('autoindex'));
      expect({ name, order, read: read.filter((step) => !isOfTrouble(step)) }).toEqual({ name, order, read: [] });
      if (order.field === START_DATE_TIME) expect(page.filter(isSort)).toEqual([]);
    }
  }
});

test('The plan of a list of one person in another order looks at no record but those of the page', async () => {
  const filter = { type: [CallType.unknownFutureValue] };
  for (const order of ORDERS.filter(({ field }) => field !== START_DATE_TIME)) {
    const steps = last(await plansOf(() => store.list(listQuery({ order, visibleTo: person, filter }))));
    expect(steps.filter((step) => step.startsWith('SEARCH'))).toEqual([
      'SEARCH p USING PRIMARY KEY (identity_id=?)',
      'SEARCH r USING COVERING INDEX call_records_by_start (start_date_time=? AND id>? AND id<?)',
      'SEARCH r USING INDEX sqlite_autoindex_call_records_1 (id=?)',
    ]);
  }
});

test('The plan of a list of the occurrences of one meeting by start reads their ranges of the index of meetings, and only the records of the page', async () => {
  const order = { field: START_DATE_TIME, direction: OrderDirection.DESC };
  const steps = last(await plansOf(() => store.list(listQuery({ order, filter: { joinWebUrl: wanted.joinWebUrl } }))));
  // A search for each spelling; those have no order together.
  expect(steps.slice(0, 3)).toEqual([
    'CO-ROUTINE page',
    'SEARCH r USING COVERING INDEX call_records_by_join_web_url (join_web_url=?)',
    'USE TEMP B-TREE FOR ORDER BY',
  ]);
});

test('The plan of a find is a search by id, with one probe of the people of a record for a person', async () => {
  for (const visibleTo of [null, person]) {
    const plans = await plansOf(() => store.find(ids, visibleTo, PEOPLE));
    expect(plans).toHaveLength(1);
    const steps = last(plans);
    expect(steps[0]).toBe('SEARCH r USING INDEX sqlite_autoindex_call_records_1 (id=?)');
    expect(steps.filter((step) => isRecordScan(step) || isSort(step))).toEqual([]);
  }
});

test('The plan of a count reads indexes and never the table, for a person from the fewest entries', async () => {
  for (const [name, filter] of Object.entries(filters())) {
    const everybodys = await plansOf(() => store.count({ filter, visibleTo: null }));
    expect({ name, scans: last(everybodys).some(isTableScan) }).toEqual({ name, scans: false });
    for (const { steps } of everybodys) expect(steps.filter(isSort)).toEqual([]);
    const own = last(await plansOf(() => store.count({ filter, visibleTo: person })));
    expect({ name, first: own[0] }).toEqual({ name, first: expect.stringMatching(/^SEARCH/) });
    expect(own.filter(isRecordScan)).toEqual([]);
  }
});

test('The plan for the calls of many users searches the calls of each, and reads records by id', async () => {
  const list = listQuery({ limit: 20 });
  const [edge] = await edges(undefined);
  const work = [
    () => store.listOfUsers([person, 'x'], list),
    () => store.countOfUsers([person, 'x'], list),
    () => store.haveOutside([person, 'x'], list, edge),
  ];
  for (const run of work) {
    const plans = await plansOf(run);
    expect(plans).toHaveLength(1);
    expect(last(plans).filter(isRecordScan)).toEqual([]);
    expect(last(plans).some((step) => step.startsWith('SEARCH p USING PRIMARY KEY (identity_id=?'))).toBe(true);
  }
});
