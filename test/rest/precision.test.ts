import { readdirSync, readFileSync } from 'node:fs';
import { parseJson, stringifyJson } from '../../src/platform/json.js';
import { graphItems, readGraphRecord } from '../../src/domain/graph-payload.js';
import { clear, importAll, importRecord } from '../support/asking.js';
import { startTestServer, type TestServer } from '../support/harness.js';
import { COLLECTION, get, listUrl } from '../support/calling.js';

const FOLDER = new URL('../fixtures/graph/', import.meta.url);
type Json = { [name: string]: unknown };

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterEach(() => clear(server));
afterAll(() => server.end());

/** The records in a file of payloads, every digit kept. */
function records(name: string): Json[] {
  const found = graphItems(parseJson(readFileSync(new URL(name, FOLDER), 'utf8')));
  return 'items' in found ? (found.items as Json[]) : [];
}

const UNKNOWN_MEMBERS = { prefer: 'include-unknown-enum-members' };

describe('Digits', () => {
  test('Versions up to 2^63-1 and times of 0 to 7 fractional digits come out as they came', async () => {
    const payloads = records('06-precision.json');
    await server.store.import(payloads.map(readGraphRecord));
    const { json, text } = await get(server, COLLECTION);
    const byId = new Map((json.value as Json[]).map((record) => [record.id, record]));
    for (const { id, version, startDateTime, endDateTime, lastModifiedDateTime } of payloads)
      expect(byId.get(id)).toMatchObject({ version, startDateTime, endDateTime, lastModifiedDateTime });
    expect(text).toContain('"version":9223372036854775807,');
    expect(text).toContain('"version":9007199254740993,');
  });

  test('The list is in the order of time, to 100 ns, not of text', async () => {
    const payloads = records('06-precision.json');
    await server.store.import(payloads.map(readGraphRecord));
    const { json } = await get(server, listUrl({ $orderby: 'startDateTime asc' }));
    const order = [2, 1, 4, 3, 8, 6, 0, 5, 7].map((index) => payloads[index]?.id);
    expect((json.value as Json[]).map(({ id }) => id)).toEqual(order);
  });

  test('A $filter tells neighbours one tick apart from each other', async () => {
    await server.store.import(records('06-precision.json').map(readGraphRecord));
    const count = async ($filter: string) =>
      (await get(server, listUrl({ $filter, $count: 'true', $top: '0' }))).json['@odata.count'] as number;
    expect(await count('startDateTime gt 2026-10-25T01:00:00.1234567Z')).toBe(2);
    expect(await count('startDateTime ge 2026-10-25T01:00:00.1234567Z')).toBe(3);
  });
});

describe('What Graph sent', () => {
  const FILES = readdirSync(FOLDER).filter((name) => /^(01|02|04|05|08|09|10)-.*\.json$/.test(name));

  test.each(FILES)('%s comes back as it came: properties, kinds of identity, enumeration members', async (name) => {
    const [payload] = records(name) as [Json];
    await server.store.import([readGraphRecord(payload)]);
    const { text } = await get(server, `${COLLECTION}/${String(payload.id)}`, UNKNOWN_MEMBERS);
    const answer = parseJson(text) as Json;
    for (const [property, value] of Object.entries(payload)) {
      if (property.includes('@') || ['sessions', 'organizer', 'participants'].includes(property)) continue;
      // An acsUser comes under its new name too.
      expect([property, answer[property]]).toMatchObject([property, withoutNulls(value)]);
    }
  });

  test('A member that no schema knows reads as unknownFutureValue, once; who asks for it gets what the source sent', async () => {
    const [payload] = records('08-unknown-enum-members.json') as [Json];
    await server.store.import([readGraphRecord(payload)]);
    const url = `${COLLECTION}/${String(payload.id)}`;
    const known = await get(server, url);
    expect(known.json).toMatchObject({
      type: 'unknownFutureValue',
      modalities: ['audio', 'unknownFutureValue'],
      recapAvailability: 'partial',
      organizer_v2: { identity: { endpointType: 'unknownFutureValue', hologram: { displayName: 'Stage left' } } },
      participants: [{ endpointType: 'unknownFutureValue' }],
      participants_v2: [{ identity: { endpointType: 'unknownFutureValue' } }],
    });
    const asked = await get(server, url, UNKNOWN_MEMBERS);
    expect(asked.headers.get('preference-applied')).toBe('include-unknown-enum-members');
    expect(asked.json).toMatchObject({
      type: 'townHall',
      modalities: ['audio', 'spatialAudio', 'unknownFutureValue'],
      organizer: { endpointType: 'wearable' },
      participants_v2: [{ identity: { endpointType: 'wearable' } }],
    });
  });

  test('Participants that were never fetched are absent, not an empty list', async () => {
    await importAll(server, [importRecord(1, { participants: null })]);
    const list = await get(server, listUrl({ $expand: 'participants_v2' }));
    const [record] = list.json.value as [Json];
    expect(record).not.toHaveProperty('participants_v2');
    const page = await get(server, `${COLLECTION}/${String(record.id)}/participants_v2`);
    expect(page.json.value).toEqual([]);
  });

  test('What this door answers is imported as the same record', async () => {
    const [payload] = records('05-mixed-identities.json') as [Json];
    const document = readGraphRecord(payload);
    await server.store.import([document]);
    const { text } = await get(server, `${COLLECTION}/${document.id}`, UNKNOWN_MEMBERS);
    const read = readGraphRecord(parseJson(text));
    const compared = ({ participants, organizer, extension }: typeof read) =>
      stringifyJson({ participants, organizer, extension });
    expect(compared(read)).toBe(compared(document));
  });
});

/** Nulls of an identity set say nothing and are not stored; annotations are the answer's own. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([name, member]) => [name, withoutNulls(member)]),
  );
}
