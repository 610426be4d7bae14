import { LosslessNumber } from 'lossless-json';
import { createInput } from '../support/harness.js';
import { type Choices, literal } from './documents.js';

type Input = Record<string, unknown>;

/** Members whose texts are members of enumerations. */
const ENUMS = new Set(['type', 'modalities', 'endpointType']);

const user = { user: { id: '821809F5-0000-4000-8000-3b5136c0e777', displayName: 'Zoë "Z" \\ 🦊', tenantId: null } };

/** What clients may change in an input: some changes are right, some break a rule, some cannot be read. */
const CHANGES: Input[] = [
  {},
  {},
  { participants: [user, { phone: { id: '+14255550123' }, endpointType: 'voicemail' }, { guest: null, ...user }] },
  { participants: [], modalities: [], joinWebUrl: null, type: 'peerToPeer' },
  { participants: user, modalities: 'audio' },
  { version: '9007199254740993', modalities: ['video', 'audio', 'video'] },
  { version: new LosslessNumber('9007199254740993') },
  { startDateTime: '2026-02-25t19:52:21.2100000+01:00', organizer: { assertedIdentity: { displayName: '日本\n' } } },
  { organizer: { ...user, application: { id: 'a' }, user: { userPrincipalName: 'ben@contoso.com', id: 'B' } } },
  { endDateTime: '2026-02-25T18:52:20Z', version: 0 },
  { joinWebUrl: null },
  { participants: [{}, { user: { id: '' } }, { endpointType: 'default' }] },
  { organizer: { user: { id: 'a\0', displayName: '\ud83d' } } },
  { version: 1.5, startDateTime: 'yesterday' },
  { type: 'huddle', modalities: ['audio', 'smell'] },
  { surprise: true, organizer: { alien: { id: 'x' } } },
  { organizer: undefined, participants: [null] },
  { organizer: 5, participants: [[user]] },
];

/** Inputs of creates, each as a literal and as JSON. */
export const INPUTS: Choices = [
  ...CHANGES.map((change) => {
    const { organizer, ...rest }: Input = createInput(change);
    // In another order than the schema's, which answers and what is stored must not depend on.
    const given = Object.fromEntries(Object.entries({ ...rest, organizer }).filter(([, value]) => value !== undefined));
    return [literal(given, ENUMS), given] as [string, unknown];
  }),
  ['null', null],
  ['"text"', 'text'],
];

/** Idempotency keys, few enough to meet again. */
export const KEYS: Choices = ['k1', 'k2', null, '', 5].map((key) => [JSON.stringify(key), key]);
