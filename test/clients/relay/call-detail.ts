import { graphql } from 'relay-runtime';
import type { GraphQLTaggedNode } from 'relay-runtime';
import type { callDetailQuery$data } from './__generated__/callDetailQuery.graphql';

/** One call with all that tells whether it was good, and for whom. */
export const CALL_DETAIL: GraphQLTaggedNode = graphql`
  query callDetailQuery($id: ID!) {
    callRecord(id: $id) {
      id
      sessions {
        nodes {
          sessionId
          durationSeconds
          caller {
            ...callDetail_end @relay(mask: false)
          }
          callee {
            ...callDetail_end @relay(mask: false)
          }
          quality {
            class
            poorReasons
          }
          segments {
            media {
              label
              kind
              callerNetwork {
                connectionType
                linkSpeed
              }
              streams {
                streamDirection
                quality
                averageJitter
                packetUtilization
              }
            }
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`;

/** What stands at either end of a session. */
export const END: GraphQLTaggedNode = graphql`
  fragment callDetail_end on Endpoint {
    __typename
    userAgent {
      headerValue
    }
    ... on ParticipantEndpoint {
      name
      identity {
        identity {
          displayName
        }
      }
    }
  }
`;

/** How many sessions were poor. */
export function poorSessions({ callRecord }: callDetailQuery$data): number {
  return (callRecord?.sessions?.nodes ?? []).filter(({ quality }) => quality.class === 'POOR').length;
}
