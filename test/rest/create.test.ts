import { readFileSync } from 'node:fs';
import { CREATE, createInput, startTestServer, type TestServer } from '../support/harness.js';
import { call, COLLECTION, create, errorOf, get, type RestAnswer } from '../support/calling.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.end());

const post = (body: unknown, headers: Record<string, string> = {}): Promise<RestAnswer> =>
  call(server, 'POST', COLLECTION, { body, headers });
const count = async (): Promise<number> => (await get(server, `${COLLECTION}?$count=true&$top=0`)).json['@odata.count'];

/** The example request of the create page, with real values in place of "String" and "Integer". */
const EXAMPLE = {
  '@odata.type': '#microsoft.graph.callRecords.callRecord',
  version: 1,
  type: 'groupCall',
  modalities: ['audio', 'video'],
  startDateTime: '2026-02-25T18:52:21.2169889Z',
  endDateTime: '2026-02-25T18:52:46.7640013Z',
  joinWebUrl: 'https://teams.microsoft.com/l/meetup-join/19%3ameeting_example%40thread.v2/0',
  organizer: {
    '@odata.type': 'microsoft.graph.identitySet',
    user: { id: '821809f5-0000-0000-0000-3b5136c0e777', displayName: 'Abbie Wilkins' },
  },
  participants: [
    {
      '@odata.type': 'microsoft.graph.identitySet',
      user: { id: 'f69e2c00-0000-0000-0000-185e5f5f5d8a', displayName: 'Owen Franklin' },
    },
  ],
};

describe('A create', () => {
  test.each([COLLECTION, '/communications/callRecords'])(
    'The example of the create page, sent to %s, is 201',
    async (path) => {
      const answer = await call(server, 'POST', path, { body: EXAMPLE });
      const service = `${server.url}${path.replace('/communications/callRecords', '')}`;
      const { id, lastModifiedDateTime, ...rest } = answer.json;
      expect(answer.status).toBe(201);
      expect(answer.headers.get('location')).toBe(`${service}/communications/callRecords/${id}`);
      expect(Math.abs(Date.now() - Date.parse(lastModifiedDateTime))).toBeLessThan(60_000);
      const organizer = { user: EXAMPLE.organizer.user };
      const participant = { user: EXAMPLE.participants[0]?.user };
      expect(rest).toEqual({
        ...EXAMPLE,
        '@odata.context': `${service}/$metadata#communications/callRecords/$entity`,
        organizer,
        participants: [participant],
        organizer_v2: { id: organizer.user.id, identity: organizer },
        'participants_v2@odata.context': `${service}/$metadata#communications/callRecords('${id}')/participants_v2`,
        participants_v2: [{ id: participant.user?.id, identity: participant }],
      });
    },
  );

  test('The Location is where the record is, the same as it was answered', async () => {
    const created = await create(server);
    const read = await get(server, created.headers.get('location') as string);
    expect(read.text).toBe(created.text);
    expect(read.headers.get('etag')).toBe(created.headers.get('etag'));
  });

  test("id and lastModifiedDateTime of the body are ignored: the server's stand", async () => {
    const id = '11111111-1111-4111-8111-111111111111';
    const { json } = await create(server, { id, lastModifiedDateTime: '2001-01-01T00:00:00Z' });
    expect(json.id).not.toBe(id);
    expect(json.lastModifiedDateTime).not.toMatch(/^2001/);
  });

  test('Every digit of version comes out as it went in, as a JSON number', async () => {
    const body = JSON.stringify(createInput()).replace('"version":1', '"version":9007199254740993');
    const created = await post(body);
    expect(created.text).toContain('"version":9007199254740993,');
    expect((await get(server, `${COLLECTION}/${created.json.id}`)).text).toContain('"version":9007199254740993,');
  });

  test('Prefer: return=minimal answers 204 with Location and OData-EntityId', async () => {
    const answer = await post(createInput(), { prefer: 'return=minimal' });
    expect([answer.status, answer.text]).toEqual([204, '']);
    const location = answer.headers.get('location') as string;
    expect(answer.headers.get('odata-entityid')).toBe(location);
    expect(answer.headers.get('preference-applied')).toBe('return=minimal');
    expect((await get(server, location)).status).toBe(200);
  });

  test('Prefer: return=representation answers the record, and says so', async () => {
    const answer = await post(createInput(), { prefer: 'return=representation, omit-values=nulls' });
    expect([answer.status, answer.json.joinWebUrl]).toEqual([201, undefined]);
    expect(answer.headers.get('preference-applied')).toBe('omit-values=nulls, return=representation');
  });

  test('application/json with OData parameters and charset=utf-8 is read', async () => {
    const type = 'application/json;odata.metadata=minimal;charset=utf-8';
    expect((await post(createInput(), { 'content-type': type })).status).toBe(201);
  });
});

