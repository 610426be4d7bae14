import { readFileSync } from 'node:fs';
import { guid, importAll, importRecord, storePayloads } from '../support/asking.js';
import { createInput, RECORD, startTestServer, type TestServer } from '../support/harness.js';
import { call, COLLECTION, get, listUrl } from '../support/calling.js';

type Json = { [name: string]: unknown };
const PERSON = 'aaaaaaaa-0000-4000-8000-000000000001';
const MEETING = 'https://teams.microsoft.com/l/meetup-join/1';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  const user = { user: { id: PERSON, displayName: 'Person' } };
  const signedIn = { user: { ...user.user, userPrincipalName: 'Person@Contoso.example' } };
  await importAll(server, [
    importRecord(1, { organizer: user }),
    importRecord(2, { type: 'groupCall', joinWebUrl: MEETING, modalities: ['audio', 'video'] }),
    importRecord(3, { participants: [signedIn, { guest: { id: 'g' } }], modalities: [] }),
    importRecord(4, { organizer: { phone: { id: '+14255550123' } }, endDateTime: '2026-01-16T00:00:00.0000001Z' }),
    importRecord(5, { type: 'unknown', joinWebUrl: MEETING, version: 9007199254740993n.toString() }),
  ]);
  const mixed = ['05-mixed-identities', '08-unknown-enum-members', '01-peer-to-peer-audio'].map(
    (name) => JSON.parse(readFileSync(new URL(`../fixtures/graph/${name}.json`, import.meta.url), 'utf8')) as object,
  );
  await storePayloads(server, mixed);
  await call(server, 'POST', COLLECTION, { body: createInput() });
});
afterAll(() => server.end());

const QUERY = `${RECORD} query List($filter: CallRecordFilter, $orderBy: CallRecordOrder) {
  callRecords(first: 100, filter: $filter, orderBy: $orderBy) { totalCount nodes { ...Record } } }`;

const SET_MEMBERS = [
  ...['user', 'application', 'device', 'phone', 'guest', 'encrypted', 'onPremises', 'applicationInstance'],
  ...['assertedIdentity', 'azureCommunicationServicesUser', 'endpointType'],
];

/** What both doors show of an identity set. */
function common(set: Json | null): Json | null {
  if (set === null) return null;
  return Object.fromEntries(
    SET_MEMBERS.filter((name) => set[name] != null).map((name) => [
      name,
      typeof set[name] === 'string' ? set[name] : commonIdentity(set[name] as Json),
    ]),
  );
}

function commonIdentity(identity: Json): Json {
  const names = ['id', 'displayName', 'tenantId', 'userPrincipalName'].filter((name) => identity[name] != null);
  return Object.fromEntries(names.map((name) => [name, identity[name]]));
}

function comparable(record: Json): Json {
  const { id, type, modalities, startDateTime, endDateTime, lastModifiedDateTime, joinWebUrl } = record;
  return {
    ...{ id, type, modalities, startDateTime, endDateTime, lastModifiedDateTime, joinWebUrl },
    version: String(record.version),
    organizer: common(record.organizer as Json | null),
    participants: (record.participants as Json[]).map(common),
  };
}

async function fromGraphQL(variables: object, token?: string): Promise<{ count: number; records: Json[] }> {
  const { data } = await server.ask(QUERY, variables, token);
  return { count: data.callRecords.totalCount as number, records: (data.callRecords.nodes as Json[]).map(comparable) };
}

async function fromRest(
  options: Record<string, string>,
  token = server.token,
): Promise<{ count: number; records: Json[] }> {
  const { json } = await call(server, 'GET', listUrl({ $count: 'true', $top: '100', ...options }), { token });
  return { count: json['@odata.count'] as number, records: (json.value as Json[]).map(comparable) };
}

