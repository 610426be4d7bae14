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
  query QualityOverTime($filter: CallRecordFilter, $interval: TimeInterval!, $timeZone: String!) {
    callRecordStatistics(filter: $filter, interval: $interval, timeZone: $timeZone) {
      buckets {
        ...Bucket
      }
      quality {
        goodCalls
        poorCalls
        unclassifiedCalls
        withoutSessions
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
  return (
    <Panel
      title="Quality of calls"
      note="A call is poor if one of its streams was; who could not be judged is unclassified"
      size="wide"
      document={QUALITY}
      variables={{ filter, interval, timeZone: ZONE }}
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
        const { goodCalls, poorCalls, unclassifiedCalls } = data.callRecordStatistics.quality;
        if (goodCalls + poorCalls + unclassifiedCalls === 0)
          return <Nothing>Nothing was judged here: no sessions of these calls have been fetched.</Nothing>;
        return (
          <>
            <Shares {...data.callRecordStatistics.quality} />
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

function columnsOf({ callRecordStatistics: { buckets } }: QualityOverTimeQuery) {
  return buckets.map(({ start, count, goodCalls, poorCalls, unclassifiedCalls }) => ({
    start,
    count,
    values: { poor: poorCalls, good: goodCalls, unclassified: unclassifiedCalls },
  }));
}

type Quality = QualityOverTimeQuery['callRecordStatistics']['quality'];

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
