import { guid, importAll, importRecord } from '../support/asking.js';
import { createInput, REQUEST_ID, startTestServer, type TestServer } from '../support/harness.js';
import { call, COLLECTION, errorOf, type RestAnswer } from '../support/calling.js';

const BATCH = '/v1.0/$batch';
const RECORDS = '/communications/callRecords';
const JSON_TYPE = { 'Content-Type': 'application/json' };

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await importAll(server, [importRecord(1, { version: '9007199254740993' }), importRecord(2)]);
});
afterAll(() => server.end());

interface Answered {
  id: string;
  status: number;
  headers: Record<string, string>;
  // Tests read answers of every shape.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  body: any;
}

const send = (requests: unknown, token = server.token, at = server): Promise<RestAnswer> =>
  call(at, 'POST', BATCH, { body: { requests }, token });

async function answersTo(requests: object[], token?: string, at?: TestServer): Promise<Answered[]> {
  const { status, json } = await send(requests, token, at);
  expect(status).toBe(200);
  return json.responses as Answered[];
}

const statuses = (answers: Answered[]) => answers.map(({ id, status }) => [id, status]);
const get = (id: string, url: string, more: object = {}) => ({ id, method: 'GET', url, ...more });

describe('A batch', () => {
  test('Each request is answered as if it came by itself, in the order given', async () => {
    const answers = await answersTo([
      get('1', `${RECORDS}?$top=1&$select=version&$filter=id eq '${guid(1)}'`),
      get('2', `${RECORDS}/00000000-0000-4000-8000-000000000000`),
      get('3', 'communications/callRecords/$count'),
      get('3 again', '/v1.0/communications/callRecords/$count'),
      get('4', `${RECORDS}?$top=x`),
      { id: '5', method: 'DELETE', url: RECORDS },
      get('6', '/me'),
    ]);
    expect(statuses(answers)).toEqual([
      ['1', 200],
      ['2', 404],
      ['3', 200],
      ['3 again', 200],
      ['4', 400],
      ['5', 405],
      ['6', 404],
    ]);
    const [list, none, count, again, wrong, refused] = answers as [
      Answered,
      Answered,
      Answered,
      Answered,
      Answered,
      Answered,
    ];
    expect(list.body.value).toMatchObject([{ id: guid(1) }]);
    expect(list.body['@odata.context']).toBe(`${server.url}/v1.0/$metadata#communications/callRecords(version)`);
    expect(none.body.error.code).toBe('NotFound');
    expect(none.headers['request-id']).toMatch(REQUEST_ID);
    expect(none.headers['Content-Type']).toBe('application/json; charset=utf-8');
    expect([count.body, again.body]).toEqual(['2', '2']);
    expect(wrong.body.error.target).toBe('$top');
    expect(refused.headers.Allow).toBe('GET, HEAD, POST');
  });

  test('No digit of an answer is lost', async () => {
    const { text } = await send([get('1', `${RECORDS}/${guid(1)}?$select=version`)]);
    expect(text).toContain('"version":9007199254740993');
  });

  test('Records are created and deleted in it, each after those it depends on, with headers of their own', async () => {
    const key = { ...JSON_TYPE, 'Idempotency-Key': 'of a batch' };
    const create = { method: 'POST', url: RECORDS, body: createInput({ version: '9007199254740993' }) };
    const answers = await answersTo([
      get('after', `${RECORDS}/$count`, { dependsOn: ['again'] }),
      { id: 'again', ...create, headers: key, dependsOn: ['first'] },
      { id: 'first', ...create, headers: { ...key, Prefer: 'return=minimal' } },
      { id: 'typeless', ...create },
    ]);
    expect(statuses(answers)).toEqual([
      ['after', 200],
      ['again', 201],
      ['first', 204],
      ['typeless', 415],
    ]);
    const [after, again, first] = answers as [Answered, Answered, Answered];
    expect(after.body).toBe('3');
    expect(first).not.toHaveProperty('body');
    expect(first.headers.Location).toBe(`${server.url}${COLLECTION}/${again.body.id as string}`);
    const [deleted] = await answersTo([{ id: 'd', method: 'DELETE', url: `${RECORDS}/${again.body.id as string}` }]);
    expect(deleted?.status).toBe(204);
  });

  test('What depends on a request that failed is 424 and is not sent', async () => {
    const create = { method: 'POST', url: RECORDS, headers: JSON_TYPE, body: createInput() };
    const answers = await answersTo([
      get('1', `${RECORDS}/x`),
      { id: '2', ...create, dependsOn: ['1'] },
      get('3', `${RECORDS}/$count`, { dependsOn: ['2'] }),
      get('4', `${RECORDS}/$count`),
    ]);
    expect(statuses(answers)).toEqual([
      ['1', 404],
      ['2', 424],
      ['3', 424],
      ['4', 200],
    ]);
    expect([answers[1]?.body.error.code, answers[3]?.body]).toEqual(['FailedDependency', '2']);
  });

  test('It is served below /beta too, with links of its own', async () => {
    const body = { requests: [get('1', `${RECORDS}?$top=1`)] };
    const { json } = await call(server, 'POST', '/beta/$batch', { body });
    expect(json.responses[0].body['@odata.nextLink']).toMatch(/\/beta\/communications\/callRecords\?/);
    expect((await call(server, 'GET', BATCH)).headers.get('allow')).toBe('POST');
  });

  test('An empty one has an empty answer', async () => expect((await send([])).text).toBe('{"responses":[]}'));
});

