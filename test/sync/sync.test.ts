import { rm } from 'node:fs/promises';
import { GraphClient } from '../../src/sync/graph-client.js';
import { temporaryFolder } from '../support/harness.js';
import { FakeGraph } from '../support/fake-graph.js';
import { expectedOf, fakeRecord, fileIn, heldIn, HOURS, recordId, syncInto, type Syncing } from '../support/syncing.js';

let graph: FakeGraph;
let folder: string;
let syncing: Syncing;

beforeEach(async () => {
  graph = await new FakeGraph().start();
  folder = await temporaryFolder();
  syncing = await syncInto(graph, fileIn(folder));
});
afterEach(async () => {
  await syncing.store.close();
  await graph.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The store holds what Graph has, to the last segment. */
const expectEqual = async () => expect(await heldIn(syncing.store)).toEqual(expectedOf(graph.records.values()));

describe('A pass', () => {
  it('brings every record of the look-back with everybody and all sessions, page by page, in the right version', async () => {
    Object.assign(graph.sizes, { list: 2, participants: 2, sessions: 2, segments: 1 });
    for (const [number, hoursAgo] of [1, 30, 100, 400, 700].entries())
      graph.put(fakeRecord(number, { hoursAgo, people: 5 }));
    expect(await syncing.pass()).toMatchObject({ listed: 5, fetched: 5, created: 5, failed: 0 });
    await expectEqual();
    expect(graph.asked(/callRecords\//).length).toBeGreaterThan(5 * 8);
    for (const { method, headers } of graph.seen.filter(({ url }) => url.includes('callRecords')))
      expect([method, headers.prefer]).toEqual(['GET', 'include-unknown-enum-members']);
  });

  it('reads what Graph compresses', async () => {
    graph.zips = true;
    graph.put(fakeRecord(1, { people: 9 }));
    expect(await syncing.pass()).toMatchObject({ created: 1 });
    await expectEqual();
    expect(graph.seen.map(({ headers }) => headers['accept-encoding'])).toContain('gzip');
  });

  it('fetches the newest first', async () => {
    for (const [number, hoursAgo] of [200, 1, 50].entries()) graph.put(fakeRecord(number, { hoursAgo }));
    await syncing.pass();
    const order = graph.asked(/expand=participants_v2/).map((url) => /[0-9a-f-]{36}/.exec(url)?.[0]);
    expect(order).toEqual([recordId(1), recordId(2), recordId(0)]);
  });

  it('fetches nothing that is known, and then lists the last 72 hours and writes to no record', async () => {
    graph.put(fakeRecord(1), fakeRecord(2, { hoursAgo: 500 }));
    await syncing.pass();
    const before = graph.seen.length;
    const written: string[] = [];
    syncing.store.onStatement(({ sql }) => written.push(...(/^(insert|update|delete).*/.exec(sql) ?? [])));
    expect(await syncing.pass()).toMatchObject({ listed: 1, fetched: 0 });
    expect(graph.seen.slice(before).filter(({ url }) => !url.includes('$filter'))).toEqual([]);
    expect(written.filter((sql) => /call_record/.test(sql))).toEqual([]);
  });

  it('brings a later version of a call of the last 72 hours, and of an older one within a day', async () => {
    graph.put(fakeRecord(1), fakeRecord(2, { hoursAgo: 500 }));
    await syncing.pass();
    graph.put(fakeRecord(1, { version: 2, people: 1 }), fakeRecord(2, { hoursAgo: 500, version: 3, people: 4 }));
    expect(await syncing.pass()).toMatchObject({ fetched: 1, updated: 1 });
    expect(await syncing.pass(600 * HOURS)).toMatchObject({ fetched: 1, updated: 1 });
    await expectEqual();
  });

  it('reads a record again whose version rises while its pages are read', async () => {
    Object.assign(graph.sizes, { sessions: 2 });
    graph.put(fakeRecord(1, { people: 6 }));
    graph.before = ({ url }) => {
      if (/sessions.*skiptoken=t2/.test(url) && graph.records.get(recordId(1))?.version === 1)
        graph.put(fakeRecord(1, { people: 6, version: 2 }));
    };
    expect(await syncing.pass()).toMatchObject({ fetched: 1, created: 1 });
    await expectEqual();
  });

  it('keeps what Graph does not have any more', async () => {
    graph.put(fakeRecord(1));
    await syncing.pass();
    graph.records.clear();
    await syncing.pass();
    expect(Object.keys(await heldIn(syncing.store))).toEqual([recordId(1)]);
  });
});

describe('A record that is listed and answered with 404', () => {
  beforeEach(() => {
    graph.fault = ({ url }) => (url.includes(`callRecords/${recordId(1)}`) ? { status: 404, body: '{}' } : null);
  });

  it('waits while its call is younger than three hours, and comes with a later pass', async () => {
    graph.put(fakeRecord(1, { hoursAgo: 1 }), fakeRecord(2));
    expect(await syncing.pass()).toMatchObject({ created: 1, gone: 0, failed: 0 });
    expect(await syncing.store.sync.count()).toEqual({ waiting: 1, failed: 0 });
    graph.fault = () => null;
    expect(await syncing.pass()).toMatchObject({ created: 1 });
    await expectEqual();
  });

  it('is gone where its call is older, and all others come', async () => {
    graph.put(fakeRecord(1, { hoursAgo: 9 }), fakeRecord(2));
    expect(await syncing.pass()).toMatchObject({ created: 1, gone: 1, failed: 0 });
    expect(await syncing.store.sync.count()).toEqual({ waiting: 0, failed: 0 });
  });
});

describe('What goes wrong on the way', () => {
  const faults = {
    'a reset connection': 'reset',
    'a body that is cut': 'cut',
    'a redirect': { status: 307, headers: { location: '/v1.0/elsewhere' }, body: '{}' },
    'a page of a proxy': { status: 200, body: '<html>Hold on</html>' },
    'a 504 with a page': { status: 504, body: '<html>Timeout</html>' },
    'a 500': { status: 500, body: '{}' },
    'a 429 that says when in seconds': { status: 429, headers: { 'retry-after': '2' } },
    'a 503 without a word': { status: 503 },
  } as const;

  it.each(Object.entries(faults))('%s costs no record', async (_name, fault) => {
    Object.assign(graph.sizes, { list: 3, participants: 2 });
    for (let number = 0; number < 7; number++) graph.put(fakeRecord(number, { people: 3 }));
    graph.fault = ({ url }, index) => (url.includes('callRecords') && index % 5 === 2 ? fault : null);
    expect(await syncing.pass()).toMatchObject({ created: 7, failed: 0 });
    await expectEqual();
    expect(graph.asked(/elsewhere/)).toEqual([]);
    expect(syncing.log.length).toBeGreaterThan(2);
    expect(JSON.stringify(syncing.log)).not.toMatch(/e30\.|Person|not-a-secret/);
  });

  it('A pause that Graph asks for, by a date as well, holds for all requests', async () => {
    for (let number = 0; number < 40; number++) graph.put(fakeRecord(number));
    let pausedAt = 0;
    graph.fault = ({ url }) => {
      if (pausedAt > 0 || !url.includes('expand')) return null;
      pausedAt = Date.now();
      return { status: 429, headers: { 'retry-after': new Date(syncing.clock.now() + 300_000).toUTCString() } };
    };
    const times: number[] = [];
    graph.before = () => times.push(Date.now());
    await syncing.pass();
    // 300 s by this clock, and but for those that were under way.
    expect(times.filter((time) => time > pausedAt && time < pausedAt + 250).length).toBeLessThanOrEqual(8);
    expect(times.some((time) => time >= pausedAt + 250)).toBe(true);
    await expectEqual();
  });

  it.each(['0', '-1', 'Mon, 30 Nov 2020 12:00:00 GMT', '1.5'])(
    'Retry-After: %s, which is no time to wait, is backed off from',
    async (after) => {
      graph.put(fakeRecord(1));
      graph.fault = ({ url }, index) =>
        url.includes('callRecords') && index < 4 ? { status: 429, headers: { 'retry-after': after } } : null;
      await syncing.pass();
      expect(syncing.sync.client.counts.throttled).toBeGreaterThan(0);
      expect(syncing.sync.client.pace.throttledMs).toBeGreaterThan(0);
      await expectEqual();
    },
  );

  it('A token that does not count any more is replaced, once for all requests that find that out', async () => {
    graph.put(fakeRecord(1), fakeRecord(2));
    await syncing.pass();
    graph.tokens.clear();
    for (let number = 3; number < 20; number++) graph.put(fakeRecord(number));
    let isRevoked = false;
    graph.before = ({ url }) => {
      if (!isRevoked && url.includes('expand')) graph.tokens.clear();
      isRevoked ||= url.includes('expand');
    };
    expect(await syncing.pass()).toMatchObject({ created: 17 });
    expect(graph.asked(/oauth2/, 'POST')).toHaveLength(3);
  });

  it('A record that is refused for good is named with the reason, others come, and the next pass tries it again', async () => {
    graph.put(fakeRecord(1), fakeRecord(2));
    const body = JSON.stringify({ error: { code: 'BadRequest', message: 'No.' } });
    graph.fault = ({ url }) => (url.includes(`callRecords/${recordId(1)}`) ? { status: 400, body } : null);
    expect(await syncing.pass()).toMatchObject({ created: 1, failed: 1 });
    expect(syncing.failures).toEqual([[recordId(1), expect.stringMatching(/status 400, BadRequest: No\.$/)]]);
    expect(await syncing.store.sync.count()).toEqual({ waiting: 0, failed: 1 });
    graph.fault = () => null;
    expect(await syncing.pass()).toMatchObject({ created: 1, failed: 0 });
    await expectEqual();
  });

  it('A record that fails is tried once in a pass, also where it is listed after that', async () => {
    // Of a day that is listed later than the first thing a pass does, which is to try again what has failed.
    graph.put(fakeRecord(1, { hoursAgo: 40 }));
    graph.fault = ({ url }) => (url.includes(`callRecords/${recordId(1)}`) ? { status: 400, body: '{}' } : null);
    await syncing.pass();
    expect(await syncing.pass()).toMatchObject({ failed: 1 });
    expect(graph.asked(new RegExp(`callRecords/${recordId(1)}`))).toHaveLength(2);
  });

  it('A pass without permission ends with the reason, and stores nothing', async () => {
    graph.put(fakeRecord(1));
    const body = JSON.stringify({ error: { code: 'Forbidden', message: 'No role.' } });
    graph.fault = ({ url }) => (url.includes('callRecords') ? { status: 403, body } : null);
    await expect(syncing.pass()).rejects.toThrow('status 403, Forbidden: No role.');
  });

  it('A Graph that cannot be reached ends the pass, and a later one goes on', async () => {
    graph.put(fakeRecord(1));
    graph.fault = ({ url }) => (url.includes('callRecords') ? 'reset' : null);
    await expect(syncing.pass()).rejects.toThrow(/callRecords: fetch failed \(ECONNRESET\)/);
    graph.fault = () => null;
    expect(await syncing.pass()).toMatchObject({ created: 1 });
  });

  it.each(['stuck', 'cut'] as const)(
    'An answer of which half comes each time (%s) is a reason to give up',
    async (fault) => {
      graph.fault = ({ url }) => (url.includes('callRecords') ? fault : null);
      const { clock, sync } = syncing;
      const log = { info: () => undefined, warn: () => undefined };
      const client = new GraphClient({ url: graph.url, tokens: sync.tokens, clock, log, answeredWithinMs: 50 });
      const { signal } = new AbortController();
      const why = { stuck: 'no whole answer within 0.05 s', cut: 'ECONNRESET' }[fault];
      await expect(client.get('/communications/callRecords', signal)).rejects.toThrow(`fetch failed (${why})`);
      expect(client.counts).toMatchObject({ requests: 6, failed: 6 });
    },
  );

  it('At most 8 requests are under way', async () => {
    for (let number = 0; number < 40; number++) graph.put(fakeRecord(number));
    let [underWay, most] = [0, 0];
    graph.before = () => {
      most = Math.max(most, ++underWay);
      setImmediate(() => (underWay -= 1));
    };
    await syncing.pass();
    expect(most).toBeLessThanOrEqual(8);
  });

  it('Ten first pages of a record are asked for in 20 s, also after a pause between them', async () => {
    // A clock so slow that the way to Graph, some milliseconds, is little of what is expected.
    await syncing.store.close();
    syncing = await syncInto(graph, fileIn(folder), { times: 20 });
    graph.put(fakeRecord(100));
    const times: number[] = [];
    graph.fault = ({ url }) => {
      if (!url.includes(recordId(100))) return null;
      times.push(syncing.clock.now());
      const pause = times.length === 1 ? '5' : '1';
      return times.length < 18 ? { status: 429, headers: { 'retry-after': pause } } : null;
    };
    expect(await syncing.pass()).toMatchObject({ created: 1 });
    const tenLater = times.slice(10).map((time, index) => time - times[index]!);
    expect(Math.min(...tenLater)).toBeGreaterThan(17_500);
  });
});
