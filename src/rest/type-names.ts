import { IdentityKind } from '../domain/identity.js';

/** The names of types in `@odata.type`, without `#microsoft.graph.`. */
export const TYPES = {
  record: ['callRecords.callRecord'],
  set: ['identitySet', 'communicationsIdentitySet'],
  organizer: ['callRecords.organizer', 'callRecords.participantBase'],
  participant: ['callRecords.participant', 'callRecords.participantBase'],
};
const USER = ['userIdentity', 'communicationsUserIdentity', 'callRecords.userIdentity'];
const PHONE = ['communicationsPhoneIdentity'];
/** The types of identities beside the base type `identity`, which every kind may have. */
export const IDENTITY_TYPES: Record<IdentityKind, string[]> = {
  [IdentityKind.USER]: USER,
  [IdentityKind.APPLICATION]: ['communicationsApplicationIdentity'],
  [IdentityKind.DEVICE]: [],
  [IdentityKind.PHONE]: PHONE,
  [IdentityKind.GUEST]: ['communicationsGuestIdentity'],
  [IdentityKind.ENCRYPTED]: ['communicationsEncryptedIdentity'],
  [IdentityKind.ON_PREMISES]: [...USER, 'communicationsOnPremisesIdentity'],
  [IdentityKind.APPLICATION_INSTANCE]: ['communicationsApplicationInstanceIdentity'],
  [IdentityKind.ASSERTED_IDENTITY]: [...USER, ...PHONE],
  [IdentityKind.AZURE_COMMUNICATION_SERVICES_USER]: ['azureCommunicationServicesUserIdentity'],
};

/** Whether the value of an `@odata.type` is one of these names. */
export function isTypeName(type: unknown, names: readonly string[]): boolean {
  const name = typeof type === 'string' ? /^#?microsoft\.graph\.(.+)$/.exec(type)?.[1] : undefined;
  return name !== undefined && names.includes(name);
}
