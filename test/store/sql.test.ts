import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CallRecordDocument } from '../../src/domain/document.js';
import { CallRecordOrderField, OrderDirection } from '../../src/domain/filter.js';
import { openStore, type Store } from '../../src/store/store.js';
import { temporaryFolder } from '../support/harness.js';
import { QUICK, startPostgres, type TestPostgres } from '../support/postgres.js';
import { type Asked, documentOf, guid, listQuery } from '../support/opened-store.js';
import { filtersFor, ORDERS, type Wanted } from './plan-cases.js';
import { readable } from './sql/readable.js';

/**
 * The SQL by which records are found, as each engine runs it, stands in `sql/*.md` to be read and reviewed. After a
 * change that is meant, `UPDATE_SQL=1` writes it anew.
 */
const IS_WRITTEN_ANEW = process.env.UPDATE_SQL === '1';

const BUSY = 'aaaaaaaa-0000-4000-8000-00000000000a';
const TENANT = 'cccccccc-0000-4000-8000-00000000000c';
/** More than are gathered where there is another way: so both ways are seen, that of the busy and that of the rare. */
const RECORDS = 5_100;

const documents = (): CallRecordDocument[] =>
  Array.from({ length: RECORDS }, (_, index) =>
    documentOf(index, {
      organizer: {
        user: { id: BUSY, displayName: 'Busy Bee', tenantId: TENANT, userPrincipalName: 'busy@contoso.example' },
      },
      participants: [
        { user: { id: BUSY, displayName: 'Busy Bee', tenantId: TENANT, userPrincipalName: 'busy@contoso.example' } },
      ],
    }),
  );

const busy: Wanted = {
  person: BUSY,
  userPrincipalName: 'busy@contoso.example',
  tenant: TENANT,
  joinWebUrl: 'https://teams.microsoft.com/l/meetup-join/19%3ameeting_a%40thread.v2/0',
  ids: [guid(1), guid(2)],
};
const RARE = 'bbbbbbbb-0000-4000-8000-00000000000b';
const rare: Wanted = { ...busy, person: RARE, userPrincipalName: 'rare@contoso.example', tenant: RARE };

const asked = (some: Asked) => ({ ...listQuery({ limit: 20, ...some }), columns: ['id'] as const });
const nobody = () => false;
const POSITION = { value: '2026-02-25T18:52:21', id: guid(5) };
const { START_DATE_TIME, DURATION } = CallRecordOrderField;
const oldest = { field: START_DATE_TIME, direction: OrderDirection.ASC };
const newest = { field: START_DATE_TIME, direction: OrderDirection.DESC };
const longest = { field: DURATION, direction: OrderDirection.DESC };

type Ask = [title: string, ask: (store: Store) => Promise<unknown>];
type Chapter = [title: string, asks: Ask[]];

const page = (title: string, some: Asked): Ask => [title, (store) => store.list(asked(some))];

/** Only names of which there are many take another way for the busy. */
const OF_PEOPLE = /^(organizer|participant) (?!kind)/;

