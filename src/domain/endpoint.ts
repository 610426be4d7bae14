import 'reflect-metadata';
import { Directive, Field, Int, InterfaceType, ObjectType } from 'type-graphql';
import { identitiesOf, isObject } from './document.js';
import { assumedSize, Member, PersonalText, Text, WITH_THE_SESSION } from './graph-field.js';
import { identityKey, type IdentityKind, IdentitySet, kindOfId, PERSONAL } from './identity.js';
import { FromJson, type JsonMembers, type Renamed, renamedIn } from './json-source.js';
import { ClientPlatform, ProductFamily, ServiceRole, UserFeedbackRating } from './session-enums.js';

/** Graph's userAgent; `@odata.type` says which type it is. */
@InterfaceType('UserAgent', { description: 'The software of an endpoint (Graph: userAgent).' })
export abstract class UserAgent {
  @PersonalText('The User-Agent header, which can hold the name of a device; null: not told.')
  headerValue?: string | null;

  @Text('The version of the software; null: not told.')
  applicationVersion?: string | null;
}

@ObjectType('ClientUserAgent', {
  description: 'A client (Graph: clientUserAgent).',
  implements: UserAgent,
  simpleResolvers: true,
})
@Directive('@shareable')
@Directive(WITH_THE_SESSION)
export class ClientUserAgent extends UserAgent {
  @Member(() => ClientPlatform, 'What it runs on; null: not told.')
  platform?: ClientPlatform | null;

  @Member(() => ProductFamily, 'The product; null: not told.')
  productFamily?: ProductFamily | null;

  @Text('The id of its Microsoft Entra application; null: not told.')
  azureADAppId?: string | null;

  @Text('The immutable id of its Azure Communication Services resource; null: none, or not told.')
  communicationServiceId?: string | null;
}

@ObjectType('ServiceUserAgent', {
  description: 'A service (Graph: serviceUserAgent).',
  implements: UserAgent,
  simpleResolvers: true,
})
@Directive('@shareable')
@Directive(WITH_THE_SESSION)
export class ServiceUserAgent extends UserAgent {
  @Member(() => ServiceRole, 'What the service does; null: not told.')
  role?: ServiceRole | null;
}

@ObjectType('OtherUserAgent', {
  description: 'Software of which the source does not tell what it is, or of a type that this version does not know.',
  implements: UserAgent,
  simpleResolvers: true,
})
@Directive('@shareable')
@Directive(WITH_THE_SESSION)
export class OtherUserAgent extends UserAgent {}

/** An entry of Graph's feedbackTokenSet, whose names change. */
@ObjectType('FeedbackToken', {
  description: 'Something that a person did or did not tick in a rating.',
  simpleResolvers: true,
})
@Directive('@shareable')
@Directive(WITH_THE_SESSION)
export class FeedbackToken {
  @Field(() => String, { description: 'Its name, which can change from version to version of the clients.' })
  @Directive(PERSONAL)
  name!: string;

  @Member(() => Boolean, 'Whether it was ticked; null: not told.')
  value?: boolean | null;
}

/** Graph's userFeedback. */
@ObjectType('UserFeedback', {
  description: 'What a person said of a call (Graph: userFeedback).',
  simpleResolvers: true,
})
@Directive('@shareable')
@Directive(WITH_THE_SESSION)
export class UserFeedback {
  @Member(() => UserFeedbackRating, 'The rating; null: not told.')
  @Directive(PERSONAL)
  rating?: UserFeedbackRating | null;

  @PersonalText('What the person wrote; null: nothing.')
  text?: string | null;

  @Field(() => [FeedbackToken], { description: 'What was to tick, by name; empty where nothing was.' })
  @Directive(assumedSize(5))
  @FromJson({ members: ['tokens'], compute: tokensOf })
  tokens!: FeedbackToken[];
}

function tokensOf({ tokens }: JsonMembers): JsonMembers[] {
  const ticked = Object.entries(isObject(tokens) ? tokens : {}).filter(([name]) => !name.includes('@'));
  return ticked.map(([name, value]) => ({ name, value }));
}

/** Graph's endpoint; `@odata.type` says which type it is. */
@InterfaceType('Endpoint', { description: 'One end of a session or a segment (Graph: endpoint).' })
export abstract class Endpoint {
  @Member(() => UserAgent, 'Its software; null: not told.')
  userAgent?: UserAgent | null;
}

/** The person at a participant endpoint. The retired identity set beside it still gives the kind of the identity. */
const IDENTITY: Renamed = { renamed: 'associatedIdentity', by: 'id', beside: 'identity', nameOf: kindBeside };

function kindBeside(id: unknown, legacy: unknown): IdentityKind {
  const same = isObject(legacy) ? identitiesOf(legacy).find(({ identity }) => isSame(identity.id, id)) : undefined;
  return same?.kind ?? kindOfId(id);
}

function isSame(a: unknown, b: unknown): boolean {
  return typeof a === 'string' && typeof b === 'string' && identityKey(a) === identityKey(b);
}

/** The person at a participant endpoint, as an identity set; null if it is not known. */
export function identityOf(endpoint: JsonMembers): JsonMembers | null {
  return renamedIn(IDENTITY, endpoint);
}

@ObjectType('ParticipantEndpoint', {
  description: 'The end at a person or an application (Graph: participantEndpoint).',
  implements: Endpoint,
  simpleResolvers: true,
})
@Directive(WITH_THE_SESSION)
export class ParticipantEndpoint extends Endpoint {
  @Member(
    () => IdentitySet,
    "Who it is: Graph's associatedIdentity, under the kind that the retired identity or the form of its id tells, or that retired identity itself; null: not told.",
  )
  @FromJson(IDENTITY)
  identity?: IdentitySet | null;

  @PersonalText('The name of the device; null: not told.')
  name?: string | null;

  @Text('The name of the processor; null: not told.')
  cpuName?: string | null;

  @Member(() => Int, 'How many cores the processor has; null: not told.')
  cpuCoresCount?: number | null;

  @Member(() => Int, 'The speed of the processor in MHz; null: not told.')
  cpuProcessorSpeedInMhz?: number | null;

  @Member(() => UserFeedback, 'What the person said of the call; null: nothing.')
  feedback?: UserFeedback | null;
}

@ObjectType('ServiceEndpoint', {
  description: 'The end at a service (Graph: serviceEndpoint).',
  implements: Endpoint,
  simpleResolvers: true,
})
@Directive(WITH_THE_SESSION)
export class ServiceEndpoint extends Endpoint {}

@ObjectType('OtherEndpoint', {
  description: 'An end of which the source does not tell what it is, or of a type that this version does not know.',
  implements: Endpoint,
  simpleResolvers: true,
})
@Directive(WITH_THE_SESSION)
export class OtherEndpoint extends Endpoint {}
