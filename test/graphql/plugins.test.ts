import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApolloServerPlugin } from '@apollo/server';
import type { FastifyInstance } from 'fastify';
import { callerFromClaims } from '../../src/auth/caller.js';
import { readConfig } from '../../src/config.js';
import type { GraphQLContext } from '../../src/graphql/context.js';
import { buildApp } from '../../src/server/server.js';
import { openStore, type Store } from '../../src/store/store.js';
import { CREATE, createInput, post, temporaryFolder } from '../support/harness.js';
import { codes, dataOf } from '../support/asking.js';

let folder: string;
let store: Store;
let app: FastifyInstance;
let url: string;
/** The hooks called for the request at hand, in their order. */
let called: string[] = [];
let wantsFields = false;

const note = (hook: string) => async () => void called.push(hook);

const plugin: ApolloServerPlugin<GraphQLContext> = {
  requestDidStart: async ({ request }) => {
    called = [`requestDidStart ${request.operationName ?? ''}`.trim()];
    return {
      didResolveSource: note('didResolveSource'),
      didResolveOperation: note('didResolveOperation'),
      didEncounterErrors: async ({ errors }) => void called.push(`didEncounterErrors ${errors.length}`),
      executionDidStart: async () => {
        called.push('executionDidStart');
        return {
          ...(wantsFields && {
            willResolveField: ({ info }) => void called.push(`${info.parentType.name}.${info.fieldName}`),
          }),
          executionDidEnd: note('executionDidEnd'),
        };
      },
      willSendResponse: async ({ response }) => {
        called.push('willSendResponse');
        response.http.headers.set('x-plugin', 'was here');
      },
    };
  },
};

beforeAll(async () => {
  folder = await temporaryFolder();
  const databaseUrl = `file:${join(folder, 'callrecords.sqlite')}`;
  store = await openStore(databaseUrl);
  const caller = callerFromClaims({ roles: ['CallRecords.ReadWrite.All'], sub: 'somebody' });
  const config = readConfig({ LOG_LEVEL: 'silent', DATABASE_URL: databaseUrl });
  app = await buildApp(config, store, { verify: async () => caller }, { plugins: [plugin] });
  url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/graphql`;
});
afterAll(async () => {
  await app.close();
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const ask = (query: string, variables: object = {}) => post(url, JSON.stringify({ query, variables }), 'token');

const ALL = [
  ...['requestDidStart', 'didResolveSource', 'didResolveOperation'],
  ...['executionDidStart', 'executionDidEnd', 'willSendResponse'],
];

describe('Plugins of an embedder', () => {
  test('see every operation, however often its document has been sent before', async () => {
    for (let time = 0; time < 3; time++) {
      const answer = await ask(CREATE, { input: createInput() });
      dataOf(answer);
      expect(answer.headers.get('x-plugin')).toBe('was here');
      expect(called).toEqual(ALL);
    }
  });

  test('see the errors of an operation that is refused, each time', async () => {
    const input = createInput({ endDateTime: '2001-01-01T00:00:00Z' });
    for (let time = 0; time < 2; time++) {
      expect(codes(await ask(CREATE, { input }))).toEqual(['BAD_USER_INPUT']);
      expect(called).toEqual([...ALL.slice(0, 4), 'didEncounterErrors 1', ...ALL.slice(4)]);
    }
  });

  test('see each field, if they ask for it, by resolvers', async () => {
    wantsFields = true;
    try {
      for (let time = 0; time < 2; time++) {
        dataOf(await ask('{ callRecords(first: 1) { nodes { version } } }'));
        expect(called).toEqual([
          ...ALL.slice(0, 4),
          ...['Query.callRecords', 'CallRecordConnection.nodes', 'CallRecord.version'],
          ...ALL.slice(4),
        ]);
      }
    } finally {
      wantsFields = false;
    }
  });
});
