import { graphql } from '../gql/index.js';

/** A page of the list, after the one before. */
export const CALLS = graphql(`
  query Calls($filter: CallRecordFilter, $orderBy: CallRecordOrder, $first: Int!, $after: String) {
    callRecords(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
      nodes {
        id
        type
        modalities
        startDateTime
        durationSeconds
        participantCount
        organizer {
          ...Who
        }
        quality {
          class
          setupFailures
          drops
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);
