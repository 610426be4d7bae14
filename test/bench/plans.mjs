// The plans and times of every filter and order: node test/bench/plans.mjs file:PATH postgres://…, on databases that are
// full, after a build. Prints a table for each, line by line, then what takes long, and ends with 1 on a table read from
// end to end, a sort whose input nothing bounds, or what is given up as it takes too long.
import Database from 'better-sqlite3';
import pg from 'pg';
import { SESSION } from '../../dist/store/postgres/connection.js';
import { openStore } from '../../dist/store/store.js';
import { loadPlanCases } from './plan-cases.mjs';

const LONG_MS = 50;
/** Of a line in which something takes longer, no more is run, and it is explained without running it again. */
const GIVEN_UP_MS = 5_000;
const GATHERED_LIMIT = 5_000;
const PAGE = 50;
const DEEP = 50_000;
const USERS = 20;
const IDS = 100;

const { filtersFor, ORDERS, wantedBy } = await loadPlanCases();
const people = { organizer: true, participants: true };
const everybody = { filter: null, visibleTo: null };

/** Explains SQLite's statements. */
function sqliteExplainer(url) {
  const database = new Database(url.replace(/^file:/, ''), { readonly: true });
  database.function('is_known', { varargs: true }, () => 0);
  const steps = ({ sql, parameters }) =>
    database
      .prepare(`explain query plan ${sql}`)
      .all(...parameters)
      .map(({ detail }) => detail);
  return {
    texts: async (sql) => database.prepare(sql).pluck().all(),
    async explain(statement) {
      const plan = steps(statement);
      return {
        // Not what another step gives under the same name.
        scans: plan.filter((step) => /^SCAN (r|p|i)$/.test(step) && !plan.includes(`CO-ROUTINE ${step.slice(5)}`)),
        isSorting: plan.some((step) => step.includes('TEMP B-TREE')),
        plan,
      };
    },
    close: () => database.close(),
  };
}

/** Explains PostgreSQL's: as it runs with the values at hand, and as it would run prepared for any. */
async function postgresExplainer(url) {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(SESSION);
  const lines = async (sql, values) => (await client.query(sql, values)).rows.map((row) => row['QUERY PLAN']);
  return {
    texts: async (sql) => (await client.query({ text: sql, rowMode: 'array' })).rows.map(([text]) => text),
    async explain({ sql, parameters, durationMs }) {
      const how = durationMs < GIVEN_UP_MS ? '(analyze, buffers)' : '';
      const custom = await lines(`explain ${how} ${sql}`, [...parameters]);
      const generic = await lines(`explain (generic_plan) ${sql}`);
      const all = [...custom, ...generic];
      return {
        // Of the table of one row that a count of nothing reads, and of tables that are small, no index is of use.
        scans: all.filter((line) => /Seq Scan on call_record/.test(line)),
        isSorting: all.some((line) => /^\s*(->\s+)?(Incremental )?Sort\b/.test(line)),
        plan: custom,
      };
    },
    close: () => client.end(),
  };
}

const COLUMNS = [48, 10, 52, 12, 8];
const print = (...cells) => console.log(cells.map((cell, index) => String(cell).padEnd(COLUMNS[index])).join(''));

/** Shows on a terminal what is under way; nothing elsewhere. */
function tell(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}

class Inspection {
  failures = [];
  long = [];

  constructor(store, explainer) {
    this.store = store;
    this.explainer = explainer;
    print('', 'worst, ms', 'at', 'statements', 'sorting');
  }

  /** Prints the line of the table that some looks add up to. */
  async line(row, looks) {
    const seen = { row, worst: 0, at: '', sorts: 0, statements: 0 };
    await looks((what, work, bound) => this.look(seen, what, work, bound));
    tell('');
    print(row, seen.worst.toFixed(1), seen.at, seen.statements, seen.sorts);
  }

  /** Runs the work twice, the second time with what the first one brought into memory, and explains its statements. */
  async look(seen, what, work, bound) {
    if (seen.worst > GIVEN_UP_MS) return;
    const { row } = seen;
    tell(`${row}, ${what}`);
    let run = await this.run(work);
    if (run.ms < GIVEN_UP_MS) run = await this.run(work);
    const { ms, statements, error } = run;
    if (ms >= seen.worst) Object.assign(seen, { worst: ms, at: what });
    if (error || ms > GIVEN_UP_MS)
      this.failures.push({ row, what, problem: error ?? 'takes too long', plan: statements.map(({ sql }) => sql) });
    if (error) return;
    let slowest = [];
    for (const statement of statements) {
      const { scans, isSorting, plan } = await this.explainer.explain(statement);
      if (statement.durationMs * 2 > ms) slowest = plan;
      seen.statements += 1;
      seen.sorts += isSorting ? 1 : 0;
      if (scans.length > 0) this.failures.push({ row, what, problem: scans.join('; '), plan });
      if (isSorting && !bound.maySort) this.failures.push({ row, what, problem: 'sorts without bound', plan });
    }
    if (ms > LONG_MS) this.long.push({ row, what, ms: Math.round(ms), plan: slowest });
  }

