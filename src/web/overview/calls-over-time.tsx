import { Link } from 'wouter';
import { Panel } from '../app/panel.js';
import { Nothing } from '../app/states.js';
import { ZONE } from '../app/time-range.js';
import { type Measure, rangeOf, useViewState } from '../app/view-state.js';
import { formatBucket } from '../charts/bucket-labels.js';
import { ColumnChart } from '../charts/column-chart.js';
import { Choice } from '../app/choice.js';
import { graphql } from '../gql/index.js';
import type { Scope } from './scope.js';

/** Lists of buckets are not merged: a query for other members would make those who show these ask again. */
graphql(`
  fragment Bucket on TimeBucket {
    start
    count
    totalDurationSeconds
    goodCalls
    poorCalls
    unclassifiedCalls
  }
`);

const OVER_TIME = graphql(`
  query CallsOverTime($filter: CallRecordFilter, $interval: TimeInterval!, $timeZone: String!) {
    callRecordStatistics(filter: $filter, interval: $interval, timeZone: $timeZone) {
      buckets {
        ...Bucket
      }
    }
  }
`);

interface Props extends Scope {
  measure: Measure;
  onMeasure: (measure: Measure) => void;
  onChoose: (first: string, last: string) => void;
}

/** Calls, or minutes of calls, over time. A range chosen here applies to all panels. */
export function CallsOverTime({ filter, interval, measure, onMeasure, onChoose }: Props) {
  const { href } = useViewState();
  return (
    <Panel
      title={measure === 'calls' ? 'Calls over time' : 'Minutes over time'}
      note="Draw over the columns to look closer"
      size="wide"
      document={OVER_TIME}
      variables={{ filter, interval, timeZone: ZONE }}
      controls={
        <Choice
          label="Measure"
          options={[
            ['calls', 'Calls'],
            ['minutes', 'Minutes'],
          ]}
          value={measure}
          onChange={onMeasure}
        />
      }
      table={({ callRecordStatistics: { buckets } }) => ({
        name: 'calls-over-time',
        columns: ['Time', 'Start', 'Calls', 'Minutes'],
        rows: buckets.map(({ start, count, totalDurationSeconds }) => [
          formatBucket(start, interval),
          start,
          count,
          Math.round(totalDurationSeconds / 60),
        ]),
      })}
    >
      {({ callRecordStatistics: { buckets } }) =>
        buckets.length === 0 ? (
          <Nothing>
            No calls in this range. <Link href={href(rangeOf('all'))}>Show all time</Link>
          </Nothing>
        ) : (
          <ColumnChart
            label={measure === 'calls' ? 'Calls over time' : 'Minutes over time'}
            interval={interval}
            series={[{ key: 'calls', label: measure === 'calls' ? 'Calls' : 'Minutes' }]}
            columns={buckets.map(({ start, count, totalDurationSeconds }) => ({
              start,
              values: { calls: measure === 'calls' ? count : Math.round(totalDurationSeconds / 60) },
            }))}
            onSelect={(first, last) => onChoose(buckets[first]?.start ?? '', buckets[last]?.start ?? '')}
          />
        )
      }
    </Panel>
  );
}
