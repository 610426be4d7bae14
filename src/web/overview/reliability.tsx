import { QUALITY_TARGETS } from '../../domain/quality-limits.js';
import { nameOf } from '../app/format.js';
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
        sessions
        setupFailures
        drops
      }
      qualityBy(dimension: MEDIA_KIND, minimumStreams: 1) {
        value
        goodStreams
        poorStreams
      }
    }
  }
`);

/** How many sessions failed, beside the maximum that Microsoft suggests. */
export function Reliability({ filter }: Scope) {
  const { href } = useViewState();
  return (
    <Panel
      title="Failures and targets"
      note="The line is what Microsoft suggests to stay below"
      document={RELIABILITY}
      variables={{ filter }}
      isTable
      table={({ callRecordStatistics: { quality, qualityBy } }) => ({
        name: 'failures',
        columns: ['What', 'Count', 'Of'],
        rows: [
          ['Setup failures', quality.setupFailures, quality.sessions],
          ['Drops', quality.drops, quality.sessions - quality.setupFailures],
          ...qualityBy.map(({ value, poorStreams, goodStreams }): [string, number, number] => [
            `Poor streams: ${nameOf(value ?? 'of no kind')}`,
            poorStreams,
            poorStreams + goodStreams,
          ]),
        ],
      })}
    >
      {({ callRecordStatistics: { quality, qualityBy } }) =>
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
              <PoorAudio kinds={qualityBy} />
            </a>
          </>
        )
      }
    </Panel>
  );
}

interface Kind {
  value?: string | null;
  goodStreams: number;
  poorStreams: number;
}

/** Only audio has a target. */
function PoorAudio({ kinds }: { kinds: readonly Kind[] }) {
  const { goodStreams = 0, poorStreams = 0 } = kinds.find(({ value }) => value === 'AUDIO') ?? {};
  return (
    <Rate
      label="Poor audio"
      part={poorStreams}
      of={poorStreams + goodStreams}
      unit="streams judged"
      target={QUALITY_TARGETS.poorAudio}
    />
  );
}
