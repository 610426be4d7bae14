import { formatCount, formatCounted, formatShare, nameOf } from '../app/format.js';
import { Panel } from '../app/panel.js';
import { Nothing } from '../app/states.js';
import { DIMENSIONS, useViewState } from '../app/view-state.js';
import type { QualityDimension } from '../gql/graphql.js';
import { graphql } from '../gql/index.js';
import type { Scope } from './scope.js';

const WORST = graphql(`
  query WorstOf($filter: CallRecordFilter, $dimension: QualityDimension!, $minimumStreams: Int!) {
    callRecordStatistics(filter: $filter) {
      qualityBy(dimension: $dimension, minimumStreams: $minimumStreams, first: 10) {
        value
        goodStreams
        poorStreams
        unclassifiedStreams
        poorShare
      }
    }
  }
`);

const LABELS: Record<QualityDimension, string> = {
  SUBNET: 'Subnet',
  CONNECTION_TYPE: 'Connection',
  WIFI_BAND: 'Wi-Fi band',
  CAPTURE_DEVICE: 'Microphone or camera',
  RENDER_DEVICE: 'Speaker',
  CLIENT_PLATFORM: 'Platform',
  CLIENT_VERSION: 'Client version',
  AUDIO_CODEC: 'Codec',
  MEDIA_KIND: 'Media',
  POOR_REASON: 'Reason',
};

const MINIMA = [1, 10, 50, 100, 500];

/** The values of a chosen dimension with most poor streams. Groups of few streams say little and are left out. */
export function WorstOf({ filter }: Scope) {
  const { state } = useViewState();
  const { dimension, minimumStreams } = state;
  return (
    <Panel
      title="Worst of"
      note="Most poor streams first; shares are of what could be judged"
      size="wide"
      document={WORST}
      variables={{ filter, dimension, minimumStreams }}
      controls={<Chooser />}
      isTable
      table={({ callRecordStatistics: { qualityBy } }) => ({
        name: `worst-${dimension.toLowerCase().replaceAll('_', '-')}`,
        columns: [LABELS[dimension], 'Poor streams', 'Good streams', 'Unclassified streams', 'Poor share'],
        rows: qualityBy.map(({ value, poorStreams, goodStreams, unclassifiedStreams, poorShare }) => [
          value ?? null,
          poorStreams,
          goodStreams,
          unclassifiedStreams,
          poorShare ?? null,
        ]),
      })}
    >
      {({ callRecordStatistics: { qualityBy } }) =>
        qualityBy.length === 0 ? (
          <Nothing>No group here has so many streams; lower the minimum, or widen the range of time.</Nothing>
        ) : (
          <div className="scroll is-whole" tabIndex={0} role="region" aria-label={`Worst by ${LABELS[dimension]}`}>
            <Groups label={LABELS[dimension]} groups={qualityBy} />
          </div>
        )
      }
    </Panel>
  );
}

function Chooser() {
  const { state, change } = useViewState();
  return (
    <>
      <label className="pick">
        <span>by</span>
        <select
          aria-label="Group by"
          value={state.dimension}
          onChange={({ target }) => change({ dimension: target.value as QualityDimension })}
        >
          {DIMENSIONS.map((dimension) => (
            <option key={dimension} value={dimension}>
              {LABELS[dimension]}
            </option>
          ))}
        </select>
      </label>
      <label className="pick">
        <span>from</span>
        <select
          aria-label="Count groups from so many streams"
          value={state.minimumStreams}
          onChange={({ target }) => change({ minimumStreams: Number(target.value) })}
        >
          {[...new Set([...MINIMA, state.minimumStreams])]
            .sort((a, b) => a - b)
            .map((minimum) => (
              <option key={minimum} value={minimum}>
                {formatCounted(minimum, 'stream')}
              </option>
            ))}
        </select>
      </label>
    </>
  );
}

interface Group {
  value?: string | null;
  goodStreams: number;
  poorStreams: number;
  unclassifiedStreams: number;
}

function Groups({ label, groups }: { label: string; groups: readonly Group[] }) {
  const shareOf = ({ poorStreams, goodStreams }: Group) => poorStreams / Math.max(1, poorStreams + goodStreams);
  const highest = Math.max(...groups.map(shareOf), Number.EPSILON);
  return (
    <table className="data worst">
      <caption className="visually-hidden">Poor streams by {label}</caption>
      <thead>
        <tr>
          <th scope="col">{label}</th>
          <th scope="col">Poor share</th>
          <th scope="col" className="number">
            Poor
          </th>
          <th scope="col" className="number">
            Good
          </th>
          <th scope="col" className="number">
            Unclassified
          </th>
        </tr>
      </thead>
      <tbody>
        {groups.map((group, index) => (
          <tr key={index}>
            <th scope="row">{group.value == null ? 'Not told' : nameOf(group.value)}</th>
            <td>
              <span className="worst-share">
                <span className="bar" aria-hidden="true">
                  {group.poorStreams > 0 && <span style={{ width: `${(shareOf(group) / highest) * 100}%` }} />}
                </span>
                {formatShare(group.poorStreams, group.poorStreams + group.goodStreams)}
              </span>
            </td>
            <td className="number">{formatCount(group.poorStreams)}</td>
            <td className="number">{formatCount(group.goodStreams)}</td>
            <td className="number">{formatCount(group.unclassifiedStreams)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
