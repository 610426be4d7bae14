import { isDeepStrictEqual } from 'node:util';
import { type CallRecordDocument, dropNulls, Fetched, fill, type JsonObject, type OptionalMember } from './document.js';
import { mapMembers } from './record-members.js';
import {
  addPage,
  completeParticipants,
  isUntold,
  NOBODY,
  type Participant,
  participantsOf,
  withoutOwnId,
  withParticipants,
} from './participants.js';
import { completeSessions } from './sessions.js';
import { mendObject } from './shapes.js';

export type ImportOutcome = 'created' | 'updated' | 'unchanged';

/**
 * A page of a record's participants or sessions, fetched by its own URL. It does not say which version of the record it
 * belongs to, but its sender may know.
 */
export type RecordPart = { id: string; version?: bigint } & (
  { part: 'participants_v2'; participants: Participant[] } | { part: 'sessions'; sessions: JsonObject[] }
);

/**
 * Merges an imported copy into the stored record. A higher version replaces all of it, except parts that the copy
 * lacks. A lower version changes nothing. The same version only adds what was missing. Null: nothing changes.
 */
export function merge(stored: CallRecordDocument, incoming: CallRecordDocument): CallRecordDocument | null {
  if (incoming.version < stored.version) return null;
  if (incoming.version > stored.version) return supersede(stored, incoming);
  return changed(stored, complete(stored, incoming));
}

/**
 * Merges a page of participants or sessions into its record. Null: nothing changes, as for a page of an earlier
 * version.
 */
export function mergePart(stored: CallRecordDocument, part: RecordPart): CallRecordDocument | null {
  if (part.version !== undefined && part.version < stored.version) return null;
  const participants = participantsOf(stored);
  if (part.part === 'participants_v2') {
    return changed(stored, withParticipants(stored, addPage(participants, part.participants)));
  }
  const page = { sessions: part.sessions, sessionsFetched: Fetched.partly };
  return changed(stored, withParticipants({ ...stored, ...completeSessions(stored, page, true) }, participants));
}

function changed(stored: CallRecordDocument, next: CallRecordDocument): CallRecordDocument | null {
  return isDeepStrictEqual(stored, next) ? null : next;
}

/** Members and parts that the new version's copy lacks stay readable, but count as not sent. */
function supersede(stored: CallRecordDocument, incoming: CallRecordDocument): CallRecordDocument {
  const absent = absentOf(incoming);
  // A time that was not sent is taken from the server's clock. The incoming one is the later, and stays.
  const kept = absent.filter((name) => name !== 'lastModifiedDateTime');
  const result = {
    ...incoming,
    ...takeMembers(kept, stored, incoming),
    ...(incoming.sessionsFetched === Fetched.none && { sessions: stored.sessions }),
  };
  const properties = { ...stored.extension?.properties, ...incoming.extension?.properties };
  result.extension = withProperties(result.extension, properties);
  const participants = participantsOf(incoming);
  if (!isUntold(participants)) return withParticipants(result, participants);
  const earlier = participantsOf(stored);
  const provisional = [...earlier.entities, ...earlier.provisional, ...earlier.legacy];
  return withParticipants(result, {
    ...NOBODY,
    provisional: provisional.length > 0 ? provisional : participants.provisional,
  });
}

function complete(stored: CallRecordDocument, incoming: CallRecordDocument): CallRecordDocument {
  const missing = absentOf(stored).filter((name) => !absentOf(incoming).includes(name));
  const result = {
    ...stored,
    ...mapMembers(({ name, kind }) => completeMember(kind.name, stored[name], incoming[name])),
    organizer: completeOrganizer(stored.organizer, incoming.organizer),
    ...completeSessions(stored, incoming, false),
  };
  const extra = fillPart(stored.extension?.organizer, incoming.extension?.organizer);
  result.extension = withOrganizer(result.extension, extra && withoutOwnId(result.organizer ?? {}, extra));
  Object.assign(result, takeMembers(missing, incoming, result));
  const absent = absentOf(stored).filter((name) => !missing.includes(name));
  result.extension = withAbsent(result.extension, absent);
  const properties = fillPart(stored.extension?.properties, incoming.extension?.properties);
  result.extension = withProperties(result.extension, properties ?? {});
  return withParticipants(result, completeParticipants(participantsOf(stored), participantsOf(incoming)));
}

function absentOf({ extension }: CallRecordDocument): OptionalMember[] {
  return extension?.absent ?? [];
}

/** Members of one document, to be put into another one. The organizer comes with the other members of its entity. */
function takeMembers(
  names: readonly OptionalMember[],
  from: CallRecordDocument,
  into: CallRecordDocument,
): Partial<CallRecordDocument> {
  const members = Object.fromEntries(names.map((name) => [name, from[name]]));
  if (!names.includes('organizer')) return members;
  return { ...members, extension: withOrganizer(into.extension, from.extension?.organizer) };
}

function withOrganizer(extension: CallRecordDocument['extension'], organizer: JsonObject | null | undefined) {
  const { organizer: _before, ...others } = extension ?? {};
  return orNull({ ...others, ...(organizer && { organizer }) });
}

function withProperties(extension: CallRecordDocument['extension'], properties: JsonObject) {
  return Object.keys(properties).length > 0 ? { ...extension, properties } : extension;
}

function withAbsent(extension: CallRecordDocument['extension'], absent: OptionalMember[]) {
  const { absent: _before, ...others } = extension ?? {};
  return orNull({ ...others, ...(absent.length > 0 && { absent }) });
}

function orNull<Members extends object>(members: Members): Members | null {
  return Object.keys(members).length > 0 ? members : null;
}

/** A stored member, completed from another copy of the same version. */
function completeMember(kind: string, stored: unknown, incoming: unknown): unknown {
  if (kind === 'DateTimeOffset') return refine(stored as string, incoming as string);
  return stored ?? incoming;
}

/** Graph's lists show whole seconds where a GET shows seven digits: missing digits are added. */
function refine(stored: string, incoming: string): string {
  return stored.length === 19 && incoming.startsWith(`${stored}.`) ? incoming : stored;
}

/** Earlier versions stored text in the place of an identity. It is replaced. */
function completeOrganizer(stored: JsonObject | null, incoming: JsonObject | null): JsonObject | null {
  if (!stored || !incoming) return stored ?? incoming;
  const mended = mendObject(stored, 'identitySet');
  return fill(mended === stored ? stored : dropNulls(mended), incoming);
}

function fillPart(stored: JsonObject | null | undefined, incoming: JsonObject | null | undefined): JsonObject | null {
  return stored && incoming ? fill(stored, incoming) : (stored ?? incoming ?? null);
}
