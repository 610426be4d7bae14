import { z } from 'zod';
import { createInputSchema, identitySchema } from '../domain/create-input.js';
import { CallType, EndpointType, Modality } from '../domain/enums.js';

/** What a client may send beside the properties that count: it is read, or left aside, in this way. */
const FORGIVEN = z.object({
  id: z.unknown().optional().describe("Ignored: the server's own stands."),
  lastModifiedDateTime: z.unknown().optional().describe("Ignored: the server's own stands."),
  '@odata.type': z.string().optional().describe('#microsoft.graph.callRecords.callRecord, or the request is refused.'),
});

/** The body of a create: what validates it, and what beside that is accepted. */
export const createBodySchema = z.object({ ...createInputSchema.shape, ...FORGIVEN.shape });

const instant = z.iso.datetime({ precision: undefined });
const identity = z.looseObject(identitySchema.shape);
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
  endpointType: z.enum(EndpointType).nullish(),
});

/** A participant or organizer as an entity of its own. */
export const participantSchema = z.looseObject({
  id: z.string().optional().describe('The id of the identity in it; not unique within a record.'),
  identity: identitySet,
});

/** A session; its segments and what stands in them are Graph's (microsoft.graph.callRecords.session). */
export const sessionSchema = z.looseObject({
  id: z.string().optional(),
  modalities: z.array(z.enum(Modality)).optional(),
  startDateTime: z.string().optional(),
  endDateTime: z.string().optional(),
  isTest: z.boolean().nullish(),
});

/** A record as this door answers it; imported ones may have more properties than these. */
export const callRecordSchema = z.looseObject({
  id: z.guid(),
  version: z.int().meta({ type: 'integer', format: 'int64' }).describe('64 bits, all digits.'),
  type: z.enum(CallType),
  modalities: z.array(z.enum(Modality)),
  startDateTime: instant,
  endDateTime: instant,
  lastModifiedDateTime: instant,
  joinWebUrl: z.string().nullable(),
  organizer: identitySet.nullable(),
  participants: z.array(identitySet).describe('Everybody, however many.'),
  organizer_v2: participantSchema.nullable(),
  participants_v2: z.array(participantSchema).optional().describe('The first 130; there is a next link for more.'),
  'participants_v2@odata.nextLink': z.url().optional(),
  sessions: z.array(sessionSchema).optional().describe('The first 60, where expanded; there is a next link for more.'),
  'sessions@odata.nextLink': z.url().optional(),
});

/** A page of a collection. */
export const pageOf = (item: z.ZodType) =>
  z.object({
    '@odata.context': z.url(),
    '@odata.count': z.int().nonnegative().optional(),
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
