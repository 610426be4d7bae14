/** As each client's own type of `CreateCallRecordInput`, as far as the form fills it. */
export interface CreateInput {
  version: number;
  type: 'peerToPeer';
  modalities: 'audio'[];
  startDateTime: string;
  endDateTime: string;
  organizer: { user: { id: string; displayName: string } };
  participants: { user: { id: string; displayName: string } }[];
}

/** The id of a call that is shown before the server has answered. */
export const OPTIMISTIC_ID = 'not-stored-yet';

const ME = 'bbbbbbbb-0000-4000-8000-00000000000b';

/** What the form says, as a call of the person who is shown. */
export function inputOf(form: FormData, person: string): CreateInput {
  const user = { id: person || ME, displayName: 'Me' };
  return {
    version: 1,
    type: 'peerToPeer',
    modalities: ['audio'],
    startDateTime: String(form.get('startDateTime')),
    endDateTime: String(form.get('endDateTime')),
    organizer: { user },
    participants: [{ user }],
  };
}

/** The call as the server will answer it, but for its id. */
export function optimisticCall({ startDateTime, organizer }: CreateInput) {
  return { id: OPTIMISTIC_ID, startDateTime, durationSeconds: 0, organizer };
}

/** The same for caches that go by the names of types. */
export function typedOptimisticCall(input: CreateInput) {
  const { user } = input.organizer;
  const organizer = { __typename: 'IdentitySet' as const, user: { __typename: 'UserIdentity' as const, ...user } };
  return { __typename: 'CallRecord' as const, ...optimisticCall(input), organizer };
}