describe('The same question gets the same records at both doors', () => {
  test.each<[string, Record<string, string>, object, number]>([
    ['everything', {}, {}, 9],
    [
      'by time',
      { $filter: 'startDateTime ge 2026-01-15T12:02:00Z and startDateTime lt 2026-01-15T12:05:00Z' },
      { filter: { startDateTime: { gte: '2026-01-15T12:02:00Z', lt: '2026-01-15T12:05:00Z' } } },
      3,
    ],
    [
      'by participant',
      { $filter: `participants_v2/any(p:p/id eq '${PERSON.toUpperCase()}')` },
      { filter: { participant: { id: [PERSON] } } },
      1,
    ],
    [
      'by participant or organizer',
      { $filter: `participants/any(p:p/id eq '${PERSON}') or organizer_v2/id eq '${PERSON}'` },
      { filter: { or: [{ participant: { id: [PERSON] } }, { organizer: { id: [PERSON] } }] } },
      2,
    ],
    [
      'by sign-in name',
      { $filter: "participants_v2/any(p:p/identity/user/userPrincipalName eq 'person@contoso.EXAMPLE')" },
      { filter: { participant: { kind: ['USER'], userPrincipalName: 'PERSON@contoso.example' } } },
      1,
    ],
    [
      'by kind of organizer',
      { $filter: "organizer_v2/identity/phone/id eq '+14255550123'" },
      { filter: { organizer: { kind: ['PHONE'], id: ['+14255550123'] } } },
      1,
    ],
    ['not by type', { $filter: "not (type eq 'peerToPeer')" }, { filter: { not: { type: ['peerToPeer'] } } }, 4],
    ['by unknown type', { $filter: "type eq 'unknownFutureValue'" }, { filter: { type: ['unknownFutureValue'] } }, 1],
    [
      'by medium',
      { $filter: "modalities/any(m:m in ('video','data'))" },
      { filter: { modalities: { hasAny: ['video', 'data'] } } },
      2,
    ],
    ['by meeting', { $filter: `joinWebUrl eq '${MEETING}'` }, { filter: { joinWebUrl: MEETING } }, 2],
    ['not by meeting', { $filter: `joinWebUrl ne '${MEETING}'` }, { filter: { not: { joinWebUrl: MEETING } } }, 7],
    [
      'by end, oldest first',
      { $filter: 'endDateTime le 2026-01-16T00:00:00Z', $orderby: 'endDateTime asc' },
      {
        filter: { endDateTime: { lte: '2026-01-16T00:00:00Z' } },
        orderBy: { field: 'END_DATE_TIME', direction: 'ASC' },
      },
      4,
    ],
    [
      'by id',
      { $filter: `id in ('${guid(1)}','${guid(4)}')`, $orderby: 'lastModifiedDateTime desc' },
      { filter: { id: [guid(1), guid(4)] }, orderBy: { field: 'LAST_MODIFIED_DATE_TIME', direction: 'DESC' } },
      2,
    ],
  ])('%s', async (_what, options, variables, count) => {
    const rest = await fromRest(options);
    expect(rest).toEqual(await fromGraphQL(variables));
    expect([rest.count, rest.records.length]).toEqual([count, count]);
  });

  test('A person sees the same records at both doors, and no others', async () => {
    const token = await server.mint({ user: PERSON });
    const rest = await fromRest({}, token);
    expect(rest).toEqual(await fromGraphQL({}, token));
    expect(rest.records.map(({ id }) => id)).toEqual([guid(3), guid(1)]);
  });

  test('A record made here is read through GraphQL, one made there is read here', async () => {
    const here = await call(server, 'POST', COLLECTION, { body: createInput({ version: 7 }) });
    const there = await server.ask(
      'mutation ($input: CreateCallRecordInput!) { createCallRecord(input: $input) { id } }',
      { input: createInput({ version: 8 }) },
    );
    const ids = [here.json.id, there.data.createCallRecord.id] as string[];
    const { records } = await fromGraphQL({ filter: { id: ids } });
    for (const id of ids) {
      const { json } = await get(server, `${COLLECTION}/${id}`);
      expect(comparable(json as Json)).toEqual(records.find((record) => record.id === id));
      await server.store.delete(id);
    }
  });
});

describe('The statements of a request', () => {
  async function statements(url: string): Promise<string[]> {
    const sql: string[] = [];
    const end = server.store.onStatement((event) => sql.push(event.sql));
    try {
      expect((await get(server, url)).status).toBe(200);
      return sql;
    } finally {
      end();
    }
  }

  test.each<[string, Record<string, string>, number]>([
    ['A list', {}, 1],
    ['A list with participants', { $expand: 'participants_v2' }, 1],
    ['A list and its count', { $count: 'true' }, 2],
  ])('%s takes as many statements for one record as for all', async (_what, options, count) => {
    const one = await statements(listUrl({ ...options, $top: '1' }));
    const all = await statements(listUrl({ ...options, $top: '9' }));
    expect(all).toEqual(one);
    expect(all).toHaveLength(count);
  });

  test('A record with its participants takes one statement', async () => {
    expect(await statements(`${COLLECTION}/${guid(3)}`)).toHaveLength(1);
    expect(await statements(`${COLLECTION}/${guid(3)}/participants_v2?$count=true`)).toHaveLength(1);
  });
});
