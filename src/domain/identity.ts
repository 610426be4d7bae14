import 'reflect-metadata';
import { Directive, Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { EndpointType } from './enums.js';
import { FromJson } from './json-source.js';

/** Marks names of people, which a contract variant of a supergraph may leave out. */
export const PERSONAL = '@tag(name: "personal-data")';
/** People are read with their record, and cost nothing extra. */
const WITH_THE_RECORD = '@cost(weight: 0)';

/** A warning for clients that cache objects by their ids. */
const VALUE = 'It is a value of its call: another call may have the same id with another name.';
const ID_DESCRIPTION =
  'A Microsoft Entra object id, a phone number (E.164, masked or short), teamsvisitor:…, 8:acs:… or other text. Up to 1,024 characters.';
/** The description of `id` in responses. Its class is an input type, too, where the shorter description holds. */
export const ID_OF_VALUE_DESCRIPTION = `${ID_DESCRIPTION} Not a key for caches: the same id has another name in another call. \`callrecords-graphql/clients\` has what tells Apollo Client, urql and Relay.`;
const IDENTITY_DESCRIPTION = `A person or thing in a call. Any member may be null; external and guest people usually have no name. ${VALUE}`;

/** The kinds of identity a filter can name. */
export enum IdentityKind {
  USER = 'user',
  APPLICATION = 'application',
  DEVICE = 'device',
  PHONE = 'phone',
  GUEST = 'guest',
  ENCRYPTED = 'encrypted',
  ON_PREMISES = 'onPremises',
  APPLICATION_INSTANCE = 'applicationInstance',
  ASSERTED_IDENTITY = 'assertedIdentity',
  AZURE_COMMUNICATION_SERVICES_USER = 'azureCommunicationServicesUser',
}
registerEnumType(IdentityKind, {
  name: 'IdentityKind',
  description: 'The member of an IdentitySet in which an identity stands.',
  valuesConfig: Object.fromEntries(
    Object.entries(IdentityKind).map(([name, member]) => [
      name,
      { description: `The identity stands in \`${member}\`.` },
    ]),
  ),
});

/** The order of kinds in a set. Graph's `_v2` entities take their id from the first kind that is set. */
const ORDER_OF_KINDS: readonly IdentityKind[] = [
  IdentityKind.USER,
  IdentityKind.PHONE,
  IdentityKind.GUEST,
  IdentityKind.AZURE_COMMUNICATION_SERVICES_USER,
  IdentityKind.APPLICATION,
  IdentityKind.APPLICATION_INSTANCE,
  IdentityKind.ON_PREMISES,
  IdentityKind.ENCRYPTED,
  IdentityKind.DEVICE,
  IdentityKind.ASSERTED_IDENTITY,
];

/** A person or thing, both as Graph sends it and as clients send it. */
@ObjectType('Identity', { description: IDENTITY_DESCRIPTION, simpleResolvers: true })
@InputType('IdentityInput', { description: 'A person or thing in a call. On create an id, a displayName or both.' })
export class Identity {
  @Field(() => ID, {
    nullable: true,
    description: ID_DESCRIPTION,
  })
  id?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The name shown; not unique, and it may change between calls. Up to 1,024 characters.',
  })
  @Directive(PERSONAL)
  displayName?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The Microsoft Entra tenant it belongs to; another one than yours for federated users.',
  })
  tenantId?: string | null;
}

/** The members that a user has beside those of an identity, in inputs and in responses. */
@ObjectType('UserMembers', { simpleResolvers: true })
@InputType('UserMembers')
class UserMembers extends Identity {
  @Field(() => String, {
    nullable: true,
    description: 'The sign-in name, where Graph sends it. Up to 1,024 characters.',
  })
  @Directive(PERSONAL)
  userPrincipalName?: string | null;
}

/** Graph's userIdentity. `account`, the link to the User of another subgraph, is added by a field resolver. */
@ObjectType('UserIdentity', {
  description: `A user in a call. Any member may be null; external people usually have no name. ${VALUE}`,
  simpleResolvers: true,
})
@Directive(WITH_THE_RECORD)
export class UserIdentity extends UserMembers {}

@InputType('UserIdentityInput', { description: 'A user in a call. On create an id, a displayName or both.' })
export class UserIdentityInput extends UserMembers {}

const SET_DESCRIPTION =
  'Who took part: one member per kind of identity, as a rule exactly one of them set (Graph: identitySet, communicationsIdentitySet).';

/** All members of a set except `user`, whose type differs between inputs and responses. */
@ObjectType('SetMembers', { simpleResolvers: true })
@InputType('SetMembers')
class SetMembers {
  @Field(() => Identity, { nullable: true, description: 'An application, such as a bot.' })
  application?: Identity | null;

  @Field(() => Identity, { nullable: true, description: 'A device, such as a room system.' })
  device?: Identity | null;