  async run(work) {
    const statements = [];
    const stop = this.store.onStatement((statement) => statements.push(statement));
    const start = performance.now();
    // PostgreSQL gives up after half a minute by itself.
    const error = await work().then(
      () => null,
      (reason) => reason.message,
    );
    stop();
    return { ms: performance.now() - start, statements, error };
  }

  print() {
    for (const { row, what, ms, plan } of this.long) {
      console.log(`${ms} ms: ${row}, ${what}`);
      if (process.env.SHOW_PLANS) console.log(plan.map((step) => `      ${step}`).join('\n'));
    }
    for (const { row, what, problem, plan } of this.failures)
      console.log(`FAILED ${row}, ${what}: ${problem}\n${plan.map((step) => `    ${step}`).join('\n')}`);
  }
}

/** A position deep in the whole list of an order. */
async function deepPosition(store, order, total) {
  let after = null;
  for (let read = 0; read < Math.min(DEEP, total / 2); read += 500) {
    const page = { limit: 500, fromEnd: false, after, before: null };
    after = (await store.list({ ...everybody, order, page, people: {} })).positions.at(-1);
  }
  return after;
}

async function inspect(url) {
  const explainer = url.startsWith('file:') ? sqliteExplainer(url) : await postgresExplainer(url);
  const store = await openStore(url, { allowLossyCommits: true });
  tell('what to look for');
  const wanted = await wantedBy(explainer.texts);
  const total = await store.count(everybody);
  const callsOf = await store.count({ filter: null, visibleTo: wanted.person });
  const deep = new Map();
  for (const order of ORDERS) deep.set(order, await deepPosition(store, order, total));
  tell('');
  console.log(`\n${store.location}: ${total} records, ${callsOf} of the person looked for`);
  const inspection = new Inspection(store, explainer);
  for (const [name, filter] of Object.entries(filtersFor(wanted))) {
    for (const visibleTo of [null, wanted.person]) {
      const selection = { filter, visibleTo };
      const row = `${name}, ${visibleTo === null ? 'all' : 'own'}`;
      const isOfPerson = visibleTo !== null || name.endsWith(' id');
      const few = isOfPerson ? Math.max(GATHERED_LIMIT, callsOf) : GATHERED_LIMIT;
      await inspection.line(row, async (look) => {
        const bound = { maySort: (await store.count(selection)) <= few };
        for (const order of ORDERS) await lookAtPages(look, store, { selection, order, edge: deep.get(order), bound });
      });
      await inspection.line(`${row}: totalCount`, (look) => look('', () => store.count(selection), { maySort: false }));
    }
  }
  await inspectKeys(inspection, store, explainer);
  inspection.print();
  await store.close();
  await explainer.close();
  return inspection.failures.length;
}

/** The first page of a selection in an order, one from an edge, the last; what both doors ask for beside it. */
async function lookAtPages(look, store, { selection, order, edge, bound }) {
  const pages = {
    first: { limit: PAGE, fromEnd: false, after: null, before: null },
    deep: { limit: PAGE, fromEnd: false, after: edge, before: null },
    last: { limit: PAGE, fromEnd: true, after: null, before: null },
  };
  const by = `${order.field} ${order.direction}`;
  for (const [page, asked] of Object.entries(pages)) {
    const list = { ...selection, order, page: asked };
    await look(`${by}, ${page}`, () => store.listTexts(list, ['type', 'participants']), bound);
  }
  const list = { ...selection, order, page: pages.first, people };
  await look(`${by}, outside`, () => store.hasOutside(list, edge), bound);
  await look(`${by}, REST`, () => store.listDocuments({ ...list, sessions: true }), bound);
}

/** What is found by keys: entities, and the calls of many users. */
async function inspectKeys(inspection, store, { texts }) {
  const ids = await texts(`select id from call_records limit ${IDS}`);
  const users = await texts(
    `select identity_id from (select distinct identity_id from call_record_people) as people limit ${USERS}`,
  );
  const busy = await texts(
    `select identity_id from call_record_people group by 1 order by count(*) desc limit ${USERS}`,
  );
  for (const visibleTo of [null, busy[0]]) {
    await inspection.line(`${IDS} entities, ${visibleTo === null ? 'all' : 'own'}`, (look) =>
      look('', () => store.findTexts(ids, visibleTo, ['type', 'participants']), { maySort: false }),
    );
  }
  for (const [row, some] of [
    [`${USERS} users' calls`, users],
    [`${USERS} busiest users' calls`, busy],
  ]) {
    await inspection.line(row, async (look) => {
      for (const order of ORDERS) {
        const page = { limit: 20, fromEnd: false, after: null, before: null };
        const list = { ...everybody, order, page, people };
        const by = `${order.field} ${order.direction}`;
        await look(by, () => store.listOfUsers(some, list), { maySort: true });
        const edge = (await store.list(list)).positions[9];
        await look(`${by}, outside`, () => store.haveOutside(some, list, edge), { maySort: true });
      }
    });
    await inspection.line(`${row}: totalCount`, (look) =>
      look('', () => store.countOfUsers(some, everybody), { maySort: false }),
    );
  }
}

let failures = 0;
for (const url of process.argv.slice(2)) failures += await inspect(url);
process.exitCode = failures > 0 ? 1 : 0;
