import type { ExplorerOperation } from './explorer-pages.js';

const INPUT = {
  version: 1,
  type: 'groupCall',
  modalities: ['audio', 'video'],
  startDateTime: '2026-02-25T18:52:21.2169889Z',
  endDateTime: '2026-02-25T18:52:46.7640013Z',
  joinWebUrl: 'https://teams.microsoft.com/l/meetup-join/19%3ameeting_example%40thread.v2/0',
  organizer: { user: { id: '821809f5-0000-0000-0000-3b5136c0e777', displayName: 'Abbie Wilkins' } },
  participants: [
    { user: { id: '821809f5-0000-0000-0000-3b5136c0e777', displayName: 'Abbie Wilkins' } },
    { phone: { id: '+14255550123' } },
  ],
};

/** What a person who opens the explorer finds filled in, in the order to try them. */
export const FIRST_OPERATIONS: ExplorerOperation[] = [
  {
    name: 'NewestCalls',
    document: `query NewestCalls {
  callRecords(first: 10) {
    totalCount
    nodes {
      id
      type
      startDateTime
      durationSeconds
      organizer { user { displayName } }
      participantCount
    }
    pageInfo { hasNextPage endCursor }
  }
}`,
  },
  {
    name: 'CreateCall',
    document: `# $idempotencyKey is a new one with each press, unless one stands among the variables.
mutation CreateCall($input: CreateCallRecordInput!, $idempotencyKey: String) {
  createCallRecord(input: $input, idempotencyKey: $idempotencyKey) {
    id
    lastModifiedDateTime
    durationSeconds
  }
}`,
    variables: JSON.stringify({ input: INPUT }, null, 2),
  },
  {
    name: 'CallsOfPerson',
    document: `query CallsOfPerson($person: ID!, $after: String) {
  callRecords(first: 20, after: $after, filter: { participant: { id: [$person] } }) {
    nodes {
      id
      startDateTime
      participants { user { id displayName } phone { id } guest { id displayName } }
    }
    pageInfo { hasNextPage endCursor }
  }
}`,
    variables: JSON.stringify({ person: '821809f5-0000-0000-0000-3b5136c0e777' }, null, 2),
  },
];