  @Field(() => Identity, { nullable: true, description: 'A telephone; its id is the number.' })
  phone?: Identity | null;

  @Field(() => Identity, { nullable: true, description: 'A guest who joined without an account.' })
  guest?: Identity | null;

  @Field(() => Identity, { nullable: true, description: 'An encrypted identity.' })
  encrypted?: Identity | null;

  @Field(() => Identity, { nullable: true, description: 'An identity of an on-premises system.' })
  onPremises?: Identity | null;

  @Field(() => Identity, { nullable: true, description: 'An application instance: a call queue or an auto attendant.' })
  applicationInstance?: Identity | null;

  @Field(() => Identity, { nullable: true, description: 'What the participant shows itself as, beside what it is.' })
  assertedIdentity?: Identity | null;

  @Field(() => Identity, { nullable: true, description: 'A user of Azure Communication Services.' })
  azureCommunicationServicesUser?: Identity | null;

  @Field(() => EndpointType, { nullable: true, description: 'What the participant joined with.' })
  endpointType?: EndpointType | null;
}

/** Graph's identitySet. Other members are stored too, and returned by export and the REST door. */
@ObjectType('IdentitySet', {
  description: `${SET_DESCRIPTION} A created one has one or more, an imported one may have none.`,
  simpleResolvers: true,
})
@Directive(WITH_THE_RECORD)
export class IdentitySet extends SetMembers {
  @Field(() => UserIdentity, { nullable: true, description: 'A user.' })
  user?: UserIdentity | null;

  @Field(() => IdentityKind, {
    nullable: true,
    description: `The kind of the identity that is set; of several the first in the order ${ORDER_OF_KINDS.join(', ')}; null where none is.`,
  })
  @FromJson({ nameOfFirst: ORDER_OF_KINDS })
  kind?: IdentityKind | null;

  @Field(() => Identity, {
    nullable: true,
    description: 'The identity that is set, whatever its `kind`; null where none is.',
  })
  @FromJson({ firstOf: ORDER_OF_KINDS })
  identity?: Identity | null;
}

@InputType('IdentitySetInput', { description: `${SET_DESCRIPTION} On create one or more must be set.` })
export class IdentitySetInput extends SetMembers {
  @Field(() => UserIdentityInput, { nullable: true, description: 'A user.' })
  user?: UserIdentityInput | null;
}

/** The kinds that are set and not null. The first one represents the set. */
export function kindsOf(set: object): IdentityKind[] {
  return ORDER_OF_KINDS.filter((kind) => (set as { [name: string]: unknown })[kind] != null);
}

/** The kind of an identity that does not name it, such as Graph's `associatedIdentity`: the form of the id shows it. */
export function kindOfId(id: unknown): IdentityKind {
  if (typeof id !== 'string' || isGuid(id)) return IdentityKind.USER;
  if (id.startsWith('+')) return IdentityKind.PHONE;
  if (id.startsWith('8:acs:')) return IdentityKind.AZURE_COMMUNICATION_SERVICES_USER;
  return id.startsWith('teamsvisitor:') ? IdentityKind.GUEST : IdentityKind.USER;
}

/** The form of an id for look-ups: GUIDs compare case-insensitively, everything else exactly. */
export function identityKey(id: string): string {
  return GUID.test(id) ? id.toLowerCase() : id;
}

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether the text is a hyphenated GUID, in any letter case. */
export function isGuid(text: string): boolean {
  return GUID.test(text);
}

/**
 * A name or sign-in name in the form in which names are compared: regardless of case (Unicode), of accents, and of
 * composed and compatible characters. It is lower-cased first because of the capital ẞ: its upper case is itself, while
 * that of ß is SS. Accents are removed last, as upper-casing turns one of them into a letter.
 */
export function foldName(name: string): string {
  if (ASCII.test(name)) return name.toLowerCase();
  const folded = name.normalize('NFKD').toLowerCase().toUpperCase().toLowerCase();
  const bare = folded.normalize('NFKD').replaceAll(ACCENTS, '').toLowerCase().normalize('NFC');
  return bare.replaceAll(LETTERS, (letter) => PLAIN_LETTERS[letter] as string);
}

const ASCII = /^[ -~]*$/;
/**
 * The blocks of combining marks that belong to no script; the vowel signs of Indian and Thai scripts are not accents.
 */
const ACCENTS = /[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]/g;
/** Letters that no Unicode decomposition replaces but CLDR's Latin-ASCII does; and the final sigma. */
const PLAIN_LETTERS: Record<string, string> = {
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ł: 'l',
  ŋ: 'n',
  ŧ: 't',
  ς: 'σ',
};
const LETTERS = new RegExp(`[${Object.keys(PLAIN_LETTERS).join('')}]`, 'g');
