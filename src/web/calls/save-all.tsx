import { useApolloClient } from '@apollo/client/react';
import { useState } from 'react';
import { saveCsv } from '../app/csv.js';
import { formatCount } from '../app/format.js';
import { Icon } from '../app/icons.js';
import type { CallRecordFilter, CallRecordOrder, CallsQuery } from '../gql/graphql.js';
import { CALLS } from './calls-query.js';
import { COLUMNS, type ListedCall } from './columns.js';

const PAGE_SIZE = 500;
/** More than a person reads; `callrecords export` has no limit. */
const MOST = 50_000;

interface Asked {
  filter: CallRecordFilter;
  orderBy: CallRecordOrder;
}

/** Saves all calls of the list, also those that have not been scrolled to, up to a limit that it names. */
export function SaveAll({ variables: { filter, orderBy } }: { variables: Asked }) {
  const client = useApolloClient();
  const [told, setTold] = useState('');
  const [isBusy, setIsBusy] = useState(false);
  const saveAll = async () => {
    setIsBusy(true);
    try {
      const calls: ListedCall[] = [];
      let after: string | null | undefined = null;
      do {
        const { data }: { data?: CallsQuery } = await client.query({
          query: CALLS,
          variables: { filter, orderBy, first: PAGE_SIZE, after },
          fetchPolicy: 'no-cache',
        });
        if (!data) break;
        calls.push(...data.callRecords.nodes);
        setTold(`${formatCount(calls.length)} read`);
        after = data.callRecords.pageInfo.hasNextPage ? data.callRecords.pageInfo.endCursor : null;
      } while (after && calls.length < MOST);
      saveCsv({
        name: 'calls',
        columns: ['Id', ...COLUMNS.map(({ title }) => title)],
        rows: calls.map((call) => [call.id, ...COLUMNS.map(({ text }) => text(call))]),
      });
      setTold(after ? `The first ${formatCount(calls.length)} were saved` : `${formatCount(calls.length)} saved`);
    } catch (error) {
      setTold(`Not saved: ${(error as Error).message}`);
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <>
      <span className="note" role="status">
        {told}
      </span>
      <button type="button" className="tool" disabled={isBusy} onClick={() => void saveAll()} title="Save as CSV">
        <Icon name="down" />
        <span>CSV</span>
        <span className="visually-hidden"> of Calls</span>
      </button>
    </>
  );
}
