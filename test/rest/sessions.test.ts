import { readFileSync } from 'node:fs';
import { readGraphRecord } from '../../src/domain/graph-payload.js';
import { parseJson } from '../../src/platform/json.js';
import { clear, guid, importAll, importRecord } from '../support/asking.js';
import { startTestServer, type TestServer } from '../support/harness.js';
import { call, COLLECTION, errorOf, get } from '../support/calling.js';

type Json = { [name: string]: unknown };
const WHOLE = '$expand=sessions($expand=segments)';
const AS_SENT = { prefer: 'include-unknown-enum-members' };

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterEach(() => clear(server));
afterAll(() => server.end());

/** Stores a payload of Graph; gives its URL and its sessions, every digit kept. */
async function store(name: string): Promise<{ url: string; sessions: Json[] }> {
  const text = readFileSync(new URL(`../fixtures/graph/${name}.json`, import.meta.url), 'utf8');
  const payload = parseJson(text) as Json & { id: string; sessions: Json[] };
  await server.store.import([readGraphRecord(payload)]);
  return { url: `${COLLECTION}/${payload.id}`, sessions: payload.sessions };
}

/** A record of n sessions that count. */
async function storeMany(count: number): Promise<string> {
  const sessions = Array.from({ length: count }, (_, index) => ({ id: String(index), segments: [] }));
  await server.store.import([readGraphRecord({ ...importRecord(1), sessions })]);
  return `${COLLECTION}/${guid(1)}`;
}

describe('Sessions', () => {
  test.each(['10-full-depth', '08-unknown-enum-members', '04-pstn-inbound', '09-nulls-everywhere'])(
    'Those of %s come back as Graph sent them, to the last digit and feedback token',
    async (name) => {
      const { url, sessions } = await store(name);
      expect((await get(server, `${url}?${WHOLE}`, AS_SENT)).json.sessions).toEqual(sessions);
      expect((await get(server, `${url}/sessions?$expand=segments`, AS_SENT)).json.value).toEqual(sessions);
    },
  );

  test('Without $expand a record has none; $expand=sessions leaves their segments out', async () => {
    const { url, sessions } = await store('10-full-depth');
    expect((await get(server, url)).json).not.toHaveProperty('sessions');
    const { json } = await get(server, `${url}?$expand=sessions,participants_v2`, AS_SENT);
    expect(json['@odata.context']).toMatch(/callRecords\(sessions\(\),participants_v2\(\)\)\/\$entity$/);
    for (const [index, session] of (json.sessions as Json[]).entries()) {
      const { segments: _segments, 'segments@odata.context': _context, ...rest } = sessions[index] as Json;
      expect(session).toEqual(rest);
    }
  });

  test('Members that no schema knows read as unknownFutureValue at every depth', async () => {
    const { url } = await store('08-unknown-enum-members');
    const { json, text } = await get(server, `${url}?${WHOLE}`);
    const [session] = json.sessions as [Json];
    expect(session).toMatchObject({
      modalities: ['unknownFutureValue'],
      failureInfo: { stage: 'unknownFutureValue' },
      caller: { feedback: { rating: 'unknownFutureValue', tokens: { HologramJitter: true } } },
    });
    expect(text).not.toMatch(/"(?:spatialAudio|postCall|outstanding)"/);
  });

  test('IEEE754Compatible=true makes their 64-bit integers text', async () => {
    const { url, sessions } = await store('10-full-depth');
    const accept = 'application/json;IEEE754Compatible=true';
    const { text } = await get(server, `${url}?${WHOLE}`, { accept });
    const [, digits] = /"packetUtilization":\s*(\d{16,})/.exec(
      readFileSync(new URL('../fixtures/graph/10-full-depth.json', import.meta.url), 'utf8'),
    ) as unknown as [string, string];
    expect(sessions.length).toBeGreaterThan(0);
    expect(text).toContain(`"packetUtilization":"${digits}"`);
  });

  test('A page holds 60; next links, nested ones too, lead to the rest with what was expanded', async () => {
    const url = await storeMany(130);
    const first = await get(server, `${url}?${WHOLE}`);
    expect(first.json.sessions).toHaveLength(60);
    const second = await get(server, first.json['sessions@odata.nextLink'] as string);
    expect(second.json.value).toHaveLength(60);
    const third = await get(server, second.json['@odata.nextLink'] as string);
    expect(third.json.value.map(({ id }: Json) => id)).toEqual(
      Array.from({ length: 10 }, (_, index) => String(120 + index)),
    );
    expect(third.json.value[0]).toHaveProperty('segments');
    expect(third.json).not.toHaveProperty('@odata.nextLink');
  });

  test('Of a record whose sessions are not known there are none, and the property is absent', async () => {
    await importAll(server, [importRecord(1)]);
    expect((await get(server, `${COLLECTION}/${guid(1)}?${WHOLE}`)).json).not.toHaveProperty('sessions');
    expect((await get(server, `${COLLECTION}/${guid(1)}/sessions?$count=true`)).json).toMatchObject({
      '@odata.count': 0,
      value: [],
    });
  });

  test('The token of participants is none of sessions; an unknown property is refused', async () => {
    const url = await storeMany(61);
    const participants = await get(server, `${url}/participants_v2?$top=1`);
    const token = new URL(participants.json['@odata.nextLink'] as string).searchParams.get('$skiptoken') as string;
    expect(errorOf(await get(server, `${url}/sessions?$skiptoken=${token}`)).target).toBe('$skiptoken');
    expect(errorOf(await get(server, `${url}/sessions?$select=media`)).target).toBe('$select');
    expect(errorOf(await get(server, `${url}?$expand=sessions($expand=media)`)).target).toBe('$expand');
  });
});

