import { type CallRecordDocument, entityId, Fetched, type JsonObject } from './document.js';
import { legacyList, participantsOf } from './participants.js';
import { mapMembers } from './record-members.js';

/**
 * Annotations (OData: instance annotations) that only `toGraphPayload` writes, so that a record can be restored to the
 * same state. They name members that were never sent, and parts that stand in until those of this version come.
 */
export const ABSENT = '@callrecords.absent';
export const PROVISIONAL = '@callrecords.provisional';

/**
 * A stored record in the shape that Graph has sent since 2026-06-30; `readGraphRecord` makes the same document from it.
 * The legacy member holds participants that only it has listed, with the entities that a reader would mistake for them.
 * Parts that were only partly fetched have a next link without a page behind it.
 */
export function toGraphPayload(document: CallRecordDocument): JsonObject {
  const { extension, sessions, sessionsFetched } = document;
  const participants = participantsOf(document);
  const { entities, fetched, provisional } = participants;
  const legacy = legacyList(participants);
  const standIns = [
    ...(provisional.length > 0 ? ['participants_v2'] : []),
    ...(sessionsFetched === Fetched.none && sessions.length > 0 ? ['sessions'] : []),
  ];
  return {
    ...toGraphProperties(document),
    ...(legacy.length > 0 && { participants: legacy.map(({ set }) => set) }),
    ...part(
      'participants_v2',
      fetched,
      [...entities, ...provisional].map(({ set, extra }) => toEntity(set, extra)),
    ),
    ...part('sessions', sessionsFetched, sessions),
    ...(extension?.absent && { [ABSENT]: extension.absent }),
    ...(standIns.length > 0 && { [PROVISIONAL]: standIns }),
  };
}

/** What Graph sends of a record in every list: its properties and its organizer, without participants and sessions. */
export function toGraphProperties(document: CallRecordDocument): JsonObject {
  const { extension } = document;
  return {
    ...mapMembers<JsonObject>(({ name, kind }) => kind.toGraph(document[name])),
    ...extension?.properties,
    organizer_v2: document.organizer === null ? null : toEntity(document.organizer, extension?.organizer ?? null),
  };
}

/** All people of a record as Graph's `participants_v2`, in the given order, whichever member listed them. */
export function toParticipantEntities({ participants, extension }: CallRecordDocument): JsonObject[] {
  return participants.map((set, index) => toEntity(set, extension?.participants?.[index] ?? null));
}

function toEntity(identity: JsonObject, extra: JsonObject | null): JsonObject {
  return { id: entityId(identity), identity, ...extra };
}

function part(name: string, fetched: Fetched, items: JsonObject[]): JsonObject {
  if (fetched === Fetched.none && items.length === 0) return {};
  return { [name]: items, ...(fetched === Fetched.partly && { [`${name}@odata.nextLink`]: '' }) };
}
