import { lookup } from 'node:dns/promises';
import { CREATE, createInput, post, startTestServer, type TestServer } from '../harness.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ HOST: 'localhost' });
});
afterAll(() => server.end());

describe('A server at localhost', () => {
  it('takes every operation at each of its addresses', async () => {
    const { port } = new URL(server.url);
    const addresses = await lookup('localhost', { all: true });
    for (const { address, family } of addresses) {
      const url = `http://${family === 6 ? `[${address}]` : address}:${port}/graphql`;
      const { status, data } = await post(
        url,
        JSON.stringify({ query: CREATE, variables: { input: createInput() } }),
        server.token,
      );
      expect([url, status, Object.keys(data ?? {})]).toEqual([url, 200, ['createCallRecord']]);
    }
  });
});