describe('The forms of a body', () => {
  const set = { user: { id: 'u1', displayName: 'One' } };

  test('organizer_v2 and participants_v2 stand in where organizer and participants are missing', async () => {
    const { json } = await create(server, {
      organizer: undefined,
      participants: undefined,
      organizer_v2: {
        '@odata.type': '#microsoft.graph.callRecords.organizer',
        id: 'u1',
        identity: set,
        administrativeUnitInfos: null,
      },
      participants_v2: [{ id: 'u1', identity: set, administrativeUnitInfos: [] }],
    });
    expect(json).toMatchObject({ organizer: set, participants: [set], organizer_v2: { id: 'u1', identity: set } });
  });

  test('What is wrong in a stand-in is named where the client wrote it', async () => {
    const body = createInput({
      organizer: null,
      participants: [],
      organizer_v2: { identity: {} },
      participants_v2: [{ identity: { user: {} } }],
    });
    expect(errorOf(await post(body)).details).toEqual({
      'organizer_v2.identity': 'identity',
      'participants_v2[0].identity.user': 'identity',
    });
  });

  const fixture = (name: string) =>
    JSON.parse(readFileSync(new URL(`../fixtures/graph/${name}.json`, import.meta.url), 'utf8')) as {
      participants_v2: { id: string; identity: object }[];
      value: { id: string; identity: object; administrativeUnitInfos?: object[] }[];
    };

  test('Beside the legacy members the newer ones win, and are completed by them: user principal names stay', async () => {
    const { json } = await create(server, fixture('01-peer-to-peer-audio'));
    const names = ['ines.calder@contoso.com', 'tomasz.rybak@contoso.com'];
    expect(json.organizer.user.userPrincipalName).toBe(names[0]);
    expect(
      json.participants.map(({ user }: { user: { userPrincipalName: string } }) => user.userPrincipalName),
    ).toEqual(names);
    const phone = { id: '+14255550123', displayName: 'Desk' };
    const both = await create(server, {
      organizer: { user: { id: 'u1', displayName: 'Former', tenantId: 't1' } },
      organizer_v2: { identity: set },
      participants: [{ phone }, { user: { id: 'u2' } }],
      participants_v2: [
        { id: 'u1', identity: set },
        { id: phone.id, identity: { phone: { id: phone.id } } },
      ],
    });
    expect(both.json.organizer).toEqual({ user: { ...set.user, tenantId: 't1' } });
    expect(both.json.participants).toEqual([set, { phone }, { user: { id: 'u2' } }]);
  });

  test('A legacy list, cut at 130, does not cut the newer one', async () => {
    const first = fixture('03-group-call-large');
    const rest = fixture('03-group-call-large-participants-page-2').value;
    const participants_v2 = [...first.participants_v2, ...rest];
    const { json } = await create(server, { ...first, participants_v2, sessions: [] });
    expect(json.participants).toHaveLength(143);
    const page = await get(server, json['participants_v2@odata.nextLink'] as string);
    expect(page.json.value.map(({ id }: { id: string }) => id)).toEqual(rest.map(({ id }) => id));
  });

  test('Where both are sent both are checked, each by its own name', async () => {
    const body = createInput({
      organizer: { user: { id: 7 } },
      organizer_v2: 'junk',
      participants: [set, { robot: { id: 'r' } }],
      participants_v2: [
        'junk',
        { foo: 1 },
        { id: 'u2', identity: set },
        { id: 'u1', identity: { user: { id: null } } },
      ],
    });
    expect(errorOf(await post(body)).details).toEqual({
      'organizer.user.id': 'type',
      organizer_v2: 'type',
      'participants[1]': 'identity',
      'participants[1].robot': 'unknown',
      'participants_v2[0]': 'type',
      'participants_v2[1].foo': 'unknown',
      'participants_v2[1].identity': 'required',
      'participants_v2[2].id': 'identity',
      'participants_v2[3].id': 'identity',
      'participants_v2[3].identity.user': 'identity',
    });
    expect(errorOf(await post(createInput({ participants_v2: 'junk' }))).details).toEqual({ participants_v2: 'type' });
    expect(errorOf(await post(createInput({ participants: null, participants_v2: { id: 1 } }))).details).toEqual({
      participants_v2: 'type',
    });
  });

  test('Two organizers are one too many: neither is dropped', async () => {
    const body = createInput({ organizer_v2: { id: 'u1', identity: set } });
    expect(errorOf(await post(body)).details).toEqual({ organizer: 'exclusive' });
  });

  test('A legacy member of which Graph has left nothing gives way, and an empty newer one too', async () => {
    const { json } = await create(server, {
      organizer: { user: null, phone: null, acsUser: null },
      organizer_v2: { identity: { phone: { id: '+1', userPrincipalName: null } } },
      participants: undefined,
      participants_v2: [],
    });
    expect([json.organizer, json.participants]).toEqual([{ phone: { id: '+1' } }, []]);
    const legacy = await create(server, { organizer: set, organizer_v2: {}, participants: [set], participants_v2: [] });
    expect([legacy.json.organizer, legacy.json.participants]).toEqual([set, [set]]);
  });

  test('Members that are null or empty pass: a payload copied from Graph can be sent', async () => {
    const { json } = await create(server, {
      organizer: { ...set, acsUser: null, spoolUser: {}, user: { ...set.user, hidden: null, tags: [] } },
      sessions: [],
      recapAvailability: null,
      feedback: {},
      'sessions@odata.context': 'https://graph.microsoft.com/',
    });
    expect(json.organizer).toEqual(set);
    expect(json).not.toHaveProperty('recapAvailability');
  });

  test('What this door answers can be sent to it again', async () => {
    const first = await create(server);
    const again = await post(first.text);
    expect(again.status).toBe(201);
    expect(again.json.participants_v2).toEqual(first.json.participants_v2);
  });

  test.each([
    ['record', { '@odata.type': '#microsoft.graph.user' }, '@odata.type'],
    ['identity set', { organizer: { '@odata.type': '#microsoft.graph.identity', ...set } }, 'organizer.@odata.type'],
    [
      'identity',
      { organizer: { user: { '@odata.type': '#microsoft.graph.phoneIdentity', id: 'x' } } },
      'organizer.user.@odata.type',
    ],
    [
      'entity',
      { organizer: null, organizer_v2: { '@odata.type': '#microsoft.graph.callRecords.session', identity: set } },
      'organizer_v2.@odata.type',
    ],
  ])('An @odata.type that is wrong for the %s is refused', async (_what, changes, target) => {
    expect(errorOf(await post(createInput(changes)))).toMatchObject({
      status: 400,
      target,
      details: { [target]: 'type' },
    });
  });

  test.each(['#microsoft.graph.userIdentity', 'microsoft.graph.callRecords.userIdentity', '#microsoft.graph.identity'])(
    'The type %s of a user is right',
    async (type) => {
      const { json } = await create(server, { organizer: { user: { '@odata.type': type, id: 'x' } } });
      expect(json.organizer).toEqual({ user: { id: 'x' } });
    },
  );

  test('Sessions are refused rather than dropped: they are read-only', async () => {
    const answer = errorOf(await post(createInput({ sessions: [{ id: '1' }] })));
    expect(answer).toMatchObject({ status: 400, code: 'BadRequest', details: { sessions: 'readOnly' } });
  });

  test('A property that is unknown, at any depth, is refused by name', async () => {
    const changes = { direction: 'inbound', organizer: { user: { id: 'x', mail: 'a@b' }, robot: { id: 'r' } } };
    expect(errorOf(await post(createInput(changes))).details).toEqual({
      direction: 'unknown',
      'organizer.user.mail': 'unknown',
      'organizer.robot': 'unknown',
    });
  });

  test('__proto__ is such a property: nothing of the record is taken from it', async () => {
    const { version: _version, ...rest } = createInput();
    const body = JSON.stringify(rest).replace('{', '{"__proto__":{"version":7},');
    expect(errorOf(await post(body)).details).toEqual({ version: 'required', ['__proto__']: 'unknown' });
  });
});

