import { connect } from 'node:net';
import { REQUEST_ID, createInput, startTestServer, type TestServer } from '../support/harness.js';
import { COLLECTION } from '../support/calling.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.end());

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';

interface RawAnswer {
  status: number;
  headers: Record<string, string>;
  // Tests read answers of every shape.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  json: any;
}

/** What the server answers to bytes until it closes the connection. `more` is sent once it has answered, or waits for it. */
function exchange(bytes: string, more?: () => Promise<string>): Promise<RawAnswer[]> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket
      .setEncoding('utf8')
      .on('data', (chunk: string) => {
        if (text === '') void more?.().then((rest) => socket.write(rest), reject);
        text += chunk;
      })
      .on('error', reject)
      .on('close', () => resolve(readAnswers(text.replace(CONTINUE, ''))));
  });
}

function readAnswers(text: string): RawAnswer[] {
  return text.split(/(?=HTTP\/1\.1 \d{3} )/).map((answer) => {
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    const [line = '', ...fields] = head.split('\r\n');
    const headers = Object.fromEntries(fields.map((field) => field.toLowerCase().split(': ') as [string, string]));
    return { status: Number(line.split(' ')[1]), headers, json: JSON.parse(body) as unknown };
  });
}

/** Resolves when the server takes no connections any more. */
async function isClosing(): Promise<void> {
  const { hostname, port } = new URL(server.url);
  const isOpen = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(Number(port), hostname, () => resolve(true)).on('error', () => resolve(false));
      socket.unref().end();
    });
  while (await isOpen());
}

const get = (target: string, ...headers: string[]) =>
  [`GET ${target} HTTP/1.1`, 'host: localhost', ...headers].join('\r\n') + '\r\n\r\n';

describe('What is no HTTP request is answered all the same', () => {
  test.each([
    ['A URL longer than headers may be', get(`${COLLECTION}?$filter=${'x'.repeat(20_000)}`), 431],
    ['Headers longer than they may be', get(COLLECTION, `authorization: Bearer ${'x'.repeat(20_000)}`), 431],
    ['A URL with spaces in it', get(`${COLLECTION}?$filter=startDateTime ge 2026-01-01T00:00:00Z`), 400],
    ['A header without a name', get(COLLECTION, ': x'), 400],
  ])("%s: in Graph's envelope, with request-id", async (_what, bytes, status) => {
    const [answer] = await exchange(bytes);
    expect(answer?.status).toBe(status);
    const id = answer?.headers['request-id'];
    expect(id).toMatch(REQUEST_ID);
    expect(answer?.headers['client-request-id']).toBe(id);
    expect(answer?.json.error).toMatchObject({
      code: 'BadRequest',
      innerError: { 'request-id': id, 'client-request-id': id },
    });
  });

  test("A header that is too long for GraphQL is answered in GraphQL's shape", async () => {
    const [answer] = await exchange(get('/graphql', `x: ${'x'.repeat(20_000)}`));
    expect(answer).toMatchObject({ status: 431, json: { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] } });
  });
});

test.each([
  [COLLECTION, { error: { code: 'BadRequest', message: expect.stringContaining('Expect') } }],
  ['/graphql', { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] }],
])(
  'An expectation that is none of HTTP, at %s, is 417 in the shape of its door, with request-id',
  async (path, body) => {
    const [answer] = await exchange(get(path, 'expect: foo', 'connection: close'));
    expect(answer).toMatchObject({ status: 417, json: body });
    expect(answer?.headers['request-id']).toMatch(REQUEST_ID);
  },
);

test('While the server shuts down it finishes what is under way and refuses what still arrives, in the shape of each door', async () => {
  const authorization = `authorization: Bearer ${server.token}`;
  const body = JSON.stringify(createInput());
  const post = [
    `POST ${COLLECTION} HTTP/1.1`,
    ...['host: localhost', authorization, 'content-type: application/json', 'expect: 100-continue'],
    `content-length: ${body.length}`,
  ].join('\r\n');
  let arrived = 0;
  let closed: Promise<void> | undefined;
  let begin = () => {};
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const whenClosing = () => {
    arrived += 1;
    if (arrived === 3) {
      closed = server.close();
      begin();
    }
    return begun;
  };
  const late = (target: string) =>
    exchange(get('/health/live'), () => whenClosing().then(() => get(target, authorization)));
  const [created, [, rest], [, graphql]] = await Promise.all([
    exchange(`${post}\r\n\r\n`, () =>
      whenClosing()
        .then(isClosing)
        .then(() => body),
    ),
    late(COLLECTION),
    late('/graphql?query={__typename}'),
  ]);
  await closed;
  expect(created).toMatchObject([{ status: 201, headers: { connection: 'close' } }]);
  expect([rest?.status, graphql?.status]).toEqual([503, 503]);
  expect(rest?.json.error.code).toBe('ServiceUnavailable');
  expect(rest?.headers).toMatchObject({ 'retry-after': '1', connection: 'close' });
  expect(graphql?.json.errors[0].extensions.code).toBe('SERVICE_UNAVAILABLE');
});
