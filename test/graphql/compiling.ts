import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { type ApolloServer, HeaderMap } from '@apollo/server';
import Database from 'better-sqlite3';
import type { GraphQLSchema } from 'graphql';
import { type Caller, callerFromClaims } from '../../src/auth/caller.js';
import { readConfig } from '../../src/config.js';
import { Asker } from '../../src/domain/asker.js';
import type { CallRecordDocument } from '../../src/domain/document.js';
import { buildApollo } from '../../src/graphql/apollo.js';
import { Budget } from '../../src/graphql/budget.js';
import { ByteAnswer } from '../../src/graphql/compiled/json-text.js';
import type { GraphQLContext } from '../../src/graphql/context.js';
import { Loaders } from '../../src/graphql/loaders.js';
import { buildCallRecordsSchema } from '../../src/graphql/schema.js';
import { compareText } from '../../src/platform/compare-text.js';
import { openStore, type Store } from '../../src/store/store.js';
import { temporaryFolder } from '../support/harness.js';
import { QUICK, startPostgres } from '../support/postgres.js';
import { guid } from '../support/asking.js';
import { INPUTS, KEYS } from './creates.js';
import type { Generated, Pool } from './documents.js';
import { PEOPLE } from './odd-records.js';

/** How many documents are tried. */
export const RUNS = 500;
/** A PostgreSQL plans each of hundreds of statements anew. */
export const PATIENCE_MS = 240_000;
export const { limits } = readConfig({});

/** A database, and how another program changes the people of a record in it. */
interface Opened {
  url: string;
  rewrite(id: string, json: string, column?: 'participants' | 'organizer'): Promise<void>;
  remove(): Promise<void>;
}

export async function sqlite(): Promise<Opened> {
  const folder = await temporaryFolder();
  const path = join(folder, 'callrecords.sqlite');
  return {
    url: `file:${path}`,
    rewrite: async (id, json, column = 'participants') => {
      const database = new Database(path);
      database.prepare(`update call_records set ${column} = ?, revision = revision + 1 where id = ?`).run(json, id);
      database.close();
    },
    remove: () => rm(folder, { recursive: true }),
  };
}

export async function postgres(): Promise<Opened> {
  const server = await startPostgres(QUICK);
  const url = await server.create();
  return {
    url,
    rewrite: async (id, json, column = 'participants') =>
      void (await server.query(url, `update call_records set ${column} = $2, revision = revision + 1 where id = $1`, [
        id,
        json,
      ])),
    remove: () => server.stop(),
  };
}

export const reader = callerFromClaims({ roles: ['CallRecords.Read.All'], sub: 'reader' });
export const anna = callerFromClaims({ scp: 'CallRecords.Read', oid: PEOPLE[0], sub: 'anna' });
export const ben = callerFromClaims({ scp: 'CallRecords.Read', oid: PEOPLE[1]?.toUpperCase(), sub: 'ben' });
export const nobody = callerFromClaims({ sub: 'nobody' });

/** What a request took of its caller's budget. */
export class Charge {
  private points = 0;
  readonly spend = async (points: number) => void (this.points += points);

  /** The points; null if the error of a root field ended the answer, while the other fields had spent a part of theirs. */
  of(text: string): number | null {
    return (JSON.parse(text) as { data?: unknown }).data === null ? null : this.points;
  }
}

export type Spend = (points: number) => Promise<void>;

interface Asked {
  schema: GraphQLSchema;
  apollo: ApolloServer<GraphQLContext>;
  /** The store of the group of tests that runs, and its database. */
  store: Store;
  opened: Opened;
}

