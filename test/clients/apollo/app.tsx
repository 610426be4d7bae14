import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client';
import { ApolloProvider, useMutation, useQuery } from '@apollo/client/react';
import { typePolicies, violationsOf } from 'callrecords-graphql/clients';
import { CallsPage } from '../page/calls-page.js';
import { fetchAgain, headers, url } from '../page/connection.js';
import { typedOptimisticCall } from '../page/create.js';
import { show } from '../page/show.js';
import { useState } from 'react';
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

const client = new ApolloClient({
  cache: new InMemoryCache({ typePolicies }),
  link: new HttpLink({ uri: url, headers, fetch: fetchAgain }),
});

function App() {
  const [person, setPerson] = useState('');
  const variables = { filter: person ? { participant: { id: [person] } } : null };
  const { data, fetchMore } = useQuery(CALLS, { variables });
  const [create] = useMutation(CREATE);
  return (
    <CallsPage
      calls={data?.callRecords.nodes ?? []}
      hasMore={data?.callRecords.pageInfo.hasNextPage ?? true}
      loadMore={() => data && fetchMore({ variables: { after: data.callRecords.pageInfo.endCursor } })}
      person={person}
      showCallsOf={setPerson}
      create={async (input, idempotencyKey) => {
        await create({
          variables: { input, idempotencyKey },
          optimisticResponse: { createCallRecord: typedOptimisticCall(input) },
          update: (cache, { data: stored }) =>
            cache.updateQuery({ query: CALLS, variables }, (shown) => {
              if (!shown || !stored) return shown;
              const nodes = [stored.createCallRecord, ...shown.callRecords.nodes];
              return { ...shown, callRecords: { ...shown.callRecords, nodes } };
            }),
        });
      }}
      violationsIn={violationsOf}
    />
  );
}

show(
  <ApolloProvider client={client}>
    <App />
  </ApolloProvider>,
);
