import type { CallRecordFilter, TimeInterval } from '../gql/graphql.js';

/** What each panel asks for: the calls, and how time is cut. */
export interface Scope {
  filter: CallRecordFilter;
  interval: TimeInterval;
}