/** How a file of tests asks a store, by HTTP and by graphql-js. */
export function asking() {
  const asked = {} as Asked;
  beforeAll(async () => {
    asked.schema = await buildCallRecordsSchema();
    asked.apollo = buildApollo(asked.schema, limits);
    await asked.apollo.start();
  });
  afterAll(() => asked.apollo.stop());

  /** Opens a store with these records for a group of tests. */
  function open(database: () => Promise<Opened>, documents: () => CallRecordDocument[]): void {
    beforeAll(async () => {
      asked.opened = await database();
      asked.store = await openStore(asked.opened.url, { allowLossyCommits: true });
      await asked.store.import(documents());
    });
    afterAll(async () => {
      await asked.store.close();
      await asked.opened.remove();
    });
  }

  const contextFor = (caller: Caller, takesBytes: boolean, spend: Spend = async () => {}): GraphQLContext => {
    const { store } = asked;
    const asker = new Asker(caller.subject, new PassThrough());
    const budget = new Budget(limits, asker);
    const loaders = new Loaders(store, caller.visibleTo, budget);
    const create: GraphQLContext['create'] = (input, options) => store.createRow(input, options);
    const unlogged = { logFailure: () => {}, noteOperation: () => {} };
    return { caller, asker, budget, store, limits, loaders, takesBytes, spend, create, ...unlogged };
  };

  /** The answer as text, and whether it was compiled: only then it comes as bytes, to who takes them. */
  async function ask({ query, variables }: Generated, caller: Caller, takesBytes = true, spend?: Spend) {
    const context = contextFor(caller, takesBytes, spend);
    const { body } = await asked.apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method: 'POST',
        headers: new HeaderMap([['content-type', 'application/json']]),
        body: { query, variables },
        search: '',
      },
      context: async () => context,
    });
    context.budget?.end();
    if (body.kind !== 'complete') throw new Error('The answer came in parts.');
    const text: unknown = body.string;
    return { text: byRootField(String(text)), isCompiled: text instanceof ByteAnswer || Buffer.isBuffer(text) };
  }

  /** The same by graphql-js, which answers whoever does not come by HTTP. */
  async function reference({ query, variables }: Generated, caller: Caller, spend?: Spend): Promise<string> {
    const contextValue = contextFor(caller, false, spend);
    const { body } = await asked.apollo.executeOperation({ query, variables }, { contextValue });
    contextValue.budget?.end();
    if (body.kind !== 'single') throw new Error('The answer came in parts.');
    const { errors, data, extensions } = body.singleResult;
    return byRootField(`${JSON.stringify({ errors, data, extensions })}\n`);
  }

  return { asked, open, ask, reference };
}

/**
 * An answer with the errors of each root field together: which of two fields is refused first is left to their reads.
 * All else stays as it is written.
 */
function byRootField(text: string): string {
  const { errors = [] } = JSON.parse(text) as { errors?: { path?: unknown[] }[] };
  const listOf = (some: typeof errors) => `{"errors":[${some.map((error) => JSON.stringify(error)).join()}]`;
  const start = listOf(errors);
  const fieldOf = ({ path }: (typeof errors)[number]) => String(path?.[0]);
  const ordered = errors.toSorted((a, b) => compareText(fieldOf(a), fieldOf(b)));
  return text.startsWith(start) ? listOf(ordered) + text.slice(start.length) : text;
}

/** What documents are made of, for a database that holds the odd records. */
type Ask = ReturnType<typeof asking>['ask'];

async function cursors(ask: Ask): Promise<string[]> {
  const query = '{ callRecords(first: 4) { edges { cursor } } }';
  const answer = JSON.parse((await ask({ query, variables: {} }, reader)).text) as {
    data: { callRecords: { edges: { cursor: string }[] } };
  };
  return answer.data.callRecords.edges.map(({ cursor }) => cursor);
}

export async function poolOf(ask: Ask): Promise<Pool> {
  const ids = [0, 1, 2, 3, 4, 5, 30, 31, 99].map((number) => guid(number));
  const choices = { inputs: INPUTS, keys: KEYS };
  return { ...choices, ids: [...ids, 'ABC'], people: PEOPLE, cursors: [...(await cursors(ask)), 'broken'] };
}
