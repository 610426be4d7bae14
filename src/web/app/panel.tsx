import type { DocumentNode, OperationVariables, TypedDocumentNode } from '@apollo/client';
import { NetworkStatus } from '@apollo/client';
import { useQuery } from '@apollo/client/react';
import { print } from 'graphql';
import { type ReactNode, useId } from 'react';
import { saveCsv, type Table } from './csv.js';
import { Icon } from './icons.js';
import { Failure, Loading } from './states.js';
import { DataTable } from './data-table.js';
import { useSeen } from './use-seen.js';

export interface PanelProps<Data, Variables extends OperationVariables> {
  title: string;
  /** One line about the data. */
  note?: ReactNode;
  document: TypedDocumentNode<Data, Variables>;
  variables: Variables;
  /** The data as a table: to read behind the chart, and to save. */
  table: (data: Data) => Table;
  /** Whether the panel itself shows its table, so that none is needed behind it. */
  isTable?: boolean;
  /** Controls for this panel alone. */
  controls?: ReactNode;
  size?: 'full' | 'wide' | 'half' | 'third';
  children: (data: Data) => ReactNode;
}

/** One query and its result, which can be copied as GraphQL and saved as CSV. */
export function Panel<Data, Variables extends OperationVariables>({
  title,
  note,
  document,
  variables,
  table,
  isTable = false,
  controls,
  size = 'third',
  children,
}: PanelProps<Data, Variables>) {
  const [watch, isSeen] = useSeen();
  // The option's type depends on the variables, which are not known here.
  const options = {
    variables,
    // A panel out of view asks the server for nothing.
    skip: !isSeen,
  } as unknown as useQuery.Options<Data, Variables>;
  const { data: current, previousData, error, loading, networkStatus, refetch } = useQuery(document, options);
  const id = useId();
  // The previous data stays, dimmed, until the next is there: the page does not jump.
  const data = current ?? (loading ? previousData : undefined);
  // An automatic refetch is not shown.
  const isBusy = loading && networkStatus !== NetworkStatus.refetch;
  return (
    <section ref={watch} className={`panel panel-${size}`} aria-labelledby={id} aria-busy={isBusy}>
      <header>
        <div>
          <h2 id={id}>{title}</h2>
          {note && <p className="note">{note}</p>}
        </div>
        <div className="tools">
          {controls}
          <AsGraphQL document={document} variables={variables} title={title} />
          <button
            type="button"
            className="tool"
            disabled={!data}
            title="Save as CSV"
            onClick={() => data && saveCsv(table(data))}
          >
            <Icon name="down" />
            <span>CSV</span>
            <span className="visually-hidden"> of {title}</span>
          </button>
        </div>
      </header>
      {error && !data ? (
        <Failure error={error} onRetry={() => void refetch()} />
      ) : data ? (
        <div className={isBusy ? 'panel-body is-stale' : 'panel-body'}>
          {children(data)}
          {!isTable && <TableBehind table={table(data)} title={title} />}
        </div>
      ) : (
        <Loading what={title} />
      )}
    </section>
  );
}

/** Opens the operation of a panel in the explorer. As a fragment it is sent to no other server. */
export function AsGraphQL({
  document,
  variables,
  title,
}: {
  document: DocumentNode;
  variables: object;
  title: string;
}) {
  const params = new URLSearchParams({ query: print(document), variables: JSON.stringify(variables, null, 2) });
  return (
    <a
      className="tool"
      href={`/explorer#${params.toString()}`}
      target="_blank"
      rel="noreferrer"
      title="Open as GraphQL in the explorer"
    >
      <Icon name="query" />
      <span>GraphQL</span>
      <span className="visually-hidden"> of {title}, in a new tab</span>
    </a>
  );
}

function TableBehind({ table, title }: { table: Table; title: string }) {
  return (
    <details className="behind">
      <summary>
        Table<span className="visually-hidden"> of {title}</span>
      </summary>
      <div className="scroll" tabIndex={0} role="region" aria-label={`Table of ${title}`}>
        <DataTable table={table} caption={title} />
      </div>
    </details>
  );
}
