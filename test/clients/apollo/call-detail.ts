import { graphql } from './gql/index.js';
import type { CallDetailQuery } from './gql/graphql.js';

/** One call with all that tells whether it was good, and for whom. */
export const CALL_DETAIL = graphql(`
  query CallDetail($id: ID!) {
    callRecord(id: $id) {
      id
      sessions {
        nodes {
          sessionId
          durationSeconds
          caller {
            ...End
          }
          callee {
            ...End
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
  fragment End on Endpoint {
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
`);

/** The devices at which something poor was received or sent, by name. */
export function poorDevices({ callRecord }: CallDetailQuery): string[] {
  const sessions = callRecord?.sessions?.nodes ?? [];
  return sessions.flatMap(({ caller, quality }) =>
    quality.class === 'POOR' && caller?.__typename === 'ParticipantEndpoint' && caller.name ? [caller.name] : [],
  );
}
