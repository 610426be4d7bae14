import { type CallRecordDocument, Fetched } from '../../src/domain/document.js';
import { CallType, Modality } from '../../src/domain/enums.js';
import { type CallRecordFilter, CallRecordOrderField, OrderDirection } from '../../src/domain/filter.js';
import { IdentityKind } from '../../src/domain/identity.js';
import { QualityClass } from '../../src/domain/quality.js';

/** What the filters look for: somebody in many records, a tenant, a meeting, some records. */
export interface Wanted {
  person: string;
  userPrincipalName: string;
  tenant: string;
  joinWebUrl: string;
  ids: string[];
}

/** Every filter there is, by name. */
export const filtersFor = ({
  person,
  userPrincipalName,
  tenant,
  joinWebUrl,
  ids,
}: Wanted): Record<string, CallRecordFilter | null> => ({
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
  'organizer userPrincipalName': { organizer: { userPrincipalName } },
  'participant userPrincipalName': { participant: { userPrincipalName } },
  'participant displayName': { participant: { displayName: 'an' } },
  joinWebUrl: { joinWebUrl },
  'quality POOR': { quality: [QualityClass.POOR] },
  'quality GOOD': { quality: [QualityClass.GOOD, QualityClass.UNCLASSIFIED] },
  failureStage: { failureStage: ['callSetup', 'midcall'] },
  'quality POOR of a type': { type: [CallType.groupCall], and: [{ quality: [QualityClass.POOR] }] },
  sessionsFetched: { sessionsFetched: true },
  participantCount: { participantCount: { gte: 3, lt: 10 } },
  'not quality': { not: { quality: [QualityClass.POOR] } },
  and: { and: [{ type: [CallType.groupCall] }] },
  or: { or: [{ type: [CallType.groupCall] }, { id: ids }] },
  not: { not: { type: [CallType.groupCall] } },
});

/** Filters that few records may fit: these, and one person's calls, are gathered and sorted. */
const BOUNDED = new Set([
  ...['id', 'joinWebUrl', 'startDateTime', 'endDateTime', 'lastModifiedDateTime', 'durationSeconds'],
  ...['organizer id', 'participant id', 'participant ids', 'participant displayName'],
  ...['organizer userPrincipalName', 'participant userPrincipalName'],
  ...['participant tenantId', 'organizer tenantId'],
  ...['quality POOR', 'quality POOR of a type', 'failureStage'],
]);

/** Whether matches of such a filter may be sorted; what their order's own index holds in order may not. */
export const maySort = (name: string, field: CallRecordOrderField, visibleTo: string | null): boolean =>
  visibleTo !== null || (BOUNDED.has(name) && name !== String(field));

/** A record with a session, as one in five has none: one in 33 is poor, one in 100 failed. */
export function withSession(document: CallRecordDocument, index: number): CallRecordDocument {
  if (index % 5 === 0) return document;
  const averageJitter = index % 33 === 0 ? 'PT0.05S' : 'PT0.005S';
  const media = [{ label: 'main-audio', streams: [{ packetUtilization: 900, averageJitter }] }];
  const failureInfo = index % 100 === 1 ? { stage: index % 200 === 1 ? 'midcall' : 'callSetup' } : null;
  return { ...document, sessions: [{ failureInfo, segments: [{ media }] }], sessionsFetched: Fetched.wholly };
}

/** What to look for in a database, given what reads the texts of a select of one column. */
export async function wantedBy(texts: (sql: string) => Promise<string[]>): Promise<Wanted> {
  const most = async (column: string, table: string) =>
    (
      await texts(
        `select ${column} from ${table} where ${column} is not null group by 1 order by count(*) desc limit 1`,
      )
    )[0] as string;
  return {
    person: await most('identity_id', 'call_record_people'),
    userPrincipalName: await most('user_principal_name', 'call_record_identities'),
    tenant: await most('tenant_id', 'call_record_identities'),
    joinWebUrl: (
      await texts('select join_web_url from call_records where join_web_url is not null limit 1')
    )[0] as string,
    ids: await texts('select id from call_records limit 5'),
  };
}

/** Every order. */
export const ORDERS = Object.values(CallRecordOrderField).flatMap((field) =>
  Object.values(OrderDirection).map((direction) => ({ field, direction })),
);
