import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { callerFromClaims } from '../../src/auth/caller.js';
import { readConfig } from '../../src/config.js';
import { buildApollo } from '../../src/graphql/apollo.js';
import type { GraphQLContext } from '../../src/graphql/context.js';
import { Loaders } from '../../src/graphql/loaders.js';
import { buildCallRecordsSchema } from '../../src/graphql/schema.js';
import { openStore } from '../../src/store/store.js';
import { temporaryFolder } from '../support/harness.js';
import { guid } from '../support/asking.js';

test('A failure is logged once, however many objects of an answer waited for the statement that failed', async () => {
  const folder = await temporaryFolder();
  const store = await openStore(`file:${join(folder, 'callrecords.sqlite')}`);
  await store.close();
  const { limits } = readConfig({});
  const apollo = buildApollo(await buildCallRecordsSchema(), limits);
  const failures: unknown[] = [];
  const contextValue: GraphQLContext = {
    caller: callerFromClaims({ roles: ['CallRecords.Read.All'] }),
    store,
    limits,
    loaders: new Loaders(store, null),
    spend: async () => {},
    create: (input, options) => store.createRow(input, options),
    logFailure: (failure) => failures.push(failure),
    noteOperation: () => {},
  };
  const representations = [1, 2, 3].map((number) => ({ __typename: 'CallRecord', id: guid(number) }));
  const query = 'query ($representations: [_Any!]!) { _entities(representations: $representations) { __typename } }';
  const { body } = await apollo.executeOperation({ query, variables: { representations } }, { contextValue });
  expect(body).toMatchObject({ singleResult: { errors: [{}, {}, {}] } });
  expect(failures).toHaveLength(1);
  await apollo.stop();
  await rm(folder, { recursive: true, force: true });
});
