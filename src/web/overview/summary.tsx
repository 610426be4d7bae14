import { useQuery } from '@apollo/client/react';
import type { ReactNode } from 'react';
import { formatCount, formatDuration, formatHours, formatShare } from '../app/format.js';
import { graphql } from '../gql/index.js';
import type { Scope } from './scope.js';

const SUMMARY = graphql(`
  query Summary($filter: CallRecordFilter) {
    callRecordStatistics(filter: $filter) {
      count
      totalDurationSeconds
      averageDurationSeconds
      quality {
        goodCalls
        poorCalls
        unclassifiedCalls
        withoutSessions
      }
    }
  }
`);

const PARTICIPANTS = graphql(`
  query Participants($filter: CallRecordFilter) {
    callRecordStatistics(filter: $filter) {
      distinctParticipants
    }
  }
`);

/** The figures at the top. Counting different people takes longest, and so is asked for apart. */
export function Summary({ filter }: Scope) {
  const { data } = useQuery(SUMMARY, { variables: { filter } });
  const people = useQuery(PARTICIPANTS, { variables: { filter } });
  const all = data?.callRecordStatistics;
  const quality = all?.quality;
  const judged = quality && quality.goodCalls + quality.poorCalls;
  return (
    <dl className="figures">
      <Figure name="Calls" value={all && formatCount(all.count)}>
        {quality && `${formatCount(all.count - quality.withoutSessions)} with sessions`}
      </Figure>
      <Figure name="Time in calls" value={all && formatHours(all.totalDurationSeconds)}>
        {all?.averageDurationSeconds != null && `${formatDuration(all.averageDurationSeconds)} on average`}
      </Figure>
      <Figure name="People" value={people.data && formatCount(people.data.callRecordStatistics.distinctParticipants)}>
        who took part, each once
      </Figure>
      <Figure name="Poor calls" value={quality && formatShare(quality.poorCalls, judged ?? 0)}>
        {quality && `${formatCount(quality.poorCalls)} of ${formatCount(judged ?? 0)} that could be judged`}
      </Figure>
    </dl>
  );
}

function Figure({ name, value, children }: { name: string; value: string | undefined; children: ReactNode }) {
  return (
    <div className="figure">
      <dt>{name}</dt>
      <dd>
        {value === undefined ? (
          <span className="skeleton" role="status">
            <span className="visually-hidden">Loading {name}…</span>
          </span>
        ) : (
          <strong>{value}</strong>
        )}
        <span className="note">{value === undefined ? '' : children}</span>
      </dd>
    </div>
  );
}
