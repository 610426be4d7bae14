import { guid, importRecord } from '../support/asking.js';
import { createInput, startTestServer, type TestServer } from '../support/harness.js';
import { call, COLLECTION, errorOf, get } from '../support/calling.js';
import { readGraphRecord } from '../../src/domain/graph-payload.js';

const PERSON = '821809f5-0000-0000-0000-3b5136c0e777';
const TWICE = 'aaaaaaaa-0000-4000-8000-00000000000a';
const ONE = `${COLLECTION}/${guid(1)}`;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  const segments = [{ id: 'first', media: [] }, { id: 'second' }];
  const sessions = [
    { id: TWICE, modalities: ['audio'], segments },
    { id: TWICE, modalities: ['video'], segments: [] },
    { id: "it's/one", modalities: ['data'], segments: [{ id: 'x' }] },
  ];
  await server.store.import([
    readGraphRecord({ ...importRecord(1), sessions }),
    readGraphRecord({ ...importRecord(2), organizer: null, organizer_v2: null }),
  ]);
});
afterAll(() => server.end());

describe('Both versions of Microsoft Graph are served', () => {
  test('/beta answers what /v1.0 does, with links, contexts and locations of its own', async () => {
    const [stable, beta] = await Promise.all(['/v1.0', '/beta'].map((version) => get(server, listOf(version))));
    expect(beta?.text).toBe(stable?.text.replaceAll('/v1.0/', '/beta/'));
    const next = beta?.json['@odata.nextLink'] as string;
    expect(next).toMatch(/\/beta\/communications\/callRecords\?/);
    expect((await get(server, next)).json['@odata.context']).toMatch(/\/beta\/\$metadata#/);
    const created = await call(server, 'POST', '/beta/communications/callRecords', { body: createInput() });
    expect(created.headers.get('location')).toBe(
      `${server.url}/beta/communications/callRecords/${created.json.id as string}`,
    );
    await server.store.delete(created.json.id as string);
  });

  const listOf = (version: string) => `${version}/communications/callRecords?$top=1&$expand=sessions`;
});

describe('A path is understood however its names are spelled', () => {
  test.each([
    '/V1.0/communications/callRecords/$count',
    '/v1.0/Communications/callrecords/%24count',
    '/BETA/COMMUNICATIONS/CALLRECORDS/$COUNT/',
    '//v1.0/communications/callRecords/$count',
    '/communications/CallRecords/$Count',
  ])('%s', async (path) => {
    const answer = await get(server, `${server.url}${path}`);
    expect([answer.status, answer.text]).toEqual([200, '2']);
  });

  test('The keys in it stay as they are', async () => {
    for (const path of [
      `${ONE}/Sessions/it's%2Fone`,
      `${ONE}/sessions('it''s%2Fone')`,
      `${ONE}/sessions(%27it%27%27s%2Fone%27)`,
    ])
      expect((await get(server, path)).json.modalities).toEqual(['data']);
    expect(errorOf(await get(server, `${ONE}/sessions/IT'S%2FONE`)).status).toBe(404);
  });
});

describe('Where there is nothing, the answer is the envelope of Graph', () => {
  test.each(['/beta/users', '/V1.0/me', '/Communications/x', '/v2.0/communications/callRecords', '/callRecords'])(
    '%s is 404 NotFound',
    async (path) => expect(errorOf(await get(server, path))).toMatchObject({ status: 404, code: 'NotFound' }),
  );

  test.each([
    ['getPstnCalls(fromDateTime=2026-05-01,toDateTime=2026-06-01)', /^The function getPstnCalls is not offered here/],
    [
      'microsoft.graph.callRecords.getDirectRoutingCalls(fromDateTime=2026-05-01T00:00:00Z,toDateTime=2026-06-01T00:00:00Z)',
      /^The function getDirectRoutingCalls is not offered here/,
    ],
    ['getSmsLog?$top=5', /^The function getSmsLog is not offered here/],
    ['delta', /^The function delta is not offered here/],
    ['$ref', /^\$ref is not offered here/],
    ['not-a-guid', /^"not-a-guid" is not the id of a call record: that is a GUID\.$/],
    ['x'.repeat(300), /^"x{60}…" is not the id/],
    ['x/sessions/0', /^"x" is not the id/],
  ])('callRecords/%s is 404 and says what it is not', async (path, message) => {
    const answer = errorOf(await get(server, `${COLLECTION}/${path}`));
    expect([answer.status, answer.code]).toEqual([404, 'NotFound']);
    expect(answer.message).toMatch(message);
  });
});

describe('The paths for which generated clients have builders', () => {
  test.each([
    [`${COLLECTION}/$count`, '2'],
    [`${COLLECTION}/$count?$filter=id%20eq%20'${guid(2)}'`, '1'],
    [`${ONE}/participants_v2/$count`, '2'],
    [`${ONE}/sessions/$count`, '3'],
    [`${ONE}/sessions/0/segments/$count`, '2'],
  ])('%s is %s, as text, whatever the client accepts', async (path, count) => {
    for (const accept of ['text/plain', 'application/json', '*/*']) {
      const answer = await get(server, path, { accept });
      expect([answer.status, answer.headers.get('content-type'), answer.text]).toEqual([
        200,
        'text/plain; charset=utf-8',
        count,
      ]);
    }
  });

  test('A count takes $filter alone, and refuses what it cannot read', async () => {
    expect(errorOf(await get(server, `${COLLECTION}/$count?$top=1`)).target).toBe('$top');
    expect(errorOf(await get(server, `${COLLECTION}/$count?$filter=x`)).target).toBe('$filter');
    expect(errorOf(await get(server, `${ONE}/sessions/$count?$filter=x`)).target).toBe('$filter');
  });

  test('The organizer is an entity of its own; a record without one answers 204', async () => {
    const { json } = await get(server, `${ONE}/organizer_v2`);
    expect(json).toMatchObject({ id: PERSON, identity: { user: { id: PERSON } } });
    expect(json['@odata.context']).toBe(
      `${server.url}/v1.0/$metadata#communications/callRecords('${guid(1)}')/organizer_v2/$entity`,
    );
    expect(Object.keys((await get(server, `${ONE}/organizer_v2?$select=id`)).json)).toEqual(['@odata.context', 'id']);
    expect((await get(server, `${COLLECTION}/${guid(2)}/organizer_v2`)).status).toBe(204);
  });

  test('A participant is found by the id of the identity, of any case; there is no other', async () => {
    expect((await get(server, `${ONE}/participants_v2/${PERSON.toUpperCase()}`)).json.id).toBe(PERSON);
    expect((await get(server, `${ONE}/participants_v2('%2B14255550123')?$select=id`)).json).toMatchObject({
      '@odata.context': expect.stringMatching(/\/participants_v2\(id\)\/\$entity$/),
      id: '+14255550123',
    });
    expect(errorOf(await get(server, `${ONE}/participants_v2/0`)).message).toBe(
      'The call record has no participant "0".',
    );
  });

  test('A session is found by its id, and by its place where that stands there twice', async () => {
    const modalities = async (key: string) => (await get(server, `${ONE}/sessions/${key}`)).json.modalities as string[];
    expect(await modalities(TWICE.toUpperCase())).toEqual(['audio']);
    expect([await modalities('0'), await modalities('1'), await modalities('-1')]).toEqual([
      ['audio'],
      ['video'],
      ['data'],
    ]);
    for (const key of ['3', '-4', 'x', '1e0'])
      expect(errorOf(await get(server, `${ONE}/sessions/${key}`))).toMatchObject({ status: 404, code: 'NotFound' });
  });

  test('A session has its segments where they are expanded, and they have pages of their own', async () => {
    expect((await get(server, `${ONE}/sessions/0`)).json).not.toHaveProperty('segments');
    expect((await get(server, `${ONE}/sessions/0?$expand=segments($select=id)&$select=id`)).json).toEqual({
      '@odata.context': `${server.url}/v1.0/$metadata#communications/callRecords('${guid(1)}')/sessions(id,segments(id))/$entity`,
      id: TWICE,
      segments: [{ id: 'first' }, { id: 'second' }],
    });
    const first = await get(server, `${ONE}/sessions('${TWICE}')/segments?$top=1&$count=true`);
    expect(first.json).toMatchObject({ '@odata.count': 2, value: [{ id: 'first', media: [] }] });
    const second = await get(server, first.json['@odata.nextLink'] as string);
    expect(second.json.value).toEqual([{ id: 'second' }]);
    expect((await get(server, `${ONE}/sessions/0/segments/second`)).json.id).toBe('second');
    expect(errorOf(await get(server, `${ONE}/sessions/1/segments/0`)).status).toBe(404);
  });

  test('A person sees none of it of a call of others', async () => {
    const token = await server.mint({ user: 'bbbbbbbb-0000-4000-8000-00000000000b' });
    const below = [
      'organizer_v2',
      `participants_v2/${PERSON}`,
      'participants_v2/$count',
      'sessions',
      'sessions/$count',
    ];
    for (const path of [
      ...below,
      'sessions/0',
      'sessions/0/segments',
      'sessions/0/segments/$count',
      'sessions/0/segments/0',
    ])
      expect([path, (await call(server, 'GET', `${ONE}/${path}`, { token })).status]).toEqual([path, 404]);
    expect((await call(server, 'GET', `${COLLECTION}/$count`, { token })).text).toBe('0');
    expect((await call(server, 'GET', `${COLLECTION}?$expand=sessions`, { token })).json.value).toEqual([]);
  });

  test('Other methods are 405 at each', async () => {
    for (const path of ['$count', `${guid(1)}/organizer_v2`, `${guid(1)}/sessions/0/segments/0`])
      expect((await call(server, 'DELETE', `${COLLECTION}/${path}`)).headers.get('allow')).toBe('GET, HEAD');
  });
});
