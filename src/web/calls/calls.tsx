import { useQuery } from '@apollo/client/react';
import { useMemo } from 'react';
import { filterOf } from '../app/filter.js';
import { formatCount } from '../app/format.js';
import { AsGraphQL } from '../app/panel.js';
import { Failure, Loading, Nothing } from '../app/states.js';
import { useViewState } from '../app/view-state.js';
import type { CallRecordFilter, CallRecordOrder } from '../gql/graphql.js';
import { graphql } from '../gql/index.js';
import { CALLS } from './calls-query.js';
import { CallsTable } from './calls-table.js';
import { SaveAll } from './save-all.js';

const COUNT = graphql(`
  query CallCount($filter: CallRecordFilter) {
    callRecordStatistics(filter: $filter) {
      count
    }
  }
`);

const PAGE_SIZE = 100;

/** The list of calls. Their number is requested separately, as the first calls are there sooner. */
export function Calls() {
  const { state } = useViewState();
  const key = JSON.stringify([
    filterOf(state),
    { field: state.sort === 'start' ? 'START_DATE_TIME' : 'DURATION', direction: state.ascending ? 'ASC' : 'DESC' },
  ]);
  const variables = useMemo(() => {
    const [filter, orderBy] = JSON.parse(key) as [CallRecordFilter, CallRecordOrder];
    return { filter, orderBy, first: PAGE_SIZE };
  }, [key]);
  const { data, previousData, error, loading, refetch, fetchMore } = useQuery(CALLS, { variables });
  const { data: counted } = useQuery(COUNT, { variables: { filter: variables.filter } });
  const page = (data ?? (loading ? previousData : undefined))?.callRecords;
  const total = counted?.callRecordStatistics.count;
  return (
    <section className="panel calls" aria-labelledby="calls-title" aria-busy={loading}>
      <header>
        <div>
          <h2 id="calls-title">Calls</h2>
          <p className="note" role="status">
            {total === undefined ? 'Counting…' : `${formatCount(total)} match`}
          </p>
        </div>
        <div className="tools">
          <AsGraphQL document={CALLS} variables={variables} title="Calls" />
          <SaveAll variables={variables} />
        </div>
      </header>
      {error && !page ? (
        <Failure error={error} onRetry={() => void refetch()} />
      ) : !page ? (
        <Loading what="calls" />
      ) : page.nodes.length === 0 ? (
        <Nothing>No calls match. Take away a filter, or widen the range of time.</Nothing>
      ) : (
        <CallsTable
          // A new query begins at the top again.
          key={key}
          calls={page.nodes}
          total={total}
          hasMore={page.pageInfo.hasNextPage}
          failure={error}
          onMore={() => fetchMore({ variables: { after: page.pageInfo.endCursor } })}
        />
      )}
    </section>
  );
}
