import { useApolloClient } from '@apollo/client/react';
import { useEffect, useEffectEvent } from 'react';
import { extensionsOf } from '../../clients.js';
import { graphql } from '../gql/index.js';
import type { CallRecordFilter } from '../gql/graphql.js';

const CHANGES = graphql(`
  subscription Changes($after: String, $filter: CallRecordFilter) {
    callRecordChanged(after: $after, filter: $filter) {
      kind
      cursor
    }
  }
`);

/** Changes within this time are reported as one. */
const TOLD_AFTER_MS = 300;
/** A subscription that has ended, as at a restart of the server, begins again after this time. */
const BEGUN_AGAIN_AFTER_MS = 3_000;

/**
 * Calls back soon after matching calls have changed. It also calls back once at its beginning, as calls may have
 * changed since the last query. Each subscription continues from the last cursor, so that nothing is missed between
 * two.
 */
export function useChanges(filter: CallRecordFilter, isLive: boolean, onChanges: () => void): void {
  const client = useApolloClient();
  const tell = useEffectEvent(onChanges);
  useEffect(() => {
    if (!isLive) return undefined;
    let after: string | null = null;
    let telling: ReturnType<typeof setTimeout> | undefined;
    let beginning: ReturnType<typeof setTimeout> | undefined;
    let subscription: { unsubscribe: () => void } | undefined;
    const tellSoon = () => {
      telling ??= setTimeout(() => {
        telling = undefined;
        tell();
      }, TOLD_AFTER_MS);
    };
    const beginAgain = () => {
      clearTimeout(beginning);
      beginning = setTimeout(begin, BEGUN_AGAIN_AFTER_MS);
    };
    const begin = () => {
      subscription = client.subscribe({ query: CHANGES, variables: { after, filter } }).subscribe({
        next({ data, error }) {
          if (extensionsOf(error).some(({ code }) => code === 'CURSOR_EXPIRED')) after = null;
          if (!data) return;
          const { kind, cursor } = data.callRecordChanged;
          if (kind !== 'CHECKPOINT' || after === null) tellSoon();
          after = cursor;
        },
        error: beginAgain,
        complete: beginAgain,
      });
    };
    begin();
    return () => {
      clearTimeout(telling);
      clearTimeout(beginning);
      subscription?.unsubscribe();
    };
  }, [client, filter, isLive]);
}
