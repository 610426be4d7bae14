import { getDataID, violationsOf } from 'callrecords-graphql/clients';
import { Suspense, useState, useTransition } from 'react';
import { graphql, RelayEnvironmentProvider, useLazyLoadQuery, useMutation, usePaginationFragment } from 'react-relay';
import { Environment, Network, RecordSource, Store } from 'relay-runtime';
import { CallsPage } from '../page/calls-page.js';
import { fetchAgain, headers, url } from '../page/connection.js';
import { optimisticCall } from '../page/create.js';
import { show } from '../page/show.js';
import type { app_calls$key } from './__generated__/app_calls.graphql.js';
import type { appCreateMutation } from './__generated__/appCreateMutation.graphql.js';
import type { appQuery } from './__generated__/appQuery.graphql.js';

const QUERY = graphql`
  query appQuery($filter: CallRecordFilter) {
    ...app_calls @arguments(filter: $filter)
  }
`;

const CALLS = graphql`
  fragment app_calls on Query
  @refetchable(queryName: "appPaginationQuery")
  @argumentDefinitions(
    count: { type: "Int", defaultValue: 20 }
    cursor: { type: "String" }
    filter: { type: "CallRecordFilter" }
  ) {
    callRecords(first: $count, after: $cursor, filter: $filter) @connection(key: "app_callRecords") {
      __id
      edges {
        node {
          id
          ...app_call @relay(mask: false)
        }
      }
    }
  }
`;

graphql`
  fragment app_call on CallRecord {
    startDateTime
    durationSeconds
    organizer {
      user {
        id
        displayName
      }
    }
  }
`;

const CREATE = graphql`
  mutation appCreateMutation($input: CreateCallRecordInput!, $idempotencyKey: String!, $connections: [ID!]!) {
    createCallRecord(input: $input, idempotencyKey: $idempotencyKey)
      @prependNode(connections: $connections, edgeTypeName: "CallRecordEdge") {
      id
      ...app_call @relay(mask: false)
    }
  }
`;

const environment = new Environment({
  getDataID,
  network: Network.create(async ({ text }, variables) => {
    const body = JSON.stringify({ query: text, variables });
    const response = await fetchAgain(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body,
    });
    const answer = (await response.json()) as { data?: never; errors?: { message: string }[] };
    // With its errors, as violationsOf reads them.
    if (!answer.data) throw Object.assign(new Error(answer.errors?.[0]?.message), answer);
    return answer as never;
  }),
  store: new Store(new RecordSource()),
});

function App() {
  const [person, setPerson] = useState('');
  const [shownPerson, showPerson] = useState('');
  const [, startTransition] = useTransition();
  const filter = shownPerson ? { participant: { id: [shownPerson] } } : null;
  const query = useLazyLoadQuery<appQuery>(QUERY, { filter });
  const { data, hasNext, loadNext } = usePaginationFragment<appQuery, app_calls$key>(CALLS, query);
  const [create] = useMutation<appCreateMutation>(CREATE);
  return (
    <CallsPage
      calls={data.callRecords.edges.map(({ node }) => node)}
      hasMore={hasNext}
      loadMore={() => loadNext(20)}
      person={person}
      showCallsOf={(other) => {
        setPerson(other);
        startTransition(() => showPerson(other));
      }}
      create={(input, idempotencyKey) =>
        new Promise((resolve, reject) => {
          create({
            variables: { input, idempotencyKey, connections: [data.callRecords.__id] },
            optimisticResponse: { createCallRecord: optimisticCall(input) },
            onCompleted: () => resolve(),
            onError: reject,
          });
        })
      }
      violationsIn={violationsOf}
    />
  );
}

show(
  <RelayEnvironmentProvider environment={environment}>
    <Suspense fallback="Loading…">
      <App />
    </Suspense>
  </RelayEnvironmentProvider>,
);
