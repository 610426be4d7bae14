import { CallRecordsError, formatPath } from '../../src/domain/errors.js';
import { readGraphRecord } from '../../src/domain/graph-payload.js';
import { createInput, startTestServer, type TestServer } from '../support/harness.js';
import { call, COLLECTION } from '../support/calling.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.end());

/** What an import says of the record, by name. */
function importing(record: object): [string, string][] {
  try {
    readGraphRecord({ id: '3d2f4a10-0000-4000-8000-000000000001', ...record });
    return [];
  } catch (error) {
    const { violations = [] } = error as CallRecordsError;
    return violations.map(({ path, message }) => [formatPath(path), message]);
  }
}

test.each<[string, object]>([
  ['organizer', { organizer: '@{user=…}' }],
  ['organizer.user', { organizer: { user: [] } }],
  ['organizer_v2.identity', { organizer: null, organizer_v2: { identity: '@{user=…}' } }],
  ['organizer_v2.identity.user', { organizer: null, organizer_v2: { identity: { user: '' } } }],
  ['participants', { participants: { user: { id: 'a' } } }],
  ['participants[1]', { participants: [{ user: { id: 'a' } }, 'text'] }],
  ['participants[0].user', { participants: [{ user: '@{id=…}' }] }],
  ['participants[0].phone', { participants: [{ phone: 5 }] }],
  ['participants[0].guest.displayName', { participants: [{ guest: { id: 'a', displayName: {} } }] }],
  ['participants_v2[0].identity', { participants: null, participants_v2: [{ identity: 5 }] }],
  ['modalities', { modalities: 'audio' }],
])('Another kind of JSON in %s is refused by a create and by an import in the same words', async (name, changes) => {
  const body = { ...createInput(), ...changes };
  const [told] = importing(body);
  expect(told).toEqual([
    name,
    expect.stringMatching(/^Expected a (?:list of objects|list of strings|string)\.$|^Expected an object\.$/),
  ]);
  const { status, json } = await call(server, 'POST', COLLECTION, { body });
  expect(status).toBe(400);
  expect(json.error.message).toContain(told?.join(': '));
});
