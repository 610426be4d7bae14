import { MEMBER_NAMES } from '../domain/record-members.js';

/** What may be selected of an entity, and which of its related ones may be expanded. */
export interface Offer {
  selectable: readonly string[];
  expandable: Readonly<Record<string, Offer>>;
}

export const PARTICIPANT_PROPERTIES = ['id', 'identity', 'administrativeUnitInfos'] as const;
export const SEGMENT_PROPERTIES = [
  ...['id', 'caller', 'callee', 'startDateTime', 'endDateTime', 'failureInfo', 'media'],
] as const;
export const SESSION_PROPERTIES = [
  ...['id', 'caller', 'callee', 'startDateTime', 'endDateTime', 'modalities', 'isTest', 'failureInfo', 'segments'],
] as const;
export const SESSIONS = 'sessions';
/** Properties of a record that `$select` takes; a record may carry more, which come whenever nothing is selected. */
export const SELECTABLE = [
  ...MEMBER_NAMES,
  ...['organizer', 'participants', 'organizer_v2', 'participants_v2', SESSIONS],
] as const;

export const PARTICIPANT: Offer = { selectable: PARTICIPANT_PROPERTIES, expandable: {} };
export const SEGMENT: Offer = { selectable: SEGMENT_PROPERTIES, expandable: {} };
export const SESSION: Offer = { selectable: SESSION_PROPERTIES, expandable: { segments: SEGMENT } };
export const RECORD: Offer = {
  selectable: SELECTABLE,
  expandable: { organizer_v2: PARTICIPANT, participants_v2: PARTICIPANT, [SESSIONS]: SESSION },
};
/** Comes without being expanded, in Microsoft Graph too: to select it expands nothing. */
export const BY_ITSELF = 'organizer_v2';
