import { join } from 'node:path';
import { ApolloClient, gql, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { Client as UrqlClient, subscriptionExchange } from '@urql/core';
import type { Client } from 'graphql-ws';
import { CREATE, createInput, startTestServer, type TestServer } from '../harness.js';
import { FOLLOW, socketClient, type Told } from './following.js';

type Tell = (change: Told) => void;

/** Follows until it ends, from a cursor. */
type Follow = (client: Client, after: string | null, tell: Tell) => Promise<void>;

const withApollo: Follow = (client, after, tell) => {
  const apollo = new ApolloClient({ cache: new InMemoryCache(), link: new GraphQLWsLink(client) });
  const variables = { after };
  const results = apollo.subscribe<{ callRecordChanged: Told }>({
    query: gql(FOLLOW),
    variables,
    fetchPolicy: 'no-cache',
  });
  return new Promise((resolve) =>
    results.subscribe({
      next: ({ data, error }) => (data ? tell(data.callRecordChanged) : error && resolve()),
      error: () => resolve(),
      complete: resolve,
    }),
  );
};

const withUrql: Follow = (client, after, tell) => {
  const exchange = subscriptionExchange({
    forwardSubscription: ({ query = '', variables }) => ({
      subscribe: (sink) => ({ unsubscribe: client.subscribe({ query, variables }, sink) }),
    }),
  });
  const urql = new UrqlClient({ url: 'http://127.0.0.1/unused', exchanges: [exchange], preferGetMethod: false });
  return new Promise((resolve) => {
    urql.subscription<{ callRecordChanged: Told }>(FOLLOW, { after }).subscribe(({ data, error }) => {
      if (data) tell(data.callRecordChanged);
      else if (error) resolve();
    });
  });
};

describe.each([
  ["Apollo Client's GraphQLWsLink", withApollo],
  ["urql's subscriptionExchange", withUrql],
])('%s', (_name, follow) => {
  test('goes on from the cursor of its last change after the server was restarted', async () => {
    const first = await startTestServer();
    const { port } = new URL(first.url);
    const database = `file:${join(first.folder, 'callrecords.sqlite')}`;
    const told: Told[] = [];
    const waiting = new Set<() => void>();
    const until = async (count: number) => {
      while (told.length < count) await new Promise<void>((resolve) => waiting.add(resolve));
    };
    const tell: Tell = (change) => {
      if (change.kind !== 'CHECKPOINT' || told.length === 0) told.push(change);
      for (const resolve of waiting) resolve();
      waiting.clear();
    };
    const client = socketClient(first, first.token);
    const ended = follow(client, null, tell);
    await until(1);
    const before = await create(first);
    await until(2);
    await first.close();
    await ended;
    await client.dispose();
    const second = await startTestServer({ PORT: port, DATABASE_URL: database });
    const between = await create(second);
    const again = socketClient(second, second.token);
    void follow(again, told.at(-1)?.cursor ?? null, tell);
    await until(3);
    const after = await create(second);
    await until(4);
    expect(told.map(({ callRecordId }) => callRecordId)).toEqual([null, before, between, after]);
    await again.dispose();
    await second.end();
    await first.end().catch(() => undefined);
  });
});

const create = async (server: TestServer) => {
  const { data } = await server.ask(CREATE, { input: createInput() });
  return data.createCallRecord.id as string;
};