describe('Sessions in a list', () => {
  /** Records of so many sessions each, the newest first. */
  async function storeEach(counts: number[]): Promise<void> {
    const documents = counts.map((count, index) => {
      const sessions = Array.from({ length: count }, (_, place) => ({
        ...{ id: `${index}.${place}`, isTest: false, segments: [{ id: 's', media: [] }] },
      }));
      return readGraphRecord({ ...importRecord(100 - index), sessions });
    });
    await server.store.import(documents);
  }

  test('They come with $expand, nested and selected in, up to 60 of each record and a next link for more', async () => {
    await storeEach([61, 2]);
    for (const expand of [
      'sessions($select=id;$expand=segments($select=id))',
      'sessions( $expand = segments( $select = id ) ; $select = id )',
      'sessions(expand=segments(select=id);select=id)',
    ]) {
      const { status, json } = await get(server, `${COLLECTION}?$select=id&$expand=${encodeURIComponent(expand)}`);
      expect([status, json['@odata.context']]).toEqual([
        200,
        `${server.url}/v1.0/$metadata#communications/callRecords(id,sessions(id,segments(id)))`,
      ]);
      const [many, few] = json.value as [Json, Json];
      expect(many.sessions).toHaveLength(60);
      expect(few.sessions).toEqual(['1.0', '1.1'].map((id) => ({ id, segments: [{ id: 's' }] })));
      expect(few).not.toHaveProperty('sessions@odata.nextLink');
      const rest = await get(server, many['sessions@odata.nextLink'] as string);
      expect(rest.json.value).toEqual([{ id: '0.60', segments: [{ id: 's' }] }]);
    }
  });

  test('To select them is to expand them, without segments', async () => {
    await storeEach([1]);
    const { json } = await get(server, `${COLLECTION}?$select=id,sessions`);
    expect(json.value).toMatchObject([{ id: guid(100), sessions: [{ id: '0.0', isTest: false }] }]);
    expect(json.value[0].sessions[0]).not.toHaveProperty('segments');
  });

  test('$expand=* brings all there is; $select and $expand may be sent name by name', async () => {
    await storeEach([1]);
    const all = (await get(server, `${COLLECTION}?$expand=*`)).json.value[0] as Json;
    expect(Object.keys(all)).toEqual(expect.arrayContaining(['organizer_v2', 'participants_v2', 'sessions']));
    const query = '$select=id&$select=version&$expand=participants_v2&$expand=sessions($select=id)';
    const one = (await get(server, `${COLLECTION}/${guid(100)}?${query}`)).json as Json;
    expect(Object.keys(one).filter((name) => !name.includes('@'))).toEqual([
      ...['id', 'version', 'participants_v2', 'sessions'],
    ]);
    const organizer = (await get(server, `${COLLECTION}?$select=organizer_v2&$expand=organizer_v2($select=id)`)).json;
    expect(Object.keys(organizer.value[0].organizer_v2)).toEqual(['id']);
  });

  test('A page of them holds 20 records, all others are on the next ones, and takes one statement more', async () => {
    await storeEach(Array.from({ length: 25 }, () => 1));
    const statements: string[] = [];
    const end = server.store.onStatement(({ sql }) => statements.push(sql));
    const first = await get(server, `${COLLECTION}?$select=id&$expand=sessions&$top=999`);
    end();
    expect(statements).toHaveLength(2);
    expect(first.json.value).toHaveLength(20);
    const second = await get(server, first.json['@odata.nextLink'] as string);
    expect(second.json.value.map(({ sessions }: Json) => (sessions as Json[])[0]?.id)).toEqual(
      Array.from({ length: 5 }, (_, index) => `${20 + index}.0`),
    );
  });

  test('A record costs a point, and a page no more than RATE_LIMIT allows', async () => {
    const limited = await startTestServer({ RATE_LIMIT: '4' });
    try {
      await importAll(
        limited,
        Array.from({ length: 6 }, (_, index) => importRecord(index)),
      );
      const url = `${COLLECTION}?$select=id&$expand=sessions`;
      // A second may end between two requests; the next caller's budget is untouched.
      for (let attempt = 1; ; attempt++) {
        const token = await limited.mint({ roles: ['CallRecords.Read.All'], user: guid(attempt) });
        const page = await call(limited, 'GET', url, { token });
        expect([page.status, page.json.value.length]).toEqual([200, 3]);
        const again = await call(limited, 'GET', `${COLLECTION}?$top=0`, { token });
        if (again.status !== 429 && attempt < 20) continue;
        expect(errorOf(again).status).toBe(429);
        return;
      }
    } finally {
      await limited.end();
    }
  });
});

test.each([
  ['records', `${COLLECTION}?$select=id&$top=999`],
  ['participants', `${COLLECTION}/${guid(1)}/participants_v2?$top=999`],
  ['sessions', `${COLLECTION}/${guid(1)}/sessions?$top=99999999999999999999`],
])('$top beyond the largest page is cut to it: a page of %s', async (_what, url) => {
  await storeMany(501);
  const { status, json } = await get(server, url);
  expect([status, json.value.length <= 500]).toEqual([200, true]);
  if (url.includes('/sessions')) {
    expect(json.value).toHaveLength(500);
    expect((await get(server, json['@odata.nextLink'] as string)).json.value).toHaveLength(1);
  }
});
