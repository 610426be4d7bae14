import { type ApolloServer } from '@apollo/server';
import fc from 'fast-check';
import type { GraphQLSchema } from 'graphql';
import { readGraphRecord } from '../../src/domain/graph-payload.js';
import { buildApollo } from '../../src/graphql/apollo.js';
import type { GraphQLContext } from '../../src/graphql/context.js';
import { buildCallRecordsSchema } from '../../src/graphql/schema.js';
import { openStore, type Store } from '../../src/store/store.js';
import { guid, importRecord } from '../support/asking.js';
import { DocumentMaker } from './documents.js';
import { PEOPLE, records } from './odd-records.js';
import {
  anna,
  asking,
  ben,
  Charge,
  limits,
  nobody,
  type Opened,
  PATIENCE_MS,
  poolOf,
  postgres,
  reader,
  RUNS,
  sqlite,
} from './compiling.js';

let store: Store;
let schema: GraphQLSchema;
let apollo: ApolloServer<GraphQLContext>;

beforeAll(async () => {
  schema = await buildCallRecordsSchema();
  apollo = buildApollo(schema, limits);
  await apollo.start();
});
afterAll(() => apollo.stop());

const { ask, reference } = asking(() => ({ apollo, store }));

/** The newest call of somebody, which the other one must not see in the list of that person. */
const withoutAnna = () =>
  readGraphRecord(importRecord(40, { organizer: null, participants: [{ user: { id: PEOPLE[1] } }] }));

describe.each([
  ['SQLite', sqlite],
  ['PostgreSQL', postgres],
])('From %s', (_engine, open) => {
  let opened: Opened;
  beforeAll(async () => {
    opened = await open();
    store = await openStore(opened.url, { allowLossyCommits: true });
    await store.import([...records(), withoutAnna()]);
  });
  afterAll(async () => {
    await store.close();
    await opened.remove();
  });

  test(
    'Compiled or not, lists in lists, and lists beside each other, are the same to the byte',
    async () => {
      const choices = await poolOf(ask);
      let compiled = 0;
      await fc.assert(
        fc.asyncProperty(fc.gen(), fc.constantFrom(reader, reader, anna, ben, nobody), async (generate, caller) => {
          const request = new DocumentMaker(generate, schema, choices).makeOfLists();
          const [charged, chargedByReference] = [new Charge(), new Charge()];
          const expected = await reference(request, caller, chargedByReference.spend);
          const { text, isCompiled } = await ask(request, caller, true, charged.spend);
          expect({ ...request, text }).toEqual({ ...request, text: expected });
          // What others have paid by the time that one fails is chance.
          if (!expected.includes('"errors"'))
            expect({ ...request, points: charged.points }).toEqual({ ...request, points: chargedByReference.points });
          if (isCompiled) compiled += 1;
        }),
        { numRuns: RUNS / 2 },
      );
      // Many hold a record in a form of its own, or what is left to graphql-js.
      expect(compiled).toBeGreaterThan(RUNS / 50);
    },
    PATIENCE_MS,
  );

  const THEIRS = 'participants { user { account { id callRecords(first: 3) { nodes { id type } } } } }';

  const OF = `filter: { participant: { id: ["${PEOPLE[0]}"] } }`;

  test.each([
    ['Lists of those in a list', `{ callRecords(first: 5, ${OF}) { nodes { id ${THEIRS} } } }`],
    ['Lists of those in a record', `{ callRecord(id: "${guid(1)}") { id ${THEIRS} } }`],
    [
      'Lists of those in lists beside each other',
      `{ a: callRecords(first: 2) { nodes { id } } b: callRecords(last: 5, ${OF}) { nodes { ${THEIRS} } } }`,
    ],
    [
      'Lists in lists in a list',
      `{ callRecords(first: 2, ${OF}) { nodes { ${THEIRS.replace('id type', `id ${THEIRS}`)} } } }`,
    ],
  ])('%s are', async (_what, query) => {
    for (const caller of [reader, anna]) {
      const { text, isCompiled } = await ask({ query, variables: {} }, caller);
      expect(isCompiled).toBe(true);
      expect(text).toContain('"account":{');
      expect(text).toBe(await reference({ query, variables: {} }, caller));
    }
  });
});
