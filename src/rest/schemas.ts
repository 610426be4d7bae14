import * as z from 'zod';
import { CallType, EndpointType, Modality } from '../domain/enums.js';
import { IdentityKind } from '../domain/identity.js';
import { mapMembers, type Member, type MemberName, type WireMembers } from '../domain/record-members.js';

/** What a client may send beside the members that count. It is accepted or ignored as described here. */
const FORGIVEN = z.object({
  id: z.unknown().optional().describe("Ignored: the server's own stands."),
  lastModifiedDateTime: z.unknown().optional().describe("Ignored: the server's own stands."),
  '@odata.type': z.string().optional().describe('#microsoft.graph.callRecords.callRecord, or the request is refused.'),
});

const int64Input = z.unknown().meta({
  anyOf: [
    { type: 'integer', format: 'int64', minimum: 1 },
    { type: 'string', pattern: '^\\d{1,19}$' },
  ],
});
const dateTimeInput = z.unknown().meta({
  anyOf: [
    { type: 'string', format: 'date-time' },
    { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\d[Tt]\\d\\d:\\d\\d(?:[Zz]|[+-]\\d\\d:\\d\\d)$' },
  ],
});
const text = z.string().nullish();
const identityInput = z.strictObject({ id: text, displayName: text, tenantId: text });
const userInput = z.strictObject({ ...identityInput.shape, userPrincipalName: text });
const setInput = z.strictObject({
  ...Object.fromEntries(Object.values(IdentityKind).map((kind) => [kind, identityInput.nullish()])),
  user: userInput.nullish(),
  endpointType: z.enum(EndpointType).nullish(),
});
const setsInput = z.array(setInput);

/** The schemas of the members of `CreateCallRecordInput`, for the description; a create is read by that input type. */
const propertiesInput = {
  version: int64Input,
  type: z.enum(CallType),
  modalities: z.array(z.enum(Modality)),
  startDateTime: dateTimeInput,
  endDateTime: dateTimeInput,
  joinWebUrl: text,
};
const entityInput = z.strictObject({
  id: z.string().nullish().describe('That of an identity in it, or none.'),
  identity: setInput,
});
const isSent = (name: string) => ({ anyOf: [{ required: [name] }, { required: [`${name}_v2`] }] });

/**
 * The body of a create, and what is accepted beside its members. The door also takes any annotation, and members of
 * unknown names that are null or empty.
 */
export const createBodySchema = z
  .strictObject({
    ...propertiesInput,
    organizer: setInput.nullish(),
    participants: setsInput.nullish(),
    organizer_v2: entityInput.nullish().describe('In the place of organizer, or beside it: then this one counts.'),
    participants_v2: z.array(entityInput).nullish().describe('Likewise; whom only participants tells comes last.'),
    ...FORGIVEN.shape,
  })
  .meta({ allOf: [isSent('organizer'), isSent('participants')] });

/** Null, or an empty list or object. */
export const nothingSchema = z.union([z.null(), z.array(z.unknown()).max(0), z.strictObject({})]);

/**
 * An enumeration's member that no schema lists. It has no type here, because the schema describes what clients get who
 * do not ask for it.
 */
const unlisted = z.string().describe('Only with Prefer: include-unknown-enum-members.') as unknown as z.ZodType<never>;
const evolving = <Members extends Record<string, string>>(members: Members) => z.enum(members).or(unlisted);
/** 64-bit integers, which are text for clients that ask for it. */
const asText = z
  .string()
  .describe('Only with Accept: application/json;IEEE754Compatible=true.') as unknown as z.ZodType<never>;
const int64 = z.number().meta({ type: 'integer', format: 'int64' }).or(asText);

const instant = z.iso.datetime({ precision: undefined });
const identity = z.looseObject(identityInput.shape);
const user = identity.extend({ userPrincipalName: z.string().nullish() });
const identitySet = z.looseObject({
  user: user.nullish(),
  application: identity.nullish(),
  device: identity.nullish(),
  phone: identity.nullish(),
  guest: identity.nullish(),
  encrypted: identity.nullish(),
  onPremises: identity.nullish(),
  applicationInstance: identity.nullish(),
  assertedIdentity: identity.nullish(),
  azureCommunicationServicesUser: identity.nullish(),
  endpointType: evolving(EndpointType).nullish(),
});

/** A participant or organizer as an entity of its own. */
export const participantSchema = z.looseObject({
  id: z.string().optional().describe('The id of the identity in it; not unique within a record.'),
  identity: identitySet.nullish(),
});

/** A segment of a session. Its content is Graph's (microsoft.graph.callRecords.segment). */
export const segmentSchema = z.looseObject({
  id: z.string().optional(),
  startDateTime: z.string().optional(),
  endDateTime: z.string().optional(),
});

/** A session. Its content, and that of its segments, is Graph's (microsoft.graph.callRecords.session). */
export const sessionSchema = z.looseObject({
  id: z.string().optional(),
  modalities: z.array(evolving(Modality)).optional(),
  startDateTime: z.string().optional(),
  endDateTime: z.string().optional(),
  isTest: z.boolean().nullish(),
});

function memberSchema({ name, known = {} }: Member['kind']): z.ZodType {
  switch (name) {
    case 'guid':
      return z.guid();
    case 'version':
      return int64.describe('64 bits, all digits.');
    case 'DateTimeOffset':
      return instant;
    case 'text':
      return z.string().nullable();
    case 'member':
      return evolving(known);
    case 'members':
      return z.array(evolving(known));
  }
}

/**
 * A record as this door sends it. Imported records may have more properties. Only the id is always there: `$select` and
 * `Prefer: omit-values=nulls` leave members out, and members that were never fetched are missing.
 */
export const callRecordSchema = z
  .looseObject({
    ...mapMembers<{ [Name in MemberName]: z.ZodType<WireMembers[Name]> }>(({ kind }) => memberSchema(kind)),
    organizer: identitySet.nullable(),
    participants: z.array(identitySet).describe('Everybody, however many.'),
    organizer_v2: participantSchema.nullable(),
    participants_v2: z.array(participantSchema).describe('The first 130; there is a next link for more.'),
    'participants_v2@odata.nextLink': z.url(),
    sessions: z.array(sessionSchema).describe('The first 60, where expanded; there is a next link for more.'),
    'sessions@odata.nextLink': z.url(),
  })
  .partial()
  .extend({ id: z.guid() });

/** A page of a collection. */
export const pageSchema = (item: z.ZodType) =>
  z.object({
    '@odata.context': z.url().optional().describe('Not with odata.metadata=none.'),
    '@odata.count': z.int().nonnegative().or(asText).optional(),
    '@odata.nextLink': z.url().optional(),
    value: z.array(item),
  });

/** Microsoft Graph's error envelope. */
export const errorSchema = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    target: z.string().optional(),
    details: z.array(z.object({ code: z.string(), target: z.string(), message: z.string() })).optional(),
    innerError: z.object({ date: z.string(), 'request-id': z.guid(), 'client-request-id': z.guid() }),
  }),
});
