import { cacheExchange } from '@urql/exchange-graphcache';
import { keys, resolvers, violationsOf } from 'callrecords-graphql/clients';
import { useState } from 'react';
import { Client, fetchExchange, Provider, useMutation, useQuery } from 'urql';
import { CallsPage } from '../page/calls-page.js';
import { fetchAgain, headers, url } from '../page/connection.js';
import { type CreateInput, typedOptimisticCall } from '../page/create.js';
import { show } from '../page/show.js';
import { graphql } from './gql/index.js';

const CALLS = graphql(`
  query Calls($filter: CallRecordFilter, $after: String) {
    callRecords(first: 20, after: $after, filter: $filter) {
      nodes {
        ...Call
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
  fragment Call on CallRecord {
    id
    startDateTime
    durationSeconds
    organizer {
      user {
        id
        displayName
      }
    }
  }
`);

const CREATE = graphql(`
  mutation Create($input: CreateCallRecordInput!, $idempotencyKey: String!) {
    createCallRecord(input: $input, idempotencyKey: $idempotencyKey) {
      ...Call
    }
  }
`);

const cache = cacheExchange({
  keys,
  resolvers,
  optimistic: { createCallRecord: ({ input }) => typedOptimisticCall(input as CreateInput) },
  updates: {
    Mutation: {
      // The call comes first in the first page of each list that is shown.
      createCallRecord: ({ createCallRecord }, _arguments, store) => {
        for (const { fieldName, fieldKey, arguments: asked } of store.inspectFields('Query')) {
          if (fieldName !== 'callRecords' || asked?.['after']) continue;
          const page = store.resolve('Query', fieldKey) as string;
          const calls = store.resolve(page, 'nodes') as string[];
          store.link(page, 'nodes', [store.keyOfEntity(createCallRecord as never), ...calls]);
        }
      },
    },
  },
});

const client = new Client({
  url,
  exchanges: [cache, fetchExchange],
  fetch: fetchAgain,
  fetchOptions: { headers },
  preferGetMethod: false,
});

function App() {
  const [person, setPerson] = useState('');
  const [after, setAfter] = useState<string | null>(null);
  const filter = person ? { participant: { id: [person] } } : null;
  const [{ data }] = useQuery({ query: CALLS, variables: { filter, after } });
  const [, create] = useMutation(CREATE);
  return (
    <CallsPage
      calls={data?.callRecords.nodes ?? []}
      hasMore={data?.callRecords.pageInfo.hasNextPage ?? true}
      loadMore={() => data && setAfter(data.callRecords.pageInfo.endCursor ?? null)}
      person={person}
      showCallsOf={(other) => {
        setAfter(null);
        setPerson(other);
      }}
      create={async (input, idempotencyKey) => {
        const { error } = await create({ input, idempotencyKey });
        if (error) throw error;
      }}
      violationsIn={violationsOf}
    />
  );
}

show(
  <Provider value={client}>
    <App />
  </Provider>,
);