const CHAPTERS: Chapter[] = [
  ['Newest first, by filter', Object.entries(filtersFor(rare)).map(([name, filter]) => page(name, { filter }))],
  [
    'Newest first, by filter that very many records fit',
    Object.entries(filtersFor(busy))
      .filter(([name]) => OF_PEOPLE.test(name))
      .map(([name, filter]) => page(name, { filter })),
  ],
  [
    'Newest first, by filter, of a caller who sees the own calls alone',
    Object.entries(filtersFor(rare)).map(([name, filter]) => page(name, { filter, visibleTo: RARE })),
  ],
  ['Orders', ORDERS.map((order) => page(`${order.field} ${order.direction}`, { order }))],
  [
    'Orders, of a caller in few calls',
    ORDERS.map((order) => page(`${order.field} ${order.direction}`, { order, visibleTo: RARE })),
  ],
  [
    'Orders, of a caller in very many calls',
    ORDERS.map((order) => page(`${order.field} ${order.direction}`, { order, visibleTo: BUSY })),
  ],
  [
    'Orders, in a range of another field',
    ORDERS.map((order) => {
      const name = order.field === START_DATE_TIME ? 'endDateTime' : 'startDateTime';
      return page(`${order.field} ${order.direction}`, { order, filter: { [name]: { gte: '2027-01-01T00:00:00' } } });
    }),
  ],
  [
    'Pages',
    [
      page('after a position', { after: POSITION, order: oldest }),
      page('before a position, from the end', { before: POSITION, fromEnd: true, order: oldest }),
      page('between positions', { after: POSITION, before: { ...POSITION, id: guid(9) }, order: newest }),
      page('after a position in order of duration', { after: { value: '10', id: guid(5) }, order: longest }),
      page('after a position, of a caller', { after: POSITION, visibleTo: BUSY }),
      ['whether there is more before', (store) => store.hasOutside(asked({ after: POSITION }), POSITION)],
      ['as rows of text', (store) => store.listTexts(asked({}), nobody)],
      ['as rows of text, of a caller', (store) => store.listTexts(asked({ visibleTo: RARE }), nobody)],
      ['records by id, as rows of text', (store) => store.findTexts([guid(1)], RARE, ['id'], nobody)],
    ],
  ],
  [
    'Counts, by filter',
    Object.entries(filtersFor(rare)).map(([name, filter]): Ask => [
      name,
      (store) => store.count({ filter, visibleTo: null }),
    ]),
  ],
  [
    'Many users at once',
    [
      ['pages', (store) => store.listOfUsers([BUSY, RARE], asked({}))],
      ['pages, as rows of text', (store) => store.listTextsOfUsers([BUSY, RARE], asked({}), nobody)],
      ['pages in order of duration', (store) => store.listOfUsers([BUSY, RARE], asked({ order: longest }))],
      [
        'whether there is more before',
        (store) => store.haveOutside([BUSY, RARE], asked({ after: POSITION }), POSITION),
      ],
      ['counts', (store) => store.countOfUsers([BUSY, RARE], { filter: null, visibleTo: null })],
    ],
  ],
];

/** Everything asked of a store, each with the statements that ran; one that ran before is not said again. */
async function written(engine: string, store: Store): Promise<string> {
  const said = new Map<string, string>();
  const lines = [
    `# How ${engine} finds records`,
    '',
    'Written by `test/store/sql.test.ts`, which compares it. Quotes of names are left out, and values stand below. One who',
    'is busy is in very many calls, one who is rare in none.',
  ];
  for (const [chapter, asks] of CHAPTERS) {
    lines.push('', `## ${chapter}`);
    for (const [title, ask] of asks) {
      const statements: string[] = [];
      const stop = store.onStatement(({ sql, parameters }) => statements.push(readable(sql, parameters)));
      await ask(store);
      stop();
      lines.push('', `### ${title}`);
      for (const statement of statements) {
        const before = said.get(statement);
        lines.push('', ...(before ? [`As in ${before}.`] : ['```sql', statement, '```']));
        if (!before) said.set(statement, `“${chapter}”, ${title}`);
      }
    }
  }
  return `${lines.join('\n')}\n`;
}

async function expectWritten(engine: string, store: Store): Promise<void> {
  await store.import(documents());
  const file = new URL(`sql/${engine.toLowerCase()}.md`, import.meta.url);
  const now = await written(engine, store);
  if (IS_WRITTEN_ANEW) await writeFile(file, now);
  expect(now).toBe(await readFile(file, 'utf8'));
}

describe('The SQL by which records are found', () => {
  let folder: string;
  let postgres: TestPostgres;

  beforeAll(async () => {
    [folder, postgres] = await Promise.all([temporaryFolder(), startPostgres(QUICK)]);
  });

  afterAll(async () => {
    await postgres.stop();
    await rm(folder, { recursive: true });
  });

  it('is in SQLite what sql/sqlite.md says', async () => {
    const store = await openStore(`file:${join(folder, 'callrecords.sqlite')}`);
    await expectWritten('SQLite', store).finally(() => store.close());
  });

  it('is in PostgreSQL what sql/postgresql.md says', async () => {
    const store = await openStore(await postgres.create(), { allowLossyCommits: true });
    await expectWritten('PostgreSQL', store).finally(() => store.close());
  });
});
