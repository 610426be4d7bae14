import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { CREATE, createInput, startTestServer, type TestServer } from '../support/harness.js';

const GRAPHQL = { path: '/graphql', body: { query: CREATE, variables: { input: createInput() } } };
const REST = { path: '/v1.0/communications/callRecords', body: createInput() };

let server: TestServer;
let agent: Agent;
beforeEach(async () => {
  server = await startTestServer();
  agent = new Agent({ keepAlive: true });
});
afterEach(async () => {
  agent.destroy();
  await server.end();
});

/** Posts a create on a connection that is kept; by then it is under way. */
function send({ path, body }: { path: string; body: object }) {
  const headers = { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' };
  const sent = request(`${server.url}${path}`, { method: 'POST', agent, headers }).end(JSON.stringify(body));
  const answered = once(sent, 'response').then(([response]) => {
    const { statusCode, headers: received } = (response as IncomingMessage).resume();
    return { status: statusCode, connection: received.connection, retryAfter: received['retry-after'] };
  });
  return { sent, answered };
}

describe.each([
  ['/graphql', GRAPHQL, 200],
  ['the REST door', REST, 201],
])('A server that closes, at %s', (_name, create, created) => {
  it('says with the answer to what is under way that the connection ends', async () => {
    expect(await send(create).answered).toMatchObject({ status: created, connection: 'keep-alive' });
    const other = new Database(join(server.folder, 'callrecords.sqlite'));
    other.exec('begin immediate');
    const { answered } = send(create);
    // It has arrived when one that was sent after it has been answered.
    await (await fetch(`${server.url}/health/live`)).text();
    const closed = server.close();
    await new Promise(setImmediate);
    other.exec('rollback');
    other.close();
    expect(await answered).toMatchObject({ status: created, connection: 'close' });
    await closed;
  });

  it('refuses what was on its way on a connection that lay idle, and does not just close that', async () => {
    await send(create).answered;
    // The end of the answer may come after its head.
    while (Object.keys(agent.freeSockets).length === 0) await wait(5);
    const closed = server.close();
    const { sent, answered } = send(create);
    expect(await answered).toEqual({ status: 503, connection: 'close', retryAfter: '1' });
    expect(sent.reusedSocket).toBe(true);
    await closed;
  });
});
