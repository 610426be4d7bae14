import { useMemo } from 'react';
import { filterOf, spanOfState } from '../app/filter.js';
import { useSession } from '../app/session.js';
import { endOfBucket, intervalOf } from '../app/time-range.js';
import { spanOf, useViewState } from '../app/view-state.js';
import type { CallRecordFilter, TimeInterval } from '../gql/graphql.js';
import { CallsOverTime } from './calls-over-time.js';
import { BusiestHours, Kinds, Lengths, Sizes } from './distributions.js';
import { NewestCalls } from './newest-calls.js';
import { QualityOverTime } from './quality-over-time.js';
import { Reliability } from './reliability.js';
import type { Scope } from './scope.js';
import { Summary } from './summary.js';
import { TopOrganizers } from './top-organizers.js';
import { WorstOf } from './worst-of.js';

/** The overview of calls. Each panel has a query of its own, and shows its result as soon as it is there. */
export function Overview({ isLive, onLive }: { isLive: boolean; onLive: (isLive: boolean) => void }) {
  const { state, change } = useViewState();
  const { bearer } = useSession();
  const key = JSON.stringify([filterOf(state), intervalOf(spanOfState(state))]);
  // The same object as long as its content is the same: a new object would be a new query.
  const scope = useMemo((): Scope => {
    const [filter, interval] = JSON.parse(key) as [CallRecordFilter, TimeInterval];
    return { filter, interval };
  }, [key]);
  const choose = (first: string, last: string) =>
    change(spanOf(new Date(first).toISOString(), endOfBucket(last, scope.interval)));
  return (
    <div className="panels">
      <Summary {...scope} />
      <CallsOverTime
        {...scope}
        measure={state.measure}
        onMeasure={(measure) => change({ measure })}
        onChoose={choose}
      />
      <Reliability {...scope} />
      <QualityOverTime {...scope} onChoose={choose} />
      <NewestCalls {...scope} isLive={isLive} onLive={onLive} />
      <WorstOf {...scope} />
      {!bearer.isDelegated && <TopOrganizers {...scope} />}
      <BusiestHours {...scope} size={bearer.isDelegated ? 'full' : 'wide'} />
      <Kinds {...scope} />
      <Sizes {...scope} />
      <Lengths {...scope} />
    </div>
  );
}
