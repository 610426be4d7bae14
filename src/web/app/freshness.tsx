import { useQuery } from '@apollo/client/react';
import { graphql } from '../gql/index.js';
import { formatClock, formatCount, formatDateTime, formatExactly } from './format.js';
import { Icon } from './icons.js';

const SYNC = graphql(`
  query SyncFreshness {
    syncStatus {
      lastSuccessAt
      coveredFrom
      coveredUntil
      waiting
      failed
      lastError
    }
  }
`);

const EVERY_MS = 60_000;

/** The progress of fetching records from Microsoft Graph. Shows nothing if this server fetches none. */
export function Freshness() {
  const { data } = useQuery(SYNC, { pollInterval: EVERY_MS, skipPollAttempt: () => document.hidden });
  const status = data?.syncStatus;
  if (!status) return null;
  const { coveredUntil, waiting, failed, lastError } = status;
  const isTroubled = lastError != null || failed > 0;
  const told = [
    coveredUntil ? `Complete until ${formatExactly(coveredUntil)}` : 'No pass has come to its end yet',
    `${formatCount(waiting)} waiting, ${formatCount(failed)} failed`,
    ...(lastError ? [lastError] : []),
  ].join('\n');
  return (
    <span className={isTroubled ? 'freshness is-troubled' : 'freshness'} title={told} role="status">
      <Icon name={isTroubled ? 'poor' : 'good'} />
      {coveredUntil ? `Complete until ${shortly(coveredUntil)}` : 'First sync under way'}
      {waiting > 0 && `, ${formatCount(waiting)} waiting`}
      {failed > 0 && `, ${formatCount(failed)} failed`}
    </span>
  );
}

/** A time of today is shown without its day. */
function shortly(instant: string): string {
  const isToday = new Date(instant).toDateString() === new Date().toDateString();
  return isToday ? formatClock(instant) : formatDateTime(instant);
}
