import type { ReactNode } from 'react';
import { formatDateTime, formatDuration, formatExactly, nameOf } from '../app/format.js';
import { Icon } from '../app/icons.js';
import { identityName } from '../app/identity.js';
import { QualityMark } from '../app/quality-mark.js';
import type { ViewState } from '../app/view-state.js';
import type { CallsQuery } from '../gql/graphql.js';

export type ListedCall = CallsQuery['callRecords']['nodes'][number];

interface Column {
  key: string;
  title: string;
  /** The order of the server for this column. */
  sort?: ViewState['sort'];
  cell: (call: ListedCall) => ReactNode;
  /** For CSV. */
  text: (call: ListedCall) => string | number | null;
}

/** The columns of the list of calls, in order; the first is the link to the call. */
export const COLUMNS: Column[] = [
  {
    key: 'start',
    title: 'Start',
    sort: 'start',
    cell: ({ startDateTime }) => (
      <time dateTime={startDateTime} title={formatExactly(startDateTime)}>
        {formatDateTime(startDateTime)}
      </time>
    ),
    text: ({ startDateTime }) => startDateTime,
  },
  {
    key: 'organizer',
    title: 'Organizer',
    cell: ({ organizer }) => identityName(organizer),
    text: ({ organizer }) => identityName(organizer),
  },
  {
    key: 'kind',
    title: 'Kind',
    cell: ({ type, modalities }) => (
      <>
        {nameOf(type)} <span className="note">{modalities.map(nameOf).join(', ')}</span>
      </>
    ),
    text: ({ type, modalities }) => [type, ...modalities].join(' '),
  },
  {
    key: 'people',
    title: 'People',
    cell: ({ participantCount }) => participantCount,
    text: ({ participantCount }) => participantCount,
  },
  {
    key: 'duration',
    title: 'Duration',
    sort: 'duration',
    cell: ({ durationSeconds }) => formatDuration(durationSeconds),
    text: ({ durationSeconds }) => durationSeconds,
  },
  {
    key: 'quality',
    title: 'Quality',
    cell: ({ quality }) => <QualityMark quality={quality?.class ?? null} />,
    text: ({ quality }) => quality?.class ?? null,
  },
  {
    key: 'failures',
    title: 'Failures',
    cell: ({ quality }) => <Failures setupFailures={quality?.setupFailures ?? 0} drops={quality?.drops ?? 0} />,
    text: ({ quality }) => (quality ? quality.setupFailures + quality.drops : null),
  },
];

function Failures({ setupFailures, drops }: { setupFailures: number; drops: number }) {
  return (
    <>
      {setupFailures > 0 && (
        <span className="failed">
          <Icon name="failed" /> {setupFailures} setup
        </span>
      )}{' '}
      {drops > 0 && (
        <span className="failed">
          <Icon name="dropped" /> {drops} dropped
        </span>
      )}
    </>
  );
}
