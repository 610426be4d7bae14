import { buildSubgraphSchema } from '@apollo/subgraph';
import { printSchemaWithDirectives } from '@graphql-tools/utils';
import {
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isObjectType,
  parse,
  printSchema,
  valueFromAST,
  version,
} from 'graphql';
import { buildSchema, createResolversMap } from 'type-graphql';
import { requireRead } from '../auth/caller.js';
import { User } from '../domain/user.js';
import { CallRecordConnectionResolver, CallRecordResolver } from './call-record-resolver.js';
import { refuse } from './connection.js';
import type { GraphQLContext } from './context.js';
import { UserIdentityResolver, UserResolver } from './user-resolver.js';

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.0", import: ["@key", "@shareable"])`;

/**
 * The executable schema: a Federation 2 subgraph that also serves alone.
 * Throws if graphql is older than 16.15.0, whose validation takes a minute for a small document made to be slow.
 */
export async function buildCallRecordsSchema(): Promise<GraphQLSchema> {
  requireGraphql(16, 15);
  const schema = await buildClasses();
  const resolvers = createResolversMap(schema);
  const subgraph = buildSubgraphSchema({
    typeDefs: parse(printSubgraph(schema)),
    resolvers: { ...resolvers, ...referenceResolvers(resolvers) },
  });
  return withDefaults(toleratingFutureMembers(subgraph));
}

/** The SDL that a registry takes. */
export async function printSubgraphSdl(): Promise<string> {
  return `${printSubgraph(await buildClasses())}\n`;
}

/** The SDL as clients see it, without federation. */
export async function printApiSdl(): Promise<string> {
  return `${printSchema(await buildClasses())}\n`;
}

async function buildClasses(): Promise<GraphQLSchema> {
  const schema = await buildSchema({
    resolvers: [CallRecordResolver, CallRecordConnectionResolver, UserResolver, UserIdentityResolver],
    orphanedTypes: [User],
    validate: false,
  });
  // type-graphql has no place for these.
  Object.assign(schema.getQueryType() as object, { description: 'Call records by id, and lists of them.' });
  Object.assign(schema.getMutationType() as object, { description: 'What changes the records that are stored.' });
  return schema;
}

function printSubgraph(schema: GraphQLSchema): string {
  return `${LINK}\n\n${printSchemaWithDirectives(schema)}`;
}

/** How the gateway's references become objects: records by the request's loader, users as they are. */
function referenceResolvers(resolvers: { [type: string]: unknown }) {
  return {
    CallRecord: {
      ...(resolvers.CallRecord as object),
      __resolveReference: async (reference: Reference, context: GraphQLContext) => {
        requireRead(context.caller);
        return context.loaders.record(idOf(reference), { organizer: true, participants: true });
      },
    },
    User: {
      ...(resolvers.User as object),
      __resolveReference: async (reference: Reference) => ({ id: idOf(reference) }),
    },
  };
}

type Reference = { id?: unknown };

/** `_Any` lets every value pass, so what a gateway sends is checked here. */
function idOf({ id }: Reference): string {
  if (typeof id !== 'string') refuse(['representations'], 'required', 'Each representation needs its id, a string.');
  return id;
}

/**
 * Enumerations evolve at the source: on the way out a member that this version does not know is `unknownFutureValue`,
 * never an error. On the way in it stays one.
 */
function toleratingFutureMembers(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isEnumType(type) || !type.getValue('unknownFutureValue')) continue;
    const serialize = type.serialize.bind(type);
    const known = new Set(type.getValues().map(({ value }) => value as unknown));
    type.serialize = (value) => serialize(known.has(value) ? value : 'unknownFutureValue');
  }
  return schema;
}

/** `buildSubgraphSchema` reads defaults before enumerations have their internal values, so they are read once more. */
function withDefaults(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    const inputs = isInputObjectType(type)
      ? Object.values(type.getFields())
      : isObjectType(type)
        ? Object.values(type.getFields()).flatMap(({ args }) => args)
        : [];
    for (const input of inputs) {
      if (input.astNode?.defaultValue) input.defaultValue = valueFromAST(input.astNode.defaultValue, input.type);
    }
  }
  return schema;
}

function requireGraphql(major: number, minor: number): void {
  const [actualMajor = 0, actualMinor = 0] = version.split('.').map(Number);
  if (actualMajor !== major || actualMinor < minor)
    throw new Error(`graphql ${major}.${minor} or a later ${major} is needed, not ${version}.`);
}
