import { MEMBER_NAMES } from '../domain/record-members.js';

/** The members of an entity that can be selected, and those that can be expanded. */
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
/** Properties of a record that `$select` takes. A record may have more, which are sent if nothing is selected. */
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
/** Sent without being expanded, as in Microsoft Graph: selecting it expands nothing. */
export const BY_ITSELF = 'organizer_v2';
