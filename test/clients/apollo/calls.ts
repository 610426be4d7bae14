import { type ApolloClient } from '@apollo/client';
import { graphql } from './gql/index.js';

const CALLS = graphql(`
  query Calls($person: ID!, $after: String) {
    callRecords(first: 20, after: $after, filter: { participant: { id: [$person] } }) {
      nodes {
        id
        version
        type
        startDateTime
        durationSeconds
        organizer {
          user {
            displayName
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

const CREATE = graphql(`
  mutation Create($input: CreateCallRecordInput!, $key: String) {
    createCallRecord(input: $input, idempotencyKey: $key) {
      id
      lastModifiedDateTime
    }
  }
`);

/** One line for each of a person's newest calls. */
export async function listCalls(client: ApolloClient, person: string): Promise<string[]> {
  const { data } = await client.query({ query: CALLS, variables: { person } });
  return (data?.callRecords.nodes ?? []).map(
    ({ startDateTime, durationSeconds, type, organizer }) =>
      `${startDateTime.slice(0, 10)} ${type} ${durationSeconds.toFixed(0)} s ${organizer?.user?.displayName ?? 'unknown'}`,
  );
}

/** Stores a call; the key makes repeating it harmless. */
export async function storeCall(client: ApolloClient, joinWebUrl: string, key: string): Promise<string | undefined> {
  const { data } = await client.mutate({
    mutation: CREATE,
    variables: {
      key,
      input: {
        version: 1,
        type: 'groupCall',
        modalities: ['audio'],
        startDateTime: '2026-02-25T18:52:21Z',
        endDateTime: '2026-02-25T18:52:46Z',
        joinWebUrl,
        organizer: { user: { id: '821809f5-0000-0000-0000-3b5136c0e777' } },
        participants: [],
      },
    },
  });
  return data?.createCallRecord.id;
}
