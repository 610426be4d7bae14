import { lookup } from 'node:dns/promises';
import type { FastifyInstance } from 'fastify';
import { type Caller, callerFromClaims } from '../../src/auth/caller.js';
import { readConfig } from '../../src/config.js';
import { buildApp } from '../../src/server/server.js';
import { CREATE, createInput, post, startTestServer, type TestServer } from '../support/harness.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ HOST: 'localhost' });
});
afterAll(() => server.end());

describe('A server at localhost', () => {
  it('takes every operation at each of its addresses', async () => {
    const { port } = new URL(server.url);
    for (const { address, family } of await lookup('localhost', { all: true })) {
      const url = `http://${family === 6 ? `[${address}]` : address}:${port}/graphql`;
      const body = JSON.stringify({ query: CREATE, variables: { input: createInput() } });
      const { status, data } = await post(url, body, server.token);
      expect([url, status, Object.keys(data ?? {})]).toEqual([url, 200, ['createCallRecord']]);
    }
  });
});

describe('A request that fails where no door can answer it', () => {
  let app: FastifyInstance;
  let fails = true;
  const rights = callerFromClaims({ roles: ['CallRecords.Read.All'], sub: 'somebody' });
  const caller: Caller = {
    ...rights,
    get subject(): string {
      if (fails) throw new Error('nobody');
      return rights.subject;
    },
  };

  beforeAll(async () => {
    app = await buildApp(readConfig({ LOG_LEVEL: 'silent' }), server.store, { verify: async () => caller }, null);
  });
  afterAll(() => app.close());

  it('has its connection closed, and the next one is answered', async () => {
    const url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/graphql`;
    const body = JSON.stringify({ query: '{ __typename }' });
    await expect(post(url, body, 'token')).rejects.toThrow('fetch failed');
    fails = false;
    expect(await post(url, body, 'token')).toMatchObject({ status: 200, data: { __typename: 'Query' } });
  });
});
