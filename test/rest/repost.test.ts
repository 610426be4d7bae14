import { stringifyJson } from '../../src/platform/json.js';
import { createInput, startTestServer, type TestServer } from '../support/harness.js';
import { fixtureRecords } from '../support/opened-store.js';
import { call, COLLECTION, create, errorOf, get } from '../support/calling.js';

type Json = { [name: string]: unknown };

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.end());

const NAMES = [
  ...['01-peer-to-peer-audio', '02-group-call-three-participants', '03-group-call-large', '04-pstn-inbound'],
  ...['05-mixed-identities', '06-precision', '07-version-1', '07-version-2', '08-unknown-enum-members'],
  ...['09-nulls-everywhere', '10-full-depth', '11-list-page-1', '11-list-page-3-last'],
];

/**
 * What a create asks for and an import does not, or has no place for, and says so: what is wrong with a fixture, and how to
 * put it right.
 */
const AMENDED: Record<string, { rules: Record<string, string>; amend: (record: Json) => Json }> = {
  '05-mixed-identities': {
    rules: {
      'participants_v2[12].id': 'identity',
      'participants_v2[12].identity': 'identity',
      'participants[12]': 'identity',
    },
    amend: (record) => withPeople(record, (people) => people.slice(0, 12)),
  },
  '06-precision': {
    rules: { participants: 'required' },
    amend: (record) => ({ ...record, participants: [] }),
  },
  '08-unknown-enum-members': {
    rules: {
      recapAvailability: 'unknown',
      'organizer.hologram': 'unknown',
      'organizer_v2.identity.hologram': 'unknown',
      'participants[0].hologram': 'unknown',
      'participants_v2[0].identity.hologram': 'unknown',
    },
    amend: (record) =>
      JSON.parse(
        JSON.stringify(record, (name, value: unknown) =>
          name === 'recapAvailability' || name === 'hologram' ? undefined : value,
        ),
      ) as Json,
  },
  '09-nulls-everywhere': {
    rules: {
      organizer: 'required',
      ...Object.fromEntries(
        [0, 1].flatMap((place) => [
          [`participants[${place}]`, 'identity'],
          [`participants_v2[${place}].id`, 'identity'],
          [`participants_v2[${place}].identity`, 'identity'],
        ]),
      ),
    },
    amend: (record) => ({ ...withPeople(record, () => []), organizer: { user: { id: 'x' } }, organizer_v2: null }),
  },
  '11-list-page-1': { rules: { participants: 'required' }, amend: listed },
  '11-list-page-3-last': { rules: { participants: 'required' }, amend: listed },
};

/** Of lists: participants were never fetched, nor is every meeting's link there. */
function listed(record: Json): Json {
  return { joinWebUrl: 'https://example.com/meet', ...dropNulls(record), participants: [] };
}

const dropNulls = (record: Json): Json =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null));

function withPeople(record: Json, change: (people: unknown[]) => unknown[]): Json {
  const { participants, participants_v2 } = record as { participants: unknown[]; participants_v2: unknown[] };
  return { ...record, participants: change(participants), participants_v2: change(participants_v2) };
}

/** What a create keeps no trace of: annotations, and what says nothing. */
function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(
    ([name, member]) => !name.includes('@') && member !== null && !(Array.isArray(member) && member.length === 0),
  );
  return Object.fromEntries(members.map(([name, member]) => [name, comparable(member)]));
}

