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

/** From the first of this month to the first of the next, in UTC. */
function thisMonth(): { gte: string; lt: string } {
  const now = new Date();
  const first = (month: number) => new Date(Date.UTC(now.getUTCFullYear(), month)).toISOString();
  return { gte: first(now.getUTCMonth()), lt: first(now.getUTCMonth() + 1) };
}

/** The operations that the explorer opens with, in the order to try them. */
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
  {
    name: 'CallsADay',
    document: `# The calls of a month by day, where the clock of the time zone shows it.
query CallsADay($filter: CallRecordFilter, $timeZone: String) {
  callRecordStatistics(filter: $filter, interval: DAY, timeZone: $timeZone) {
    count
    averageDurationSeconds
    distinctParticipants
    byType { type count }
    byModality { modality count }
    buckets { start count totalDurationSeconds }
  }
}`,
    variables: JSON.stringify({ filter: { startDateTime: thisMonth() }, timeZone: 'UTC' }, null, 2),
  },
  {
    name: 'BusiestHours',
    document: `query BusiestHours($timeZone: String) {
  callRecordStatistics(timeZone: $timeZone) {
    hoursOfWeek { dayOfWeek hour count }
    topOrganizers(first: 5) {
      organizer { kind identity { id displayName } }
      count
      totalDurationSeconds
    }
  }
}`,
    variables: JSON.stringify({ timeZone: 'UTC' }, null, 2),
  },
];
