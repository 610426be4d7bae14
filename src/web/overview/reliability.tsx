import { QUALITY_TARGETS } from '../../domain/quality-limits.js';
import { Panel } from '../app/panel.js';
import { Nothing } from '../app/states.js';
import { useViewState } from '../app/view-state.js';
import { Rate } from '../charts/rate.js';
import { graphql } from '../gql/index.js';
import type { Scope } from './scope.js';

const RELIABILITY = graphql(`
  query Reliability($filter: CallRecordFilter) {
    callRecordStatistics(filter: $filter) {
      quality {
        goodStreams
        poorStreams
        unclassifiedStreams
        sessions
        setupFailures
        drops
      }
    }
  }
`);

/** How many sessions failed, beside what Microsoft suggests to stay below. */
export function Reliability({ filter }: Scope) {
  const { href } = useViewState();
  return (
    <Panel
      title="Failures and targets"
      note="Of sessions, tests left out; the line is Microsoft’s target"
      document={RELIABILITY}
      variables={{ filter }}
      isTable
      table={({ callRecordStatistics: { quality } }) => ({
        name: 'failures',
        columns: ['What', 'Count', 'Of'],
        rows: [
          ['Setup failures', quality.setupFailures, quality.sessions],
          ['Drops', quality.drops, quality.sessions - quality.setupFailures],
          ['Poor streams', quality.poorStreams, quality.poorStreams + quality.goodStreams],
        ],
      })}
    >
      {({ callRecordStatistics: { quality } }) =>
        quality.sessions === 0 ? (
          <Nothing>No sessions have been fetched here.</Nothing>
        ) : (
          <>
            <a className="plain" href={href({ view: 'calls', failure: 'callSetup' })}>
              <Rate
                label="Setup failed"
                part={quality.setupFailures}
                of={quality.sessions}
                unit="sessions"
                target={QUALITY_TARGETS.setupFailures}
              />
            </a>
            <a className="plain" href={href({ view: 'calls', failure: 'midcall' })}>
              <Rate
                label="Dropped"
                part={quality.drops}
                of={quality.sessions - quality.setupFailures}
                unit="sessions that set up"
                target={QUALITY_TARGETS.drops}
              />
            </a>
            <a className="plain" href={href({ view: 'calls', quality: 'POOR' })}>
              <Rate
                label="Poor streams"
                part={quality.poorStreams}
                of={quality.poorStreams + quality.goodStreams}
                unit="streams judged"
                target={QUALITY_TARGETS.poorAudio}
              />
            </a>
          </>
        )
      }
    </Panel>
  );
}