describe('A create that is wrong', () => {
  test('Everything missing is named at once, and nothing is stored', async () => {
    const before = await count();
    const answer = errorOf(await post({}));
    expect(answer).toMatchObject({ status: 400, code: 'BadRequest' });
    expect(answer.details).toEqual(
      Object.fromEntries(
        ['version', 'type', 'modalities', 'startDateTime', 'endDateTime', 'organizer', 'participants'].map((name) => [
          name,
          'required',
        ]),
      ),
    );
    expect(await count()).toBe(before);
  });

  const MANY = 130_000;
  test.each<[string, object, string, string]>([
    ['participants', { participants: Array(4_999).fill({}) }, '4999', '4899 more'],
    ['participants more', { participants: Array(MANY).fill({}) }, '5000 or more', '4900 or more'],
    ['values in place of participants', { participants: Array(MANY).fill(1) }, '5000 or more', '4900 or more'],
    ['participants behind many others', { participants: behind(12_000, 102) }, '102', '2 more'],
    [
      'participants_v2',
      { participants: undefined, participants_v2: Array(101).fill({ identity: {} }) },
      '101',
      '1 more',
    ],
    ['participants_v2 more', { participants_v2: Array(MANY).fill({ x: 1 }) }, '5000 or more', '4900 or more'],
    ['properties', Object.fromEntries(Array.from({ length: 120 }, (_, index) => [`p${index}`, 1])), '120', '20 more'],
  ])(
    'Of very many %s that are wrong 100 are told, and how many more there are',
    async (_what, changes, values, more) => {
      const { status, json } = await post(createInput(changes));
      expect([status, json.error.details.length]).toEqual([400, 100]);
      expect(json.error.message).toMatch(new RegExp(`^${values} values are not valid: .* and ${more}$`));
    },
  );

  /** So many who are right, and behind them so many who are none. */
  function behind(right: number, wrong: number): unknown[] {
    return [...(Array(right).fill({ phone: { id: '+1' } }) as unknown[]), ...(Array(wrong).fill(1) as unknown[])];
  }

  test('A very long list in place of one value is told as one violation', async () => {
    expect(errorOf(await post(createInput({ type: Array(10_000).fill('peerToPeer') }))).details).toEqual({
      type: 'enum',
    });
  });

  test.each<[string, object, Record<string, string>]>([
    ['end before start', { endDateTime: '2026-02-25T18:52:21.2169888Z' }, { endDateTime: 'order' }],
    ['an unknown modality', { modalities: ['smell'] }, { 'modalities[0]': 'enum' }],
    ['a group call without its URL', { type: 'groupCall' }, { joinWebUrl: 'required' }],
    [
      'an eighth fractional digit',
      { startDateTime: '2026-02-25T18:52:21.21698891Z' },
      { startDateTime: 'DateTimeOffset' },
    ],
    ['version 0', { version: 0 }, { version: 'minimum' }],
  ])('%s is 400, with the rule GraphQL names', async (_what, changes, details) => {
    expect(errorOf(await post(createInput(changes)))).toMatchObject({ status: 400, details });
    const answer = await server.ask(CREATE, { input: createInput(changes) });
    const violations = (answer.errors?.[0]?.extensions.violations ?? []) as { path: (string | number)[] }[];
    expect(violations).toHaveLength(1);
    expect(violations[0]?.path.slice(1).join('.')).toBe(Object.keys(details)[0]?.replace(/\[(\d)\]/, '.$1'));
  });

  test.each<[string, string | Uint8Array, RegExp]>([
    ['Broken JSON', '{"version":', /not JSON/],
    ['An empty body', '', /not JSON/],
    ['Text behind the object', `${JSON.stringify(createInput())} x`, /not JSON/],
    ['A byte order mark', `\uFEFF${JSON.stringify(createInput())}`, /not JSON/],
    ['A key twice in one object', '{"version":1,"type":"peerToPeer", "version" : 1}', /"version" stands twice/],
    ['A key twice further down', '{"organizer":{"user":{"id":"a"},"us\\u0065r":{"id":"a"}}}', /"user" stands twice/],
    ['An array', '[]', /object/],
    ['null', 'null', /object/],
    ['Malformed UTF-8', new Uint8Array([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d]), /not UTF-8/],
    ['JSON of 33 levels', `${'{"a":'.repeat(33)}1${'}'.repeat(33)}`, /32 levels/],
  ])('%s is 400', async (_what, body, message) => {
    const answer = errorOf(await post(body));
    expect([answer.status, answer.code]).toEqual([400, 'BadRequest']);
    expect(answer.message).toMatch(message);
  });

  test('Equal keys in different objects, and texts that look like keys, are no duplicates', async () => {
    const displayName = 'say "id": twice';
    const { json } = await create(server, {
      organizer: { user: { id: 'a', displayName }, phone: { id: 'a', displayName } },
    });
    expect(json.organizer.phone.displayName).toBe(displayName);
  });

  test.each([
    ['text/plain', 'text/plain'],
    ['application/xml', 'application/xml'],
    ['another charset', 'application/json; charset=utf-16'],
  ])('A body of %s is 415', async (_what, type) => {
    expect(errorOf(await post(createInput(), { 'content-type': type }))).toMatchObject({
      status: 415,
      code: 'UnsupportedMediaType',
    });
  });

  test('A body without Content-Type, or compressed, is 415', async () => {
    const bare = await call(server, 'POST', COLLECTION, {
      body: new TextEncoder().encode('{}'),
      headers: { 'content-type': '' },
    });
    expect(errorOf(bare)).toMatchObject({ status: 415, code: 'UnsupportedMediaType' });
    expect(errorOf(await call(server, 'POST', COLLECTION)).status).toBe(415);
    expect(errorOf(await post(createInput(), { 'content-encoding': 'gzip' })).status).toBe(415);
    expect((await post(createInput(), { 'content-encoding': 'Identity' })).status).toBe(201);
  });
});

