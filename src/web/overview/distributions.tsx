import { formatDuration, nameOf } from '../app/format.js';
import { Panel } from '../app/panel.js';
import { Nothing } from '../app/states.js';
import { ZONE } from '../app/time-range.js';
import { useViewState } from '../app/view-state.js';
import { BarList } from '../charts/bar-list.js';
import { HoursOfWeek } from '../charts/hours-of-week.js';
import { graphql } from '../gql/index.js';
import type { Scope } from './scope.js';

const HOURS = graphql(`
  query BusiestHours($filter: CallRecordFilter, $timeZone: String!) {
    callRecordStatistics(filter: $filter, timeZone: $timeZone) {
      hoursOfWeek {
        dayOfWeek
        hour
        count
      }
    }
  }
`);

const KINDS = graphql(`
  query Kinds($filter: CallRecordFilter) {
    callRecordStatistics(filter: $filter) {
      count
      byType {
        type
        count
      }
      byModality {
        modality
        count
      }
    }
  }
`);

const SIZES = graphql(`
  query Sizes($filter: CallRecordFilter) {
    callRecordStatistics(filter: $filter) {
      count
      byParticipantCount {
        from
        to
        count
      }
    }
  }
`);

const LENGTHS = graphql(`
  query Lengths($filter: CallRecordFilter) {
    callRecordStatistics(filter: $filter) {
      count
      byDuration {
        from
        to
        count
      }
    }
  }
`);

/** When calls begin, by the hour of the week. */
export function BusiestHours({ filter, size }: Scope & { size: 'full' | 'wide' }) {
  return (
    <Panel
      title="Busiest hours"
      note={`When calls begin, by the clock of ${ZONE}`}
      size={size}
      document={HOURS}
      variables={{ filter, timeZone: ZONE }}
      isTable
      table={({ callRecordStatistics: { hoursOfWeek } }) => ({
        name: 'busiest-hours',
        columns: ['Day of the week (1 is Monday)', 'Hour', 'Calls'],
        rows: hoursOfWeek.map(({ dayOfWeek, hour, count }) => [dayOfWeek, hour, count]),
      })}
    >
      {({ callRecordStatistics: { hoursOfWeek } }) => <HoursOfWeek hours={hoursOfWeek} />}
    </Panel>
  );
}

/** The types of calls, and their media. */
export function Kinds({ filter }: Scope) {
  const { href } = useViewState();
  return (
    <Panel
      title="Kinds and media"
      note="A call may use several media"
      document={KINDS}
      variables={{ filter }}
      isTable
      table={({ callRecordStatistics: { byType, byModality } }) => ({
        name: 'kinds',
        columns: ['What', 'Calls'],
        rows: [
          ...byType.map(({ type, count }): [string, number] => [type, count]),
          ...byModality.map(({ modality, count }): [string, number] => [modality, count]),
        ],
      })}
    >
      {({ callRecordStatistics: { count, byType, byModality } }) =>
        count === 0 ? (
          <Nothing>No calls in this range.</Nothing>
        ) : (
          <>
            <BarList
              caption="Kinds of calls"
              unit="Calls"
              of={count}
              bars={byType.map(({ type, count }) => ({
                key: type,
                label: nameOf(type),
                count,
                href: href({ view: 'calls', type }),
              }))}
            />
            <BarList
              caption="Media of calls"
              unit="Calls"
              of={count}
              bars={byModality.map(({ modality, count }) => ({
                key: modality,
                label: nameOf(modality),
                count,
                href: href({ view: 'calls', modality }),
              }))}
            />
          </>
        )
      }
    </Panel>
  );
}

interface Part {
  from: number;
  to?: number | null;
}

function peopleIn({ from, to }: Part): string {
  if (to == null) return `${from} and more`;
  return to - from === 1 ? String(from) : `${from} – ${to - 1}`;
}

function lengthOf({ from, to }: Part): string {
  if (to == null) return `${formatDuration(from)} and more`;
  return from === 0 ? `under ${formatDuration(to)}` : `${formatDuration(from)} – ${formatDuration(to)}`;
}

/** How many took part. */
export function Sizes({ filter }: Scope) {
  const { href } = useViewState();
  return (
    <Panel
      title="Meeting sizes"
      note="By how many took part"
      size="half"
      document={SIZES}
      variables={{ filter }}
      isTable
      table={({ callRecordStatistics: { byParticipantCount } }) => ({
        name: 'sizes',
        columns: ['People', 'Calls'],
        rows: byParticipantCount.map((part) => [peopleIn(part), part.count]),
      })}
    >
      {({ callRecordStatistics: { count, byParticipantCount } }) => (
        <BarList
          caption="Calls by how many took part"
          unit="Calls"
          of={count}
          bars={byParticipantCount.map((part) => ({
            key: String(part.from),
            label: peopleIn(part),
            count: part.count,
            ...(part.from > 0 && { href: href({ view: 'calls', people: part.from }) }),
          }))}
        />
      )}
    </Panel>
  );
}

/** How long calls took. */
export function Lengths({ filter }: Scope) {
  return (
    <Panel
      title="Lengths of calls"
      note="From the first to join to the last to leave"
      size="half"
      document={LENGTHS}
      variables={{ filter }}
      isTable
      table={({ callRecordStatistics: { byDuration } }) => ({
        name: 'lengths',
        columns: ['Length', 'Calls'],
        rows: byDuration.map((part) => [lengthOf(part), part.count]),
      })}
    >
      {({ callRecordStatistics: { count, byDuration } }) => (
        <BarList
          caption="Calls by how long they took"
          unit="Calls"
          of={count}
          bars={byDuration.map((part) => ({ key: String(part.from), label: lengthOf(part), count: part.count }))}
        />
      )}
    </Panel>
  );
}
