import { type GraphQLSchema, isObjectType, printSchema, version } from 'graphql';
import { badUserInput } from '../domain/errors.js';
import { ID_OF_VALUE_DESCRIPTION } from '../domain/identity.js';
import { MAX_ERRORS } from '../domain/limits.js';
import type { AppliedDirectives } from '../subgraph/applied-directives.js';
import { buildSubgraph, type Subgraph, type SubgraphOptions } from '../subgraph/build-subgraph.js';
import { CallRecordConnectionResolver, CallRecordResolver } from './call-record-resolver.js';
import { ChangeResolver } from './change-resolver.js';
import { EraseResolver } from './erase-resolver.js';
import { readFromJson } from './json-types.js';
import { NodeResolver } from './node-resolver.js';
import { PersonResolver } from './person-resolver.js';
import { SessionResolver } from './session-resolver.js';
import { SyncStatusResolver } from './sync-status-resolver.js';
import { StatisticsResolver } from './statistics-resolver.js';
import { UserIdentityResolver, UserResolver } from './user-resolver.js';

const RESOLVERS: SubgraphOptions['resolvers'] = [
  CallRecordResolver,
  CallRecordConnectionResolver,
  ChangeResolver,
  EraseResolver,
  NodeResolver,
  PersonResolver,
  SessionResolver,
  SyncStatusResolver,
  StatisticsResolver,
  UserResolver,
  UserIdentityResolver,
];

/**
 * The executable schema: a Federation 2 subgraph that also serves alone. Throws if graphql is older than 16.15.0: its
 * validation takes a minute for a small malicious document.
 */
export async function buildCallRecordsSchema(): Promise<GraphQLSchema> {
  requireGraphql(16, 15);
  const { schema, api } = build();
  readFromJson(schema, api, 'CallRecord', ['organizer', 'participants', 'quality']);
  readFromJson(schema, api, 'SessionConnection', ['edges', 'nodes']);
  readFromJson(schema, api, 'OrganizerCount', ['organizer']);
  readFromJson(schema, api, 'ParticipantCount', ['participant']);
  return schema;
}

/** The SDL for a registry. With `authorization` it also says which fields need a token (`@authenticated`). */
export async function printSubgraphSdl({ authorization = false } = {}): Promise<string> {
  return build({ authorization }).sdl;
}

/** The SDL as clients see it, without federation. */
export async function printApiSdl(): Promise<string> {
  return `${printSchema(build().api)}\n`;
}

function build({ authorization = false } = {}): Subgraph {
  return buildSubgraph({
    resolvers: RESOLVERS,
    validate: false,
    pubSub: NO_TOPICS,
    appliedDirectives: (api) => ({ ...VALUE_TYPES, ...(authorization && authenticated(api)) }),
    descriptions: {
      Query: 'Call records by id and lists of them, what they tell together, and the people in them.',
      Mutation: 'What changes the records that are stored.',
      Subscription: 'Changes of the records as they are committed, on three transports.',
      'Identity.id': ID_OF_VALUE_DESCRIPTION,
      'UserIdentity.id': ID_OF_VALUE_DESCRIPTION,
    },
    // No response lists more errors, and making a hundred thousand takes seconds.
    refuse: ({ index, message, earlier }) =>
      earlier < MAX_ERRORS
        ? badUserInput([{ path: ['representations', index], rule: 'representation', message }])
        : null,
  });
}

/** type-graphql requires a pub-sub for subscriptions; ours have sources of their own. */
const NO_TOPICS: NonNullable<SubgraphOptions['pubSub']> = {
  publish: () => undefined,
  subscribe: () => {
    throw new Error('There are no topics here.');
  },
};

/** Directives of classes that are input types, too; on these they may not stand. */
const VALUE_TYPES: AppliedDirectives = {
  // Graph's own type, which other subgraphs over Graph have in the same form.
  Identity: ['@shareable', '@cost(weight: 0)'],
};

/**
 * Every field that only this subgraph answers needs a token. The key of an entity may come from other subgraphs without
 * one.
 */
function authenticated(api: GraphQLSchema): AppliedDirectives {
  const fields = ['Query', 'Mutation', 'Subscription', 'CallRecord', 'User'].flatMap((name) => {
    const type = api.getType(name);
    return isObjectType(type) ? Object.keys(type.getFields()).map((field) => `${name}.${field}`) : [];
  });
  const keys = ['CallRecord.id', 'User.id'];
  return Object.fromEntries(
    fields.filter((field) => !keys.includes(field)).map((field) => [field, ['@authenticated']]),
  );
}

function requireGraphql(major: number, minor: number): void {
  const [actualMajor = 0, actualMinor = 0] = version.split('.').map(Number);
  if (actualMajor !== major || actualMinor < minor)
    throw new Error(`graphql ${major}.${minor} or a later ${major} is needed, not ${version}.`);
}
