import { CallType, Modality } from '../../src/domain/enums.js';
import { type CallRecordFilter, CallRecordOrderField, OrderDirection } from '../../src/domain/filter.js';
import { IdentityKind } from '../../src/domain/identity.js';

const { START_DATE_TIME } = CallRecordOrderField;

/** What the filters look for: somebody in many records, a tenant, a meeting, some records. */
export interface Wanted {
  person: string;
  tenant: string;
  joinWebUrl: string;
  ids: string[];
}

/** Every filter there is, by name. */
export const filtersFor = ({ person, tenant, joinWebUrl, ids }: Wanted): Record<string, CallRecordFilter | null> => ({
  'no filter': null,
  id: { id: ids },
  type: { type: [CallType.groupCall] },
  'type unknownFutureValue': { type: [CallType.unknownFutureValue] },
  'modalities hasAny': { modalities: { hasAny: [Modality.video] } },
  'modalities hasAll': { modalities: { hasAll: [Modality.video, Modality.audio] } },
  startDateTime: { startDateTime: { gte: '2026-01-01T00:00:00', lt: '2026-02-01T00:00:00' } },
  endDateTime: { endDateTime: { gt: '2026-01-01T00:00:00' } },
  lastModifiedDateTime: { lastModifiedDateTime: { lte: '2026-01-01T00:00:00' } },
  durationSeconds: { durationSeconds: { gt: 60, lt: 600 } },
  'organizer id': { organizer: { id: [person] } },
  'participant id': { participant: { id: [person] } },
  'participant ids': { participant: { id: [person, 'x'] } },
  'participant kind': { participant: { kind: [IdentityKind.PHONE] } },
  'participant tenantId': { participant: { tenantId: [tenant] } },
  'organizer tenantId': { organizer: { tenantId: [tenant] } },
  'participant displayName': { participant: { displayName: 'an' } },
  joinWebUrl: { joinWebUrl },
  and: { and: [{ type: [CallType.groupCall] }] },
  or: { or: [{ type: [CallType.groupCall] }, { id: ids }] },
  not: { not: { type: [CallType.groupCall] } },
});

/**
 * Where matches are gathered and then sorted: their number is bounded by what is asked for, not by the table.
 * - ids: at most 500 records; identities that are not in too many records (`SELECTIVE_LIMIT` in source.ts);
 * - the calls of one person, or of one meeting: in order of start they come from an index, in another order sorted.
 * Two-sided ranges of another column than the order's are not bounded so: SQLite takes their index and sorts what it
 * gives. That is the better way for a narrow range, the worse one for a wide one.
 */
const GATHERED = new Set(['id', 'participant ids', 'organizer tenantId', 'participant displayName']);
const GATHERED_UNLESS_BY_START = new Set(['organizer id', 'participant id', 'joinWebUrl']);
const RANGES: Record<string, string> = { startDateTime: 'startDateTime', durationSeconds: 'durationSeconds' };

/** Whether the matches of such a filter may be sorted. */
export function mayGather(name: string, field: CallRecordOrderField, visibleTo: string | null): boolean {
  if (visibleTo !== null) return field !== START_DATE_TIME;
  if (GATHERED_UNLESS_BY_START.has(name)) return field !== START_DATE_TIME;
  return GATHERED.has(name) || (name in RANGES && RANGES[name] !== field);
}

/** Every order. */
export const ORDERS = Object.values(CallRecordOrderField).flatMap((field) =>
  Object.values(OrderDirection).map((direction) => ({ field, direction })),
);
