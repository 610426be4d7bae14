import { formatHours } from '../app/format.js';
import { identityName, personKeyOf } from '../app/identity.js';
import { Panel } from '../app/panel.js';
import { Nothing } from '../app/states.js';
import { useViewState } from '../app/view-state.js';
import { BarList } from '../charts/bar-list.js';
import { graphql } from '../gql/index.js';
import type { Scope } from './scope.js';

const ORGANIZERS = graphql(`
  query TopOrganizers($filter: CallRecordFilter) {
    callRecordStatistics(filter: $filter) {
      topOrganizers(first: 10) {
        organizer {
          kind
          identity {
            id
            displayName
          }
        }
        count
        totalDurationSeconds
      }
    }
  }
`);

/** The people who organized most calls, for viewers who may see the calls of all. */
export function TopOrganizers({ filter }: Scope) {
  const { href } = useViewState();
  return (
    <Panel
      title="Top organizers"
      document={ORGANIZERS}
      variables={{ filter }}
      isTable
      table={({ callRecordStatistics: { topOrganizers } }) => ({
        name: 'top-organizers',
        columns: ['Organizer', 'Id', 'Calls', 'Minutes'],
        rows: topOrganizers.map(({ organizer, count, totalDurationSeconds }) => [
          identityName(organizer),
          organizer.identity?.id ?? null,
          count,
          Math.round(totalDurationSeconds / 60),
        ]),
      })}
    >
      {({ callRecordStatistics: { topOrganizers } }) =>
        topOrganizers.length === 0 ? (
          <Nothing>Nobody organized calls in this range.</Nothing>
        ) : (
          <BarList
            caption="Who organized most calls"
            unit="Calls"
            bars={topOrganizers.map(({ organizer, count, totalDurationSeconds }, index) => {
              const person = personKeyOf(organizer);
              return {
                key: `${index} ${organizer.identity?.id ?? ''}`,
                label: (
                  <>
                    {identityName(organizer)} <span className="note">{formatHours(totalDurationSeconds)}</span>
                  </>
                ),
                count,
                ...(person && { href: href({ view: 'calls', person }) }),
              };
            })}
          />
        )
      }
    </Panel>
  );
}
