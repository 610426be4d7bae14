import { graphql } from 'relay-runtime';
import type { GraphQLTaggedNode } from 'relay-runtime';
import type { callList_calls$data } from './__generated__/callList_calls.graphql';

/** The calls of a person, a page at a time, as Relay's pagination wants them. */
export const CALLS: GraphQLTaggedNode = graphql`
  fragment callList_calls on Query
  @argumentDefinitions(count: { type: "Int", defaultValue: 20 }, cursor: { type: "String" }, person: { type: "ID!" })
  @refetchable(queryName: "callListPaginationQuery") {
    callRecords(first: $count, after: $cursor, filter: { participant: { id: [$person] } })
      @connection(key: "callList_callRecords") {
      edges {
        node {
          id
          type
          startDateTime
          durationSeconds
          ...callRow_call
        }
      }
    }
  }
`;

/** One call; refetched by its id through Query.node. */
export const CALL: GraphQLTaggedNode = graphql`
  fragment callRow_call on CallRecord @refetchable(queryName: "callRowRefetchQuery") {
    version
    participants {
      user {
        id
        displayName
      }
    }
  }
`;

/** The length of all calls shown, in seconds. */
export function totalSeconds({ callRecords }: callList_calls$data): number {
  return callRecords.edges.reduce((total, { node }) => total + node.durationSeconds, 0);
}
