import { setTimeout as wait } from 'node:timers/promises';
import { jest } from '@jest/globals';
import type { Asker } from '../../src/domain/asker.js';
import { LongReads } from '../../src/store/engine/long-reads.js';
import { startTestServer, type TestServer } from '../support/harness.js';
import { fillRecords, RARE } from '../support/many-records.js';

/** Enough that to pass over all of them is done on a thread. */
const RECORDS = 60_000;
const MANY = 30;

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

/**
 * Holds back each long read whose turn has come until it is let go, so that all wait who shall, however fast the reads
 * and however slow the connections are. `arrived` resolves once so many requests have asked for one.
 */
function holdReads() {
  const askers = new Set<Asker>();
  let letGo = () => {};
  const gate = new Promise<void>((resolve) => (letGo = resolve));
  const original = Object.getOwnPropertyDescriptor(LongReads.prototype, 'run')?.value as LongReads['run'];
  jest.spyOn(LongReads.prototype, 'run').mockImplementation(function (this: LongReads, read, asker) {
    if (asker) askers.add(asker);
    return original.call(this, () => gate.then(read), asker);
  });
  const arrived = async (count: number) => {
    while (askers.size < count) await wait(5);
  };
  return { askers, arrived, letGo };
}
afterEach(() => jest.restoreAllMocks());

describe('Of reads that pass over every record, asked for by', () => {
  test.each(DOORS)('%s, those of one caller do not wait for the many of another', async (_door, ask) => {
    const { arrived, letGo } = holdReads();
    const order: string[] = [];
    const busy = Array.from({ length: MANY }, () => ask(tokens.busy).then(() => order.push('busy')));
    await arrived(MANY);
    const other = ask(tokens.other).then(() => order.push('other'));
    await arrived(MANY + 1);
    letGo();
    await Promise.all([...busy, other]);
    expect(order.indexOf('other')).toBeLessThan(MANY / 2);
  });

  test.each(DOORS)('%s, those whose client went away are not begun', async (_door, ask) => {
    const { askers, arrived, letGo } = holdReads();
    let statements = 0;
    const stop = server.store.onStatement(() => (statements += 1));
    const client = new AbortController();
    const abandoned = Promise.allSettled(Array.from({ length: MANY }, () => ask(tokens.busy, client.signal)));
    await arrived(MANY);
    client.abort();
    await abandoned;
    // Until the server knows that they have gone.
    while ([...askers].some(({ gone }) => !gone.aborted)) await wait(5);
    letGo();
    // After all that still wait.
    await ask(tokens.busy);
    stop();
    expect(statements).toBeLessThan(MANY);
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
