import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import {
  type ExecutionResult,
  GraphQLInt,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
} from 'graphql';
import { type Caller, callerFromClaims } from '../../src/auth/caller.js';
import { readConfig } from '../../src/config.js';
import { Asker } from '../../src/domain/asker.js';
import { CallRecordsError } from '../../src/domain/errors.js';
import { Executor } from '../../src/graphql/core/executor.js';
import {
  type Prepared,
  type PreparedOperation,
  prepareOperation,
  type SentRequest,
} from '../../src/graphql/core/prepare.js';
import { contextOf, type Core, noting } from '../../src/graphql/core/request-context.js';
import { executeOperation, formatResult, subscribeOperation } from '../../src/graphql/core/run.js';
import { DocumentGuard } from '../../src/graphql/document-guard.js';
import { ChangeReader } from '../../src/graphql/live/change-reader.js';
import { buildCallRecordsSchema } from '../../src/graphql/schema.js';
import { openStore, type Store } from '../../src/store/store.js';
import { createInput, temporaryFolder } from '../support/harness.js';

let folder: string;
let store: Store;
let core: Core;
const spent: number[] = [];
const failures: unknown[] = [];

const { limits } = readConfig({ MAX_DEPTH: '3', MAX_RECORDS: '100' });
const caller: Caller = callerFromClaims({ roles: ['CallRecords.ReadWrite.All'], sub: 'somebody' });

const coreOf = (schema: GraphQLSchema): Core => ({
  executor: new Executor(schema),
  guard: new DocumentGuard(limits),
  store,
  changes: new ChangeReader(store),
  limits,
  spend: async (_caller, points) => void spent.push(points),
  watchesReads: false,
  tellsTiming: false,
});

beforeAll(async () => {
  folder = await temporaryFolder();
  store = await openStore(`file:${join(folder, 'callrecords.sqlite')}`);
  core = coreOf(await buildCallRecordsSchema());
});
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

/** A context as a door makes it for one operation; its client waits until `answer` closes. */
function contextFor(of = core) {
  const answer = new PassThrough();
  const notes = { operationName: null as string | null, errorCodes: null as readonly string[] | null };
  const log = { error: (told: object) => void failures.push(told), debug: () => undefined };
  const context = contextOf(caller, of, noting(notes, log, false), new Asker(caller.subject, answer));
  return { context, notes, answer };
}

async function prepared(sent: SentRequest, of = core) {
  const waiting = contextFor(of);
  return { ...waiting, operation: await prepareOperation(of, sent, waiting.context) };
}

const refusals = (operation: Prepared) => ('errors' in operation ? operation.errors : []);
const ready = (operation: Prepared) => {
  expect(refusals(operation)).toEqual([]);
  return operation as PreparedOperation;
};
const plain = (result: unknown) => JSON.parse(JSON.stringify(result)) as ExecutionResult;

