import { startTestServer, type TestServer } from '../support/harness.js';
import { fillRecords, RARE } from '../support/many-records.js';

/** Enough that to pass over all of them is done on a thread. */
const RECORDS = 60_000;
const MANY = 30;
/** Of those, how many have been read when most of the others wait. */
const SOME = 4;

let server: TestServer;
let tokens: { busy: string; other: string };

beforeAll(async () => {
  server = await startTestServer({ MAX_TOKENS: '10000', MAX_ALIASES: '300', MAX_ROOT_FIELDS: '300' });
  fillRecords(server.store, RECORDS);
  const mint = (user: string) => server.mint({ roles: ['CallRecords.Read.All'], user });
  tokens = { busy: await mint('busy'), other: await mint('other') };
});
afterAll(() => server.end());

const LONG = 'query Long($filter: CallRecordFilter) { callRecords(first: 0, filter: $filter) { totalCount } }';
const RARE_IN_REST = "modalities/any(m:m eq 'data') and modalities/any(m:m eq 'screenSharing')";

type Ask = (token: string, signal?: AbortSignal) => Promise<void>;

const get =
  (path: string, options: Record<string, string>): Ask =>
  (token, signal) =>
    send(`${path}?${String(new URLSearchParams(options))}`, { headers: { authorization: `Bearer ${token}` }, signal });

const post =
  (query: string): Ask =>
  (token, signal) =>
    send('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables: { filter: RARE } }),
      signal,
    });

async function send(path: string, request: RequestInit): Promise<void> {
  const response = await fetch(`${server.url}${path}`, request);
  const text = await response.text();
  expect([response.status, text]).toEqual([200, expect.not.stringContaining('"errors"')]);
}

const DOORS: [string, Ask][] = [
  ['a POST to /graphql', post(LONG)],
  ['a POST of several fields to /graphql', post(LONG.replace('{', '{ __schema { __typename } '))],
  ['a GET of /graphql', get('/graphql', { query: LONG, variables: JSON.stringify({ filter: RARE }) })],
  [
    'a GET of the REST door',
    get('/v1.0/communications/callRecords', { $filter: RARE_IN_REST, $count: 'true', $top: '1' }),
  ],
];

/** Counts what the store has read from now on; `some` resolves when that is a few statements. */
function watchStatements() {
  const seen = { count: 0 };
  let stop = () => {};
  const some = new Promise<void>((resolve) => {
    stop = server.store.onStatement(() => {
      seen.count += 1;
      if (seen.count === SOME) resolve();
    });
  });
  return { seen, some, stop };
}

describe('Of reads that pass over every record, asked for by', () => {
  test.each(DOORS)('%s, those of one caller do not wait for the many of another', async (_door, ask) => {
    const { some, stop } = watchStatements();
    const order: string[] = [];
    const busy = Array.from({ length: MANY }, () => ask(tokens.busy).then(() => order.push('busy')));
    await some;
    stop();
    const other = ask(tokens.other).then(() => order.push('other'));
    await Promise.all([...busy, other]);
    expect(order.indexOf('other')).toBeLessThan(MANY / 2);
  });

  test.each(DOORS)('%s, those whose client went away are not begun', async (_door, ask) => {
    const { seen, some, stop } = watchStatements();
    const client = new AbortController();
    const abandoned = Promise.allSettled(Array.from({ length: MANY }, () => ask(tokens.busy, client.signal)));
    await some;
    client.abort();
    await abandoned;
    // After all that still wait.
    await ask(tokens.busy);
    stop();
    expect(seen.count).toBeLessThan(MANY);
  });
});

test('More long reads of one caller than may wait are RATE_LIMITED, while others are answered', async () => {
  const fields = Array.from(
    { length: 300 },
    (_, index) => `a${index}: callRecords(first: 0, filter: $filter) { totalCount }`,
  );
  const query = `query Many($filter: CallRecordFilter) { ${fields.join(' ')} }`;
  const [{ status, headers, errors = [] }] = await Promise.all([
    server.ask(query, { filter: RARE }, tokens.busy),
    post(LONG)(tokens.other),
  ]);
  expect([status, headers.get('retry-after'), errors[0]?.extensions.code]).toEqual([429, '1', 'RATE_LIMITED']);
});
