import { join } from 'node:path';
import { ApolloClient, type ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { Client as UrqlClient, subscriptionExchange } from '@urql/core';
import relay, { type ConcreteRequest } from 'relay-runtime';
import { compiledForRelay } from '../support/projects.js';
import { CREATE, createInput, startTestServer, type TestServer } from '../support/harness.js';
import { FOLLOW, socketClient, type Told } from '../support/following.js';

type Tell = (change: Told) => void;
type Changed = { callRecordChanged: Told };

/** Somebody who follows; `ended`: resolves when nothing more comes. */
interface Following {
  ended: Promise<void>;
  leave: () => void;
}

/** Follows from a cursor. */
type Follow = (server: TestServer, after: string | null, tell: Tell) => Following;

function followByApollo(link: ApolloLink, after: string | null, tell: Tell): Following {
  const apollo = new ApolloClient({ cache: new InMemoryCache(), link });
  const results = apollo.subscribe<Changed>({ query: gql(FOLLOW), variables: { after }, fetchPolicy: 'no-cache' });
  let leave = () => {};
  const ended = new Promise<void>((resolve) => {
    const subscription = results.subscribe({
      next: ({ data, error }) => (data ? tell(data.callRecordChanged) : error && resolve()),
      error: () => resolve(),
      complete: resolve,
    });
    leave = () => subscription.unsubscribe();
  });
  return { ended, leave };
}

const withApolloOnSocket: Follow = (server, after, tell) =>
  followByApollo(new GraphQLWsLink(socketClient(server, server.token)), after, tell);

const withApolloByHttp: Follow = ({ url, token }, after, tell) =>
  followByApollo(new HttpLink({ uri: `${url}/graphql`, headers: { authorization: `Bearer ${token}` } }), after, tell);

const withUrql: Follow = (server, after, tell) => {
  const client = socketClient(server, server.token);
  const exchange = subscriptionExchange({
    forwardSubscription: ({ query = '', variables }) => ({
      subscribe: (sink) => ({ unsubscribe: client.subscribe({ query, variables }, sink) }),
    }),
  });
  const urql = new UrqlClient({ url: 'http://127.0.0.1/unused', exchanges: [exchange], preferGetMethod: false });
  let leave = () => {};
  const ended = new Promise<void>((resolve) => {
    const subscription = urql.subscription<Changed>(FOLLOW, { after }).subscribe(({ data, error }) => {
      if (data) tell(data.callRecordChanged);
      else if (error) resolve();
    });
    leave = () => subscription.unsubscribe();
  });
  return { ended, leave };
};

let compiled: ConcreteRequest;
beforeAll(async () => {
  compiled = await compiledForRelay('changes', FOLLOW.replace('Follow', 'changesSubscription'));
});

const withRelay: Follow = (server, after, tell) => {
  const client = socketClient(server, server.token);
  const network = relay.Network.create(
    () => Promise.reject(new Error('Only subscriptions are sent.')),
    ({ text }, variables) =>
      relay.Observable.create((sink) => client.subscribe({ query: text ?? '', variables }, sink as never)),
  );
  const environment = new relay.Environment({ network, store: new relay.Store(new relay.RecordSource()) });
  let leave = () => {};
  const ended = new Promise<void>((resolve) => {
    const { dispose } = relay.requestSubscription(environment, {
      subscription: compiled,
      variables: { after },
      onNext: (data) => tell((data as Changed).callRecordChanged),
      onError: () => resolve(),
      onCompleted: () => resolve(),
    });
    leave = dispose;
  });
  return { ended, leave };
};

describe.each<[string, Follow]>([
  ["Apollo Client's GraphQLWsLink", withApolloOnSocket],
  ["Apollo Client's HttpLink", withApolloByHttp],
  ["urql's subscriptionExchange", withUrql],
  ["Relay's network", withRelay],
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
    const { ended } = follow(first, null, tell);
    await until(1);
    const before = await create(first);
    await until(2);
    await first.close();
    await ended;
    const second = await startTestServer({ PORT: port, DATABASE_URL: database });
    const between = await create(second);
    const { leave } = follow(second, told.at(-1)?.cursor ?? null, tell);
    await until(3);
    const after = await create(second);
    await until(4);
    expect(told.map(({ callRecordId }) => callRecordId)).toEqual([null, before, between, after]);
    leave();
    await second.end();
    await first.end().catch(() => undefined);
  });
});

const create = async (server: TestServer) => {
  const { data } = await server.ask(CREATE, { input: createInput() });
  return data.createCallRecord.id as string;
};
