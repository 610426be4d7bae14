import { formatCount, formatShare } from '../app/format.js';
import { Icon } from '../app/icons.js';
import { Panel } from '../app/panel.js';
import { Nothing } from '../app/states.js';
import { ZONE } from '../app/time-range.js';
import { useViewState } from '../app/view-state.js';
import { formatBucket } from '../charts/bucket-labels.js';
import { ColumnChart } from '../charts/column-chart.js';
import type { QualityOverTimeQuery } from '../gql/graphql.js';
import { graphql } from '../gql/index.js';
import type { Scope } from './scope.js';

const QUALITY = graphql(`
  query QualityOverTime(
    $filter: CallRecordFilter
    $good: CallRecordFilter
    $unclassified: CallRecordFilter
    $interval: TimeInterval!
    $timeZone: String!
  ) {
    all: callRecordStatistics(filter: $filter, interval: $interval, timeZone: $timeZone) {
      # The same as calls over time ask for: a list of other members in its place would make them ask again.
      buckets {
        start
        count
        totalDurationSeconds
        poorCalls
      }
      quality {
        goodCalls
        poorCalls
        unclassifiedCalls
        withoutSessions
      }
    }
    good: callRecordStatistics(filter: $good, interval: $interval, timeZone: $timeZone) {
      buckets {
        start
        count
      }
    }
    unclassified: callRecordStatistics(filter: $unclassified, interval: $interval, timeZone: $timeZone) {
      buckets {
        start
        count
      }
    }
  }
`);

const SERIES = [
  { key: 'poor', label: 'Poor' },
  { key: 'good', label: 'Good' },
  { key: 'unclassified', label: 'Unclassified' },
];

interface Props extends Scope {
  onChoose: (first: string, last: string) => void;
}

/** How many calls were good and poor, over time and in all. */
export function QualityOverTime({ filter, interval, onChoose }: Props) {
  const variables = {
    filter,
    good: { and: [filter, { quality: ['GOOD' as const] }] },
    unclassified: { and: [filter, { quality: ['UNCLASSIFIED' as const] }] },
    interval,
    timeZone: ZONE,
  };
  return (
    <Panel
      title="Quality of calls"
      note="A call is poor if one of its streams was; who could not be judged is unclassified"
      size="wide"
      document={QUALITY}
      variables={variables}
      table={(data) => ({
        name: 'quality-over-time',
        columns: ['Time', 'Start', 'Poor', 'Good', 'Unclassified', 'All'],
        rows: columnsOf(data).map(({ start, values, count }) => [
          formatBucket(start, interval),
          start,
          values.poor,
          values.good,
          values.unclassified,
          count,
        ]),
      })}
    >
      {(data) => {
        const columns = columnsOf(data);
        const { goodCalls, poorCalls, unclassifiedCalls } = data.all.quality;
        if (goodCalls + poorCalls + unclassifiedCalls === 0)
          return <Nothing>Nothing was judged here: no sessions of these calls have been fetched.</Nothing>;
        return (
          <>
            <Shares {...data.all.quality} />
            <ColumnChart
              label="Quality of calls over time"
              height={190}
              interval={interval}
              series={SERIES}
              columns={columns}
              onSelect={(first, last) => onChoose(columns[first]?.start ?? '', columns[last]?.start ?? '')}
            />
          </>
        );
      }}
    </Panel>
  );
}

/** The three results by the start of each part of time. With an open range, each ends at another call. */
function columnsOf({ all, good, unclassified }: QualityOverTimeQuery) {
  const goodAt = new Map(good.buckets.map(({ start, count }) => [start, count]));
  const unclassifiedAt = new Map(unclassified.buckets.map(({ start, count }) => [start, count]));
  return all.buckets.map(({ start, count, poorCalls }) => ({
    start,
    count,
    values: { poor: poorCalls, good: goodAt.get(start) ?? 0, unclassified: unclassifiedAt.get(start) ?? 0 },
  }));
}

type Quality = QualityOverTimeQuery['all']['quality'];

/** Shares of the classified calls, each with its count and a link to these calls. */
function Shares({ goodCalls, poorCalls, unclassifiedCalls, withoutSessions }: Quality) {
  const { href } = useViewState();
  const judged = goodCalls + poorCalls;
  const classes = [
    { quality: 'POOR', key: 'poor', label: 'Poor', count: poorCalls, share: formatShare(poorCalls, judged) },
    { quality: 'GOOD', key: 'good', label: 'Good', count: goodCalls, share: formatShare(goodCalls, judged) },
    { quality: 'UNCLASSIFIED', key: 'unclassified', label: 'Unclassified', count: unclassifiedCalls, share: null },
  ] as const;
  return (
    <ul className="shares">
      {classes.map(({ quality, key, label, count, share }) => (
        <li key={key}>
          <a href={href({ view: 'calls', quality })}>
            <span className={`quality is-${key}`}>
              <Icon name={key} />
              {label}
            </span>{' '}
            <strong>{formatCount(count)}</strong> {share && <span className="note">{share} of judged</span>}
          </a>
        </li>
      ))}
      {withoutSessions > 0 && (
        <li className="note">{formatCount(withoutSessions)} more, whose sessions were never fetched</li>
      )}
    </ul>
  );
}
