import type { CallRecordFilter, TimeInterval } from '../gql/graphql.js';

/** The common variables of all panels: the filter of calls, and the interval of time. */
export interface Scope {
  filter: CallRecordFilter;
  interval: TimeInterval;
}
