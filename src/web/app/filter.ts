import type { CallRecordFilter, DateTimeOffsetFilter } from '../gql/graphql.js';
import { type Span, spanOfRange } from './time-range.js';
import type { ViewState } from './view-state.js';

/** The instants that a state covers. */
export function spanOfState({ range, from, to }: ViewState): Span {
  return range === null ? { from, to } : spanOfRange(range);
}

/** The server's filter for a state; members that constrain nothing are left out. */
export function filterOf(state: ViewState): CallRecordFilter {
  const { person, type, modality, quality, failure, people, minutes, meeting } = state;
  const start = startIn(spanOfState(state));
  return {
    ...(start && { startDateTime: start }),
    ...(person && { participant: { id: [person.id], kind: [person.kind] } }),
    ...(type && { type: [type] }),
    ...(modality && { modalities: { hasAny: [modality] } }),
    ...(quality && { quality: [quality] }),
    ...(failure && { failureStage: [failure] }),
    ...(people !== null && { participantCount: { gte: people } }),
    ...(minutes !== null && { durationSeconds: { gte: minutes * 60 } }),
    ...(meeting && { joinWebUrl: meeting }),
  };
}

function startIn({ from, to }: Span): DateTimeOffsetFilter | null {
  if (from === null && to === null) return null;
  return { ...(from !== null && { gte: from }), ...(to !== null && { lt: to }) };
}