describe('What our own GET answers, our own POST takes', () => {
  test.each(NAMES)('Every record of %s, less its sessions and what it says is imported', async (name) => {
    const documents = await fixtureRecords(name);
    await server.store.import(documents);
    for (const { id } of documents) {
      const answer = await get(server, `${COLLECTION}/${id}?$expand=*`);
      const { sessions: _sessions, ...read } = answer.json as Json;
      const amended = AMENDED[name];
      if (amended) {
        const refused = await call(server, 'POST', COLLECTION, { body: stringifyJson(read) });
        expect(errorOf(refused).details).toMatchObject(amended.rules);
        for (const { message } of refused.json.error.details) expect(message).toMatch(/ is imported\.$/);
      }
      const body = amended ? amended.amend(read) : read;
      const created = await call(server, 'POST', COLLECTION, { body: stringifyJson(body) });
      expect([created.status, created.text]).toEqual([201, created.text]);
      const own = {
        id: created.json.id as string,
        lastModifiedDateTime: created.json.lastModifiedDateTime as string,
      };
      const again = (await get(server, `${COLLECTION}/${own.id}`)).json as Json;
      expect(again).toMatchObject(
        comparable({ ...body, organizer: again.organizer, organizer_v2: again.organizer_v2, ...own }) as Json,
      );
    }
  });
});

describe('What Graph is known to send is kept', () => {
  const UNITS = [{ id: '74ff9a5b-0000-4000-8000-000000000001' }];
  const application = { id: 'bot', displayName: 'Notetaker', hidden: true, applicationType: 'bot' };
  const acs = { id: '8:acs:one', azureCommunicationServicesResourceId: 'resource' };

  test('In sets, in identities and beside them, at its place', async () => {
    const { json } = await create(server, {
      organizer: undefined,
      organizer_v2: { identity: { application }, administrativeUnitInfos: UNITS },
      participants: [{ guest: { id: 'g', email: 'g@example.com' } }, { phone: { id: '+1' } }],
      participants_v2: [
        { identity: { phone: { id: '+1' } } },
        { identity: { azureCommunicationServicesUser: acs }, administrativeUnitInfos: UNITS },
      ],
    });
    const { organizer_v2, participants_v2, participants } = (await get(server, `${COLLECTION}/${json.id as string}`))
      .json;
    expect(organizer_v2).toEqual({ id: 'bot', identity: { application }, administrativeUnitInfos: UNITS });
    expect(participants_v2).toEqual([
      { id: '+1', identity: { phone: { id: '+1' } } },
      { id: acs.id, identity: { azureCommunicationServicesUser: acs }, administrativeUnitInfos: UNITS },
      { id: 'g', identity: { guest: { id: 'g', email: 'g@example.com' } } },
    ]);
    expect(participants).toHaveLength(3);
  });

  test('A legacy acsUser is the user of Azure Communication Services that it is', async () => {
    const { json } = await create(server, { participants: [{ acsUser: { id: acs.id } }] });
    expect(json.participants).toEqual([{ acsUser: { id: acs.id }, azureCommunicationServicesUser: { id: acs.id } }]);
  });

  test('It is part of what an idempotency key stands for', async () => {
    const post = (units: object[]) =>
      call(server, 'POST', COLLECTION, {
        body: createInput({
          organizer: undefined,
          organizer_v2: { identity: { application }, administrativeUnitInfos: units },
        }),
        headers: { 'idempotency-key': 'units' },
      });
    const first = await post(UNITS);
    expect([first.status, (await post(UNITS)).json.id]).toEqual([201, first.json.id]);
    expect((await post([{ id: 'another' }])).status).toBe(409);
  });

  test('What is of another type is refused by name', async () => {
    const body = createInput({
      organizer: { application: { id: 'x', hidden: 'yes' }, spoolUser: 'x' },
      participants: undefined,
      participants_v2: [{ identity: { phone: { id: '+1' } }, administrativeUnitInfos: [{ id: 7 }] }],
    });
    expect(errorOf(await call(server, 'POST', COLLECTION, { body })).details).toEqual({
      'organizer.application.hidden': 'type',
      'organizer.spoolUser': 'type',
      'participants_v2[0].administrativeUnitInfos[0].id': 'type',
    });
  });

  test('Of anything else is said that an import takes it', async () => {
    const body = createInput({ direction: 'in', organizer: { user: { id: 'x', mail: 'x' } } });
    const { message, details } = (await call(server, 'POST', COLLECTION, { body })).json.error;
    expect(message).toContain('2 values are not valid');
    for (const detail of details)
      expect(detail.message).toMatch(/Not taken in a create; a record that holds it is imported/);
  });
});