describe('Who sends a batch', () => {
  test('Its requests are those of its token, whatever headers they have', async () => {
    const reader = await server.mint({ roles: ['CallRecords.Read.All'] });
    const headers = { ...JSON_TYPE, authorization: `Bearer ${server.token}`, 'x-callrecords-batch': 'x' };
    const [create, read] = await answersTo(
      [{ id: '1', method: 'POST', url: RECORDS, headers, body: createInput() }, get('2', RECORDS, { headers })],
      reader,
    );
    expect([create?.status, create?.body.error.code, read?.status]).toEqual([403, 'Forbidden', 200]);
    const person = await server.mint({ user: guid(9) });
    const [list] = await answersTo([get('1', `${RECORDS}?$count=true`)], person);
    expect(list?.body['@odata.count']).toBe(0);
    expect(errorOf(await call(server, 'POST', BATCH, { body: { requests: [] }, token: null })).status).toBe(401);
  });

  test('Each request costs what it costs by itself: the rest is 429, with Retry-After', async () => {
    const limited = await startTestServer({ RATE_LIMIT: '5' });
    try {
      const requests = Array.from({ length: 20 }, (_, index) => get(String(index), `${RECORDS}/${guid(index)}`));
      const answers = await answersTo(requests, limited.token, limited);
      const refused = answers.filter(({ status }) => status === 429);
      // A second may end between two of them.
      expect(refused.length).toBeGreaterThanOrEqual(5);
      expect(refused[0]?.headers['Retry-After']).toBe('1');
      expect(answers.filter(({ status }) => status === 404).length).toBeGreaterThanOrEqual(5);
    } finally {
      await limited.end();
    }
  });
});

describe('A batch that cannot be read is a 400 that tells all that is wrong, and nothing of it is done', () => {
  const many = Array.from({ length: 21 }, (_, index) => get(String(index), RECORDS));
  test.each<[string, unknown, Record<string, string>]>([
    ['21 requests', many, { requests: 'maximum' }],
    ['No list', {}, { requests: 'type' }],
    [
      'Wrong members',
      [{ id: 1, method: 'FETCH' }],
      { 'requests[0].id': 'type', 'requests[0].method': 'type', 'requests[0].url': 'type' },
    ],
    ['An id twice', [get('1', RECORDS), get('1', RECORDS)], { 'requests[1].id': 'unique' }],
    [
      'URLs that lead elsewhere',
      ['https://graph.microsoft.com/v1.0/me', '/../graphql', '/%2e%2e/health/live', '/x#y'].map((url, id) =>
        get(String(id), url),
      ),
      {
        'requests[0].url': 'url',
        'requests[1].url': 'url',
        'requests[2].url': 'url',
        'requests[3].url': 'url',
      },
    ],
    [
      'A dependency that is not there',
      [get('1', RECORDS, { dependsOn: ['2'] })],
      { 'requests[0].dependsOn': 'dependency' },
    ],
    [
      'Dependencies in a circle',
      [get('1', RECORDS), get('2', RECORDS, { dependsOn: ['3'] }), get('3', RECORDS, { dependsOn: ['2', '1'] })],
      { 'requests[1].dependsOn': 'dependency', 'requests[2].dependsOn': 'dependency' },
    ],
  ])('%s', async (_what, requests, rules) => {
    const answer = errorOf(await send(requests));
    expect([answer.status, answer.details]).toEqual([400, rules]);
  });

  test('A batch in a batch is refused by itself, however it is spelled', async () => {
    const requests = ['/$batch', '/%24BATCH', './$batch/'].map((url, id) => ({
      ...{ id: String(id), method: 'POST', url, headers: JSON_TYPE, body: { requests: [] } },
    }));
    const answers = await answersTo(requests);
    expect(answers.map(({ status, body }) => [status, body.error.message])).toEqual(
      requests.map(() => [400, 'A batch holds no other batch.']),
    );
  });

  test('A body over MAX_BODY_BYTES is 413', async () => {
    const requests = [get('1', RECORDS, { body: 'x'.repeat(2_100_000) })];
    expect(errorOf(await send(requests)).status).toBe(413);
  });
});

test('Once the answers of a batch are 8 MB long, the others are 429 and not asked', async () => {
  const large = await startTestServer();
  try {
    const participants = Array.from({ length: 1_900 }, (_, index) => ({
      user: { id: `${'x'.repeat(900)}${index}`, displayName: 'Somebody' },
    }));
    await importAll(large, [importRecord(1, { participants })]);
    const requests = Array.from({ length: 8 }, (_, index) =>
      get(String(index), `${RECORDS}/${guid(1)}?$select=participants`),
    );
    const answers = await answersTo(requests, large.token, large);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429, 429, 429]);
    expect(answers.at(-1)?.headers['Retry-After']).toBe('1');
  } finally {
    await large.end();
  }
});
