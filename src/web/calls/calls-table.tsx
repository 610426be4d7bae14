import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import { Icon } from '../app/icons.js';
import { Failure } from '../app/states.js';
import { useViewState } from '../app/view-state.js';
import { COLUMNS, type ListedCall } from './columns.js';

interface CallsTableProps {
  /** The loaded calls, from the first on. */
  calls: ListedCall[];
  /** The number of calls in all; undefined while they are being counted. */
  total: number | undefined;
  hasMore: boolean;
  /** The error of the next page. */
  failure: unknown;
  onMore: () => Promise<unknown>;
}

const ROW = { wide: 44, narrow: 88 };
const NARROW = matchMedia('(max-width: 720px)');
/** The next page is requested this many rows before the end. */
const AHEAD = 30;

/** Only visible rows are rendered, however many there are. */
export function CallsTable({ calls, total, hasMore, failure, onMore }: CallsTableProps) {
  const list = useRef<HTMLDivElement>(null);
  // Keys may repeat faster than the rows that they lead to are drawn.
  const underWay = useRef<number | null>(null);
  const [scrollMargin, setScrollMargin] = useState(0);
  useLayoutEffect(() => setScrollMargin(list.current?.offsetTop ?? 0), []);
  // Its functions read mutable state when they are called, which the React compiler cannot see.

  const virtual = useWindowVirtualizer({
    count: calls.length,
    estimateSize: () => (NARROW.matches ? ROW.narrow : ROW.wide),
    overscan: 12,
    scrollMargin,
    getItemKey: (index) => calls[index]?.id ?? index,
  });
  const rows = virtual.getVirtualItems();
  useMore({ last: rows.at(-1)?.index ?? 0, loaded: calls.length, hasMore, isFailed: failure != null, onMore });
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
    const row = (event.target as HTMLElement).closest<HTMLElement>('[data-index]');
    if (!step || !row) return;
    event.preventDefault();
    const from = underWay.current ?? Number(row.dataset['index']);
    const to = Math.min(Math.max(from + step, 0), calls.length - 1);
    underWay.current = to;
    virtual.scrollToIndex(to);
    requestAnimationFrame(() => {
      if (underWay.current !== to) return;
      list.current?.querySelector<HTMLElement>(`[data-index="${to}"] a`)?.focus();
      underWay.current = null;
    });
  };
  return (
    <div
      role="table"
      className="calls-table"
      aria-label="Calls"
      aria-rowcount={(total ?? -2) + 1}
      onKeyDown={onKeyDown}
    >
      <HeaderRow />
      <div role="rowgroup" ref={list} className="rows" style={{ height: virtual.getTotalSize() }}>
        {rows.map(({ index, key, start, size }) => (
          <Row
            key={String(key)}
            call={calls[index] as ListedCall}
            index={index}
            style={{ height: size, transform: `translateY(${start - scrollMargin}px)` }}
          />
        ))}
      </div>
      {failure ? (
        <Failure error={failure} onRetry={() => void onMore()} />
      ) : (
        <p className="note end">{hasMore ? 'Loading more…' : `That is all of ${calls.length}.`}</p>
      )}
    </div>
  );
}

interface Loaded {
  last: number;
  loaded: number;
  hasMore: boolean;
  isFailed: boolean;
  onMore: () => Promise<unknown>;
}

/** Requests the next page when the end of the loaded rows is near, once for each page. */
function useMore({ last, loaded, hasMore, isFailed, onMore }: Loaded): void {
  const asked = useRef(0);
  useEffect(() => {
    if (!hasMore || isFailed || last < loaded - AHEAD || asked.current === loaded) return;
    asked.current = loaded;
    // The query itself reports the error.
    onMore().catch(() => {
      asked.current = 0;
    });
  }, [last, loaded, hasMore, isFailed, onMore]);
}

function HeaderRow() {
  const { state, href } = useViewState();
  return (
    <div role="rowgroup" className="head">
      <div role="row" className="row">
        {COLUMNS.map(({ key, title, sort }) => (
          <div
            role="columnheader"
            key={key}
            className={`cell cell-${key}`}
            aria-sort={sort && sort === state.sort ? (state.ascending ? 'ascending' : 'descending') : undefined}
          >
            {sort ? (
              <Link href={href({ sort, ascending: sort === state.sort && !state.ascending })}>
                {title}
                {sort === state.sort && <Icon name={state.ascending ? 'ascending' : 'descending'} />}
              </Link>
            ) : (
              title
            )}
          </div>
        ))}
      </div>
    </div>
  );
}

function Row({ call, index, style }: { call: ListedCall; index: number; style: React.CSSProperties }) {
  const { href } = useViewState();
  return (
    <div role="row" className="row" data-index={index} aria-rowindex={index + 2} style={style}>
      {COLUMNS.map(({ key, cell }, place) => (
        <div role="cell" key={key} className={`cell cell-${key}`}>
          {place === 0 ? <Link href={href({ call: call.id })}>{cell(call)}</Link> : cell(call)}
        </div>
      ))}
    </div>
  );
}