describe('Idempotency-Key', () => {
  const key = (value: string) => ({ 'idempotency-key': value });

  test('The same key with the same body answers 201 with the first record, through either door', async () => {
    const first = await post(createInput(), key('both'));
    const again = await post(createInput({ '@odata.type': 'microsoft.graph.callRecords.callRecord' }), key('both'));
    expect([again.status, again.text]).toEqual([201, first.text]);
    const graphql = await server.ask(CREATE, { input: createInput(), idempotencyKey: 'both' });
    expect(graphql.data.createCallRecord.id).toBe(first.json.id);
  });

  test('A key used through GraphQL answers its record here, and is 409 for another body', async () => {
    const { data } = await server.ask(CREATE, { input: createInput(), idempotencyKey: 'from-graphql' });
    expect((await post(createInput(), key('from-graphql'))).json.id).toBe(data.createCallRecord.id);
    const other = errorOf(await post(createInput({ version: 2 }), key('from-graphql')));
    expect(other).toMatchObject({ status: 409, code: 'Conflict' });
  });

  test('A key of 256 characters is refused, one of 255 is taken', async () => {
    expect(errorOf(await post(createInput(), key('k'.repeat(256)))).details).toEqual({ 'Idempotency-Key': 'length' });
    expect((await post(createInput(), key('k'.repeat(255)))).status).toBe(201);
  });

  test('Without a key a repetition is a second record', async () => {
    const [first, second] = [await create(server), await create(server)];
    expect(second.json.id).not.toBe(first.json.id);
  });
});
