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
    }
  }
`);

const JUDGED = graphql(`
  query Judged($filter: CallRecordFilter) {
    callRecordStatistics(filter: $filter) {
      count
      quality {
        goodCalls
        poorCalls
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

/**
 * The figures at the top. Those that take longer to count have queries of their own, so that none waits for another.
 */
export function Summary({ filter }: Scope) {
  const options = { variables: { filter } };
  const all = useQuery(SUMMARY, options).data?.callRecordStatistics;
  const judged = useQuery(JUDGED, options).data?.callRecordStatistics;
  const people = useQuery(PARTICIPANTS, options).data?.callRecordStatistics;
  const quality = judged?.quality;
  const classified = quality ? quality.goodCalls + quality.poorCalls : 0;
  return (
    <dl className="figures">
      <Figure name="Calls" value={all && formatCount(all.count)}>
        {judged && quality && `${formatCount(judged.count - quality.withoutSessions)} with sessions`}
      </Figure>
      <Figure name="Time in calls" value={all && formatHours(all.totalDurationSeconds)}>
        {all?.averageDurationSeconds != null && `${formatDuration(all.averageDurationSeconds)} on average`}
      </Figure>
      <Figure name="People" value={people && formatCount(people.distinctParticipants)}>
        who took part, each once
      </Figure>
      <Figure name="Poor calls" value={quality && formatShare(quality.poorCalls, classified)}>
        {quality && `${formatCount(quality.poorCalls)} of ${formatCount(classified)} that could be judged`}
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
