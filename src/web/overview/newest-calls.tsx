import { useApolloClient } from '@apollo/client/react';
import { formatCounted, formatDateTime, formatDuration, formatExactly } from '../app/format.js';
import { Icon } from '../app/icons.js';
import { identityName } from '../app/identity.js';
import { Panel } from '../app/panel.js';
import { QualityMark } from '../app/quality-mark.js';
import { Nothing } from '../app/states.js';
import { useViewState } from '../app/view-state.js';
import { graphql } from '../gql/index.js';
import type { Scope } from './scope.js';
import { useChanges } from './use-changes.js';

const NEWEST = graphql(`
  query NewestCalls($filter: CallRecordFilter) {
    callRecords(first: 5, filter: $filter) {
      nodes {
        id
        type
        startDateTime
        durationSeconds
        participantCount
        organizer {
          ...Who
        }
        quality {
          class
        }
      }
    }
  }
`);

interface Props extends Scope {
  isLive: boolean;
  onLive: (isLive: boolean) => void;
}

/** The newest calls. New ones are added by themselves until that is paused. */
export function NewestCalls({ filter, isLive, onLive }: Props) {
  const { href } = useViewState();
  const client = useApolloClient();
  useChanges(filter, isLive, () => void client.refetchQueries({ include: [NEWEST] }));
  return (
    <Panel
      title="Newest calls"
      document={NEWEST}
      variables={{ filter }}
      isTable
      controls={
        <button type="button" className="tool" aria-pressed={isLive} onClick={() => onLive(!isLive)}>
          <Icon name={isLive ? 'pause' : 'play'} />
          <span>{isLive ? 'Pause' : 'Live'}</span>
        </button>
      }
      table={({ callRecords: { nodes } }) => ({
        name: 'newest-calls',
        columns: ['Start', 'Organizer', 'Kind', 'Seconds', 'People', 'Quality', 'Id'],
        rows: nodes.map(({ id, startDateTime, organizer, type, durationSeconds, participantCount, quality }) => [
          startDateTime,
          identityName(organizer),
          type,
          durationSeconds,
          participantCount,
          quality?.class ?? null,
          id,
        ]),
      })}
    >
      {({ callRecords: { nodes } }) =>
        nodes.length === 0 ? (
          <Nothing>No calls in this range.</Nothing>
        ) : (
          <ol className="newest">
            {nodes.map(({ id, startDateTime, durationSeconds, participantCount, organizer, quality }) => (
              <li key={id}>
                <a href={href({ call: id })}>
                  <span className="who">{identityName(organizer)}</span>
                  <QualityMark quality={quality?.class ?? null} />
                  <span className="note">
                    <time dateTime={startDateTime} title={formatExactly(startDateTime)}>
                      {formatDateTime(startDateTime)}
                    </time>{' '}
                    · {formatDuration(durationSeconds)} · {formatCounted(participantCount, 'person', 'people')}
                  </span>
                </a>
              </li>
            ))}
          </ol>
        )
      }
    </Panel>
  );
}
