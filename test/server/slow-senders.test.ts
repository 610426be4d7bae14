import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import Database from 'better-sqlite3';
import { generate } from 'selfsigned';
import {
  createInput,
  CREATE,
  REQUEST_ID,
  startTestServer,
  temporaryFolder,
  type TestServer,
} from '../support/harness.js';

const COLLECTION = '/v1.0/communications/callRecords';
const LIMIT_MS = 300;
const SETTINGS = {
  SILENCE_TIMEOUT_MS: String(LIMIT_MS),
  HEADERS_TIMEOUT_MS: String(LIMIT_MS),
  BODY_TIMEOUT_MS: String(LIMIT_MS),
  BODY_MIN_BYTES_PER_SECOND: '500',
};
/** Of 20 bytes a second. */
const TRICKLE = { bytes: 1, everyMs: 50 };

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer(SETTINGS);
});
afterAll(() => server.end());

const address = ({ url } = server) => ({ host: '127.0.0.1', port: Number(new URL(url).port) });

interface Ended {
  text: string;
  afterMs: number;
}

/** What the server said until it closed the connection, and how long that took. */
async function untilClosed(socket: Socket): Promise<Ended> {
  const start = performance.now();
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  // What it sent when the server had closed the connection may reset it.
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('close', resolve));
  return { text, afterMs: performance.now() - start };
}

/** Sends the head at once and then some bytes every now and then, until the connection is closed or all are sent. */
function trickle(head: string, body = '', { bytes, everyMs } = TRICKLE): Socket {
  const socket = connect(address(), () => socket.write(head));
  let sent = 0;
  const timer = setInterval(() => {
    const some = body === '' ? 'x'.repeat(bytes) : body.slice(sent, (sent += bytes));
    if (some !== '') socket.write(some);
  }, everyMs);
  return socket.on('close', () => clearInterval(timer));
}

const head = (target: string, ...headers: string[]) =>
  [`POST ${target} HTTP/1.1`, 'host: localhost', 'content-type: application/json', ...headers].join('\r\n') +
  '\r\n\r\n';
const authorized = () => `authorization: Bearer ${server.token}`;

function readAnswer(text: string) {
  const [top = '', body = ''] = text.split('\r\n\r\n');
  const [line = '', ...fields] = top.split('\r\n');
  const headers = Object.fromEntries(fields.map((field) => field.toLowerCase().split(': ') as [string, string]));
  return { status: Number(line.split(' ')[1]), headers, json: JSON.parse(body) as unknown };
}

/** Not before the limit, and long before what holds without a setting; the machine may be busy. */
function expectInTime({ afterMs }: Ended): void {
  expect(afterMs).toBeGreaterThan(LIMIT_MS * 0.8);
  expect(afterMs).toBeLessThan(15_000);
}

describe('A connection on which nothing is said', () => {
  it('is closed after SILENCE_TIMEOUT_MS, without a word', async () => {
    const ended = await untilClosed(connect(address()));
    expect(ended.text).toBe('');
    expectInTime(ended);
  });

  it('is closed so over TLS too, be it before or after the handshake', async () => {
    const folder = await temporaryFolder();
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'callrecords test' }]);
    const files = { TLS_CERT: join(folder, 'cert.pem'), TLS_KEY: join(folder, 'key.pem') };
    await Promise.all([writeFile(files.TLS_CERT, cert), writeFile(files.TLS_KEY, key)]);
    const secure = await startTestServer({ ...SETTINGS, ...files, HEADERS_TIMEOUT_MS: '60000' });
    try {
      const silent = untilClosed(connect(address(secure)));
      const shaken = connectTls({ ...address(secure), rejectUnauthorized: false });
      const ended = await Promise.all([silent, untilClosed(shaken)]);
      expect(ended.map(({ text }) => text)).toEqual(['', '']);
      ended.forEach(expectInTime);
    } finally {
      await secure.end();
    }
  });

  it('stays open where a request has been answered on it', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = async () => {
      const sent = request(`${server.url}/health/live`, { agent }).end();
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      await once(response.resume(), 'end');
      return sent.reusedSocket;
    };
    expect(await ask()).toBe(false);
    await wait(LIMIT_MS * 2);
    expect(await ask()).toBe(true);
    agent.destroy();
  });
});

