import { readFileSync } from 'node:fs';
import { readGraphRecord } from '../../src/domain/graph-payload.js';
import { parseJson } from '../../src/domain/json.js';
import { clear, guid, importAll, importRecord } from '../graphql/asking.js';
import { startTestServer, type TestServer } from '../harness.js';
import { COLLECTION, errorOf, get } from './calling.js';

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