describe('An operation that a door prepares', () => {
  it('is executed with variables, and its name is told', async () => {
    const query = 'mutation Create($input: CreateCallRecordInput!) { createCallRecord(input: $input) { id type } }';
    const { operation, context, notes } = await prepared({ query, variables: { input: createInput() } });
    const result = await executeOperation(core, ready(operation), context);
    expect(plain(formatResult(core, result, context))).toEqual({
      data: { createCallRecord: { id: expect.any(String), type: expect.any(String) } },
    });
    expect(notes.operationName).toBe('Create');
  });

  it.each([
    ['that is no GraphQL', '{', 'GRAPHQL_PARSE_FAILED'],
    ['with a field that is not there', '{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['nested too deep', '{ callRecords(first: 1) { nodes { organizer { user { id } } } } }', 'QUERY_TOO_COMPLEX'],
    ['that may reach too many records', '{ callRecords(first: 101) { nodes { id } } }', 'QUERY_TOO_COMPLEX'],
  ])('%s is refused by the code that every door tells', async (_what, query, code) => {
    const { operation, context, notes } = await prepared({ query });
    const { errors } = formatResult(core, { errors: refusals(operation) }, context);
    expect(errors?.[0]?.extensions?.code).toBe(code);
    expect(notes.errorCodes).toEqual([code]);
  });

  it('is refused where its document has several and it is not named', async () => {
    const query = 'query A { __typename } query B { __typename }';
    expect(refusals((await prepared({ query })).operation)).toHaveLength(1);
    expect(refusals((await prepared({ query, operationName: 'C' })).operation)[0]?.message).toBe(
      'Unknown operation named "C".',
    );
    expect(ready((await prepared({ query, operationName: 'B' })).operation).operation.name?.value).toBe('B');
  });

  it('costs points for a document that is new, and none once it was valid', async () => {
    const sent = { query: 'query New { callRecord(id: "1") { id } }' };
    spent.length = 0;
    await prepared(sent);
    const first = spent.length;
    await prepared(sent);
    expect([first, spent.length]).toEqual([1, 1]);
  });

  it('tells the violations of its variables with their paths', async () => {
    const query = 'query($first: Int) { callRecords(first: $first) { nodes { id } } }';
    const { operation, context } = await prepared({ query, variables: { first: 'many' } });
    const { errors, data } = formatResult(core, await executeOperation(core, ready(operation), context), context);
    expect(data).toBeUndefined();
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', violations: [{ path: ['first'] }] });
  });

  it('ends with the reason as soon as its request is ended', async () => {
    const { operation, context } = await prepared({ query: '{ callRecords(first: 10) { nodes { id } } }' });
    context.asker?.end(new CallRecordsError('QUERY_TOO_COMPLEX', 'It was ended.'));
    const result = formatResult(core, await executeOperation(core, ready(operation), context), context);
    expect(result).toMatchObject({
      data: null,
      errors: [{ message: 'It was ended.', extensions: { code: 'QUERY_TOO_COMPLEX' } }],
    });
  });
});

describe('A subscription that a door prepares', () => {
  const events: number[] = [];
  let isReturned = false;
  async function* counting(upTo: number) {
    try {
      for (let number = 1; number <= upTo; number++) yield { numbers: number };
      if (upTo === 5) throw new CallRecordsError('SERVICE_UNAVAILABLE', 'The source is gone.');
    } finally {
      isReturned = true;
    }
  }
  /** A schema of numbers, whose source fails when it is told to. */
  const schema = new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields: { one: { type: GraphQLString } } }),
    subscription: new GraphQLObjectType({
      name: 'Subscription',
      fields: {
        numbers: {
          type: GraphQLInt,
          args: { upTo: { type: new GraphQLNonNull(GraphQLInt) } },
          subscribe: (_source, { upTo }: { upTo: number }) => {
            if (upTo < 0) throw new CallRecordsError('BAD_USER_INPUT', 'Less than nothing.');
            return counting(upTo);
          },
          resolve: ({ numbers }: { numbers: number }) => {
            if (numbers === 2) throw new Error('secret');
            events.push(numbers);
            return numbers;
          },
        },
      },
    }),
  });
  const subscribed = async (upTo: unknown) => {
    const numbers = coreOf(schema);
    const sent = { query: 'subscription($upTo: Int!) { numbers(upTo: $upTo) }', variables: { upTo } };
    const { operation, context } = await prepared(sent, numbers);
    const results = await subscribeOperation(numbers, ready(operation), context, () => contextFor(numbers).context);
    return { numbers, context, results };
  };

  it('gives a result for each event, a failure masked and logged in its own', async () => {
    const { numbers, context, results } = await subscribed(3);
    const all: unknown[] = [];
    for await (const result of results as AsyncIterable<ExecutionResult>)
      all.push(plain(formatResult(numbers, result, context)));
    expect(all).toMatchObject([
      { data: { numbers: 1 } },
      { errors: [{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }] },
      { data: { numbers: 3 } },
    ]);
    expect(JSON.stringify(all)).not.toContain('secret');
    expect(failures).toHaveLength(1);
    expect(isReturned).toBe(true);
  });

  it('has the failure of its source as its last result', async () => {
    const { numbers, context, results } = await subscribed(5);
    const all: ExecutionResult[] = [];
    for await (const result of results as AsyncIterable<ExecutionResult>) all.push(result);
    expect(all).toHaveLength(6);
    const { errors } = formatResult(numbers, all[5] as ExecutionResult, context);
    expect(errors).toMatchObject([{ message: 'The source is gone.', extensions: { code: 'SERVICE_UNAVAILABLE' } }]);
  });

  it('ends its source when it is returned', async () => {
    isReturned = false;
    const { results } = await subscribed(1_000);
    for await (const _result of results as AsyncIterable<ExecutionResult>) break;
    expect(isReturned).toBe(true);
  });

  it.each([
    ['a source that refuses', -1, 'Less than nothing.'],
    ['variables that are wrong', 'many', 'Int cannot represent'],
  ])('is one result with errors for %s', async (_what, upTo, message) => {
    const { numbers, context, results } = await subscribed(upTo);
    const { errors } = formatResult(numbers, results as ExecutionResult, context);
    expect(JSON.stringify(errors)).toContain(message);
    expect(errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT');
  });
});