describe('Headers that trickle', () => {
  it('are answered 408 after HEADERS_TIMEOUT_MS, and the connection is closed', async () => {
    const ended = await untilClosed(trickle(`GET ${COLLECTION} HTTP/1.1\r\nhost: localhost\r\nx: `));
    expectInTime(ended);
    expect(readAnswer(ended.text)).toMatchObject({ status: 408, headers: { connection: 'close' } });
    expect(ended.text).toContain('HEADERS_TIMEOUT_MS');
  });

  it('are answered so where others came in time on the same connection', async () => {
    const socket = trickle('GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\nGET /health/live HTTP/1.1\r\nx: ');
    const { text } = await untilClosed(socket);
    expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['200', '408']);
  });

  it('are not taken for the request before them, which is still being answered', async () => {
    const other = new Database(join(server.folder, 'callrecords.sqlite'));
    other.exec('begin immediate');
    const body = JSON.stringify({ query: CREATE, variables: { input: createInput() } });
    const whole = head('/graphql', authorized(), `content-length: ${body.length}`) + body;
    const { text } = await untilClosed(trickle(`${whole}GET /health/live HTTP/1.1\r\nx: `));
    other.exec('rollback');
    other.close();
    expect(text).toBe('');
  });
});

describe('A body that trickles', () => {
  it.each([
    ['GraphQL', '/graphql', [], { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] }],
    ['GraphQL of a browser', '/graphql', ['origin: https://app.example'], { errors: [{}] }],
    ['REST', COLLECTION, [], { error: { code: 'BadRequest', innerError: { 'request-id': expect.any(String) } } }],
  ])('is answered 408 after BODY_TIMEOUT_MS in the shape of its door: %s', async (_door, target, more, shape) => {
    const ended = await untilClosed(trickle(head(target, authorized(), 'content-length: 9000', ...more)));
    const { status, headers, json } = readAnswer(ended.text);
    expect(status).toBe(408);
    expectInTime(ended);
    expect(headers).toMatchObject({ connection: 'close', 'request-id': expect.stringMatching(REQUEST_ID) });
    expect(json).toMatchObject(shape);
    expect(ended.text).toContain('BODY_TIMEOUT_MS');
  });

  it('does not keep a connection open on which it was refused before it arrived', async () => {
    const ended = await untilClosed(trickle(head(COLLECTION, 'content-length: 9000')));
    expect(ended.text).toMatch(/^HTTP\/1\.1 401 /);
    expect(ended.afterMs).toBeLessThan(15_000);
  });

  it('is refused also where it began well and then stopped', async () => {
    const start = 'x'.repeat(5_000);
    const ended = await untilClosed(trickle(head('/graphql', authorized(), 'content-length: 9000') + start));
    expect(readAnswer(ended.text).status).toBe(408);
  });

  it.each(['/graphql', COLLECTION])(
    'may take as long as it likes while BODY_MIN_BYTES_PER_SECOND come: %s',
    async (target) => {
      const input = createInput();
      const json = JSON.stringify(target === COLLECTION ? input : { query: CREATE, variables: { input } });
      const body = json.padEnd(2_000);
      const start = performance.now();
      const lines = head(target, authorized(), `content-length: ${body.length}`, 'connection: close');
      const { text } = await untilClosed(trickle(lines, body, { bytes: 50, everyMs: 25 }));
      expect(text).toMatch(/^HTTP\/1\.1 20[01] /);
      expect(performance.now() - start).toBeGreaterThan(LIMIT_MS * 3);
    },
  );
});

it('Who reads an answer slowly gets all of it', async () => {
  const path = `/graphql?query=${encodeURIComponent('{ __schema { types { name description fields { name description } } } }')}`;
  const text = await (await fetch(server.url + path, { headers: { authorization: `Bearer ${server.token}` } })).text();
  const sent = request(server.url + path, { headers: { authorization: `Bearer ${server.token}` } }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let read = '';
  response.setEncoding('utf8');
  for await (const chunk of response) {
    read += chunk as string;
    await wait(LIMIT_MS / 2);
  }
  expect(read).toBe(text);
});
