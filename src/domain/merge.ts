import { type CallRecordDocument, Fetched, type JsonObject, participantKey } from './document.js';
import { isObject } from './graph-payload.js';

export type ImportOutcome = 'created' | 'updated' | 'unchanged';

/**
 * What an imported copy makes of what is stored. A higher version supersedes as a whole, but parts it did not fetch
 * stay; a lower one changes nothing; the same one only completes what was missing. Null: nothing changes.
 */
export function merge(stored: CallRecordDocument, incoming: CallRecordDocument): CallRecordDocument | null {
  if (incoming.version < stored.version) return null;
  return incoming.version > stored.version ? supersede(stored, incoming) : complete(stored, incoming);
}

function supersede(stored: CallRecordDocument, incoming: CallRecordDocument): CallRecordDocument {
  const result = { ...incoming, organizer: incoming.organizer ?? stored.organizer };
  // Kept for readers, but marked as not fetched: they belong to the version before.
  if (incoming.participantsFetched === Fetched.none) {
    result.participants = stored.participants;
    result.extension = { ...stored.extension, ...incoming.extension };
  }
  if (incoming.sessionsFetched === Fetched.none) result.sessions = stored.sessions;
  return result;
}

function complete(stored: CallRecordDocument, incoming: CallRecordDocument): CallRecordDocument | null {
  const result: CallRecordDocument = {
    ...stored,
    startDateTime: refine(stored.startDateTime, incoming.startDateTime),
    endDateTime: refine(stored.endDateTime, incoming.endDateTime),
    lastModifiedDateTime: refine(stored.lastModifiedDateTime, incoming.lastModifiedDateTime),
    joinWebUrl: stored.joinWebUrl ?? incoming.joinWebUrl,
    organizer: fill(stored.organizer, incoming.organizer),
    ...completeParticipants(stored, incoming),
    ...completeSessions(stored, incoming),
  };
  const properties = fill(stored.extension?.properties ?? null, incoming.extension?.properties ?? null);
  if (properties) result.extension = { ...result.extension, properties };
  return JSON.stringify(result, plain) === JSON.stringify(stored, plain) ? null : result;
}

/** Lists of Graph show whole seconds where a GET shows seven digits: digits that were missing are completed. */
function refine(stored: string, incoming: string): string {
  return stored.length === 19 && incoming.startsWith(`${stored}.`) ? incoming : stored;
}

/** Members that are missing or null are taken from the other copy, at every depth; what is there stays. */
function fill(stored: JsonObject | null, incoming: JsonObject | null): JsonObject | null {
  if (!stored || !incoming) return stored ?? incoming;
  const result = { ...stored };
  for (const [name, value] of Object.entries(incoming)) {
    const present = result[name];
    result[name] = isObject(present) && isObject(value) ? fill(present, value) : (present ?? value);
  }
  return result;
}

type Participants = Pick<CallRecordDocument, 'participants' | 'participantsFetched' | 'extension'>;

function completeParticipants(stored: CallRecordDocument, incoming: CallRecordDocument): Participants {
  const { participants, participantsFetched, extension } = stored;
  if (incoming.participantsFetched === Fetched.none || participantsFetched === Fetched.wholly) {
    return { participants, participantsFetched, extension };
  }
  if (incoming.participantsFetched === Fetched.wholly || participantsFetched === Fetched.none) {
    // Of two cut lists the legacy one can hold people whom the other lacks, so nobody who is stored gets lost.
    const kept = participantsFetched === Fetched.partly ? participants : [];
    return withMissing(
      incoming,
      kept.map((set) => ({ set, extra: null })),
      incoming.participantsFetched,
    );
  }
  return addParticipants(
    stored,
    incoming.participants.map((set, index) => ({ set, extra: incoming.extension?.participants?.[index] ?? null })),
  );
}

/** The record with those of a further page's participants who are not among its own, at the end. */
export function addParticipants(
  stored: CallRecordDocument,
  page: { set: JsonObject; extra: JsonObject | null }[],
): Participants {
  if (stored.participantsFetched === Fetched.wholly) return stored;
  return withMissing(stored, page, Fetched.partly);
}

function withMissing(
  base: CallRecordDocument,
  page: { set: JsonObject; extra: JsonObject | null }[],
  participantsFetched: Fetched,
): Participants {
  const known = new Set(base.participants.map(participantKey));
  const added = page.filter(({ set }) => !known.has(participantKey(set)));
  const extras = [
    ...base.participants.map((_, index) => base.extension?.participants?.[index] ?? null),
    ...added.map(({ extra }) => extra),
  ];
  const extension = extras.some((extra) => extra !== null)
    ? { ...base.extension, participants: extras }
    : base.extension;
  return { participants: [...base.participants, ...added.map(({ set }) => set)], participantsFetched, extension };
}

function completeSessions(
  stored: CallRecordDocument,
  incoming: CallRecordDocument,
): Pick<CallRecordDocument, 'sessions' | 'sessionsFetched'> {
  const { sessions, sessionsFetched } = stored;
  if (incoming.sessionsFetched === Fetched.none || sessionsFetched === Fetched.wholly)
    return { sessions, sessionsFetched };
  if (incoming.sessionsFetched === Fetched.wholly || sessionsFetched === Fetched.none) {
    return { sessions: incoming.sessions, sessionsFetched: incoming.sessionsFetched };
  }
  return { sessions: addSessions(sessions, incoming.sessions), sessionsFetched };
}

/** The sessions with those of a further page that are not among them, at the end. */
export function addSessions(stored: JsonObject[], page: JsonObject[]): JsonObject[] {
  const known = new Set(stored.map(({ id }) => id));
  return [...stored, ...page.filter(({ id }) => !known.has(id))];
}

function plain(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
