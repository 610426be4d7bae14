import { importAll, importRecord } from '../support/asking.js';
import { type Answer, startTestServer, type TestServer } from '../support/harness.js';
import { QUICK, startPostgres, type TestPostgres } from '../support/postgres.js';
import { CHANGES, type Told } from '../support/following.js';

interface Page {
  changes: Told[];
  endCursor: string;
  hasMore: boolean;
}

const user = (id: string) => ({ user: { id } });
const ADA = 'aaaaaaaa-0000-4000-8000-00000000000a';
const BOB = 'bbbbbbbb-0000-4000-8000-00000000000b';
const GROUP = { type: ['groupCall'] };
const URL_OF_GROUP = { type: 'groupCall', joinWebUrl: 'https://teams.example/1' };

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres(QUICK);
});
afterAll(() => postgres.stop());

describe.each(['SQLite', 'PostgreSQL'])('The changes that a page of callRecordChanges tells, on %s', (engine) => {
  let server: TestServer;
  let ada: string;
  /** The cursor before what the test changes. */
  let start: string;

  beforeAll(async () => {
    server = await startTestServer(
      engine === 'SQLite' ? {} : { DATABASE_URL: await postgres.create(), ALLOW_LOSSY_COMMITS: 'true' },
    );
    ada = await server.mint({ user: ADA });
  });
  afterAll(() => server.end());
  beforeEach(async () => {
    const sequence = await server.store.lastChange();
    start = Buffer.from(`C|${sequence}`).toString('base64url');
  });

  const pageOf = ({ data, errors }: Answer): Page => {
    expect(errors).toBeUndefined();
    return data.callRecordChanges as Page;
  };
  const ask = async (variables: object = {}, token = server.token) =>
    pageOf(await server.ask(CHANGES, { after: start, ...variables }, token));
  const kinds = ({ changes }: Page) => changes.map(({ kind, callRecordId }) => [kind, Number(callRecordId?.slice(-4))]);
  const put = (number: number, version: number, changes: object = {}) =>
    importAll(server, [importRecord(number, { version, ...changes })]);
  const remove = (number: number) =>
    server.ask(`mutation { deleteCallRecord(id: "${String(importRecord(number)['id'])}") }`);
  const involving = (...ids: string[]) => ({ organizer: user(ids[0] as string), participants: ids.map(user) });

  test('They come in order, each record in its present state, and updates of one that follow each other as one', async () => {
    await put(1, 1);
    await put(2, 1);
    await put(2, 2);
    await put(2, 3);
    await put(1, 2);
    const page = await ask();
    expect(kinds(page)).toEqual([
      ['CREATED', 1],
      ['CREATED', 2],
      ['UPDATED', 1],
    ]);
    expect(page.changes.map(({ callRecord }) => callRecord?.version)).toEqual([2, 3, 2]);
  });

  test('A page goes on after the cursor of any change, with no gap and no repetition', async () => {
    for (const number of [11, 12, 13]) await put(number, 1);
    await remove(12);
    const all = (await ask()).changes;
    expect(all.map(({ kind }) => kind)).toEqual(['CREATED', 'CREATED']);
    const first = await ask({ first: 1 });
    expect([first.changes, first.endCursor, first.hasMore]).toEqual([all.slice(0, 1), all[0]?.cursor, true]);
    const second = await ask({ first: 1, after: first.endCursor });
    expect(second.changes).toEqual(all.slice(1, 2));
    const last = await ask({ after: (await ask()).endCursor });
    expect(last).toMatchObject({ changes: [], hasMore: false });
  });

  test('To a person a record that they come into is CREATED, one that they leave DELETED, and no other is told', async () => {
    await put(21, 1, involving(BOB));
    await put(22, 1, involving(ADA));
    await put(21, 2, involving(BOB, ADA));
    await put(22, 2, involving(BOB));
    await put(23, 1, involving(BOB));
    await remove(23);
    await remove(22);
    await put(21, 3, involving(ADA));
    expect(kinds(await ask({}, ada))).toEqual([['CREATED', 21]]);
    const { endCursor } = await ask({}, ada);
    await remove(21);
    expect(kinds(await ask({ after: endCursor }, ada))).toEqual([['DELETED', 21]]);
  });

  test('A record that came into the filter or left it while its caller knows nothing of before is told by the present', async () => {
    await put(31, 1, URL_OF_GROUP);
    await put(32, 1);
    start = (await ask()).endCursor;
    await put(31, 2);
    await put(32, 2, URL_OF_GROUP);
    await put(33, 1);
    await put(33, 2);
    expect(kinds(await ask({ filter: GROUP }))).toEqual([
      ['DELETED', 31],
      ['UPDATED', 32],
    ]);
  });

  test('A person is not told by a filter of a record that they never saw', async () => {
    await put(41, 1, involving(BOB));
    start = (await ask()).endCursor;
    await put(41, 2, involving(BOB));
    expect(await ask({ filter: GROUP }, ada)).toMatchObject({ changes: [] });
  });

  test.each([
    ['an empty cursor', { after: '' }, 'cursor'],
    ['a cursor of a list', { after: Buffer.from('Sd|2026|1').toString('base64url') }, 'cursor'],
    ['a cursor with more behind it', { after: `${Buffer.from('C|1').toString('base64url')}=` }, 'cursor'],
    ['first: 0', { first: 0 }, 'minimum'],
    ['first: 501', { first: 501 }, 'maximum'],
  ])('%s is refused', async (_what, variables, rule) => {
    const { errors } = await server.ask(CHANGES, { after: start, ...variables });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', violations: [{ rule }] });
  });

  test('A cursor before what is kept, or of a database that knew more, is CURSOR_EXPIRED', async () => {
    await put(51, 1);
    await put(52, 1);
    await put(53, 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await server.store.pruneChanges(1, 1_000);
    const beyond = Buffer.from('C|999999999').toString('base64url');
    for (const after of [start, beyond]) {
      const { errors } = await server.ask(CHANGES, { after });
      expect(errors?.[0]?.extensions.code).toBe('CURSOR_EXPIRED');
    }
    expect(kinds(await ask({ after: null }))).toEqual([['CREATED', 53]]);
  });
});
