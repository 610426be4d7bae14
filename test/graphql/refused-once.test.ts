import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { type Caller, callerFromClaims } from '../../src/auth/caller.js';
import { readConfig } from '../../src/config.js';
import { buildApp } from '../../src/server/server.js';
import { openStore, type Store } from '../../src/store/store.js';
import { CREATE, createInput, post, temporaryFolder } from '../support/harness.js';
import { codes, dataOf, guid, problem } from '../support/asking.js';

let folder: string;
let store: Store;
let app: FastifyInstance;
let url: string;
/** How often it was looked at whether the caller may read or write: each execution of a field does so once. */
let looks = 0;
let isAllowed = true;

const rights = callerFromClaims({ roles: ['CallRecords.ReadWrite.All'], sub: 'somebody' });
const caller: Caller = {
  ...rights,
  get canWrite() {
    looks += 1;
    return isAllowed;
  },
  get canRead() {
    looks += 1;
    return isAllowed;
  },
};

beforeAll(async () => {
  folder = await temporaryFolder();
  const databaseUrl = `file:${join(folder, 'callrecords.sqlite')}`;
  store = await openStore(databaseUrl);
  const config = readConfig({ LOG_LEVEL: 'silent', DATABASE_URL: databaseUrl });
  app = await buildApp(config, store, { verify: async () => caller }, null);
  url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/graphql`;
});
afterAll(async () => {
  await app.close();
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const ask = (query: string, variables: object) => post(url, JSON.stringify({ query, variables }), 'token');

/** Asks by a document that is new, then twice by the same, and each time counts how often the field was executed. */
async function askThrice(query: string, variables: object, check: (answer: Awaited<ReturnType<typeof ask>>) => void) {
  const texts = new Set<string>();
  for (let time = 0; time < 3; time++) {
    looks = 0;
    const answer = await ask(query, variables);
    check(answer);
    expect(looks).toBe(1);
    texts.add(answer.text);
  }
  expect(texts.size).toBe(1);
}

describe('A request that is refused is executed once, be its document new or known, compiled or not', () => {
  const refused = { input: createInput({ endDateTime: '2001-01-01T00:00:00Z' }) };
  const rules = { 'input.endDateTime': 'order' };

  test('a create that breaks a rule', () =>
    askThrice(`${CREATE} # refused first`, refused, (answer) => expect(problem(answer)).toMatchObject({ rules })));

  test('such a create by a document by which others have been accepted', async () => {
    dataOf(await ask(CREATE, { input: createInput() }));
    await askThrice(CREATE, refused, (answer) => expect(problem(answer)).toMatchObject({ rules }));
  });

  test('such a create beside another field, which resolvers execute', async () => {
    const query = CREATE.replace('createCallRecord(', '__typename a: createCallRecord(').replace(
      /\}\s*$/,
      'b: deleteCallRecord(id: "x") }',
    );
    looks = 0;
    const answer = await ask(query, refused);
    expect(problem(answer)).toMatchObject({ rules });
    // The other field is not executed any more, as the first may not be null.
    expect(looks).toBe(1);
  });

  test('a create, a record, a page and entities of a caller without rights', async () => {
    isAllowed = false;
    try {
      const forbidden = (answer: Awaited<ReturnType<typeof ask>>) => {
        expect(answer.status).toBe(403);
        expect(new Set(codes(answer))).toEqual(new Set(['FORBIDDEN']));
      };
      await askThrice(CREATE, { input: createInput() }, forbidden);
      await askThrice(`{ callRecord(id: "${guid(1)}") { id } }`, {}, forbidden);
      await askThrice('{ callRecords { nodes { id } } }', {}, forbidden);
      const r = [1, 2].map((number) => ({ __typename: 'CallRecord', id: guid(number) }));
      const entities = 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on CallRecord { version } } }';
      await askThrice(entities, { r }, (answer) => {
        forbidden(answer);
        expect(answer.errors?.map(({ path }) => path)).toEqual([
          ['_entities', 0],
          ['_entities', 1],
        ]);
      });
    } finally {
      isAllowed = true;
    }
  });

  test('a page whose arguments break a rule', () =>
    askThrice('query ($n: Int) { callRecords(first: $n) { totalCount } }', { n: -1 }, (answer) =>
      expect(problem(answer)).toMatchObject({ code: 'BAD_USER_INPUT', rules: { first: 'minimum' } }),
    ));

  test('a record from a store that is closed', async () => {
    const query = `{ callRecord(id: "${guid(1)}") { version } }`;
    dataOf(await ask(query, {}));
    await store.close();
    await askThrice(query, {}, (answer) => expect(codes(answer)).toEqual(['INTERNAL_SERVER_ERROR']));
  });
});
