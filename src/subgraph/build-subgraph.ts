import { buildSubgraphSchema } from '@apollo/subgraph';
import { getDocumentNodeFromSchema } from '@graphql-tools/utils';
import {
  type GraphQLFieldResolver,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isUnionType,
  parse,
  valueFromAST,
} from 'graphql';
import { type BuildSchemaOptions, createResolversMap } from 'type-graphql';
import { type AppliedDirectives, applyDirectives } from './applied-directives.js';
import { type Entity, EntityFinder, type Refuse, refuseAsUserInput } from './entities.js';
import { type Link, printLinked } from './federation-link.js';
import { keysOf } from './keys.js';
import { refuseLostDirectives } from './lost-directives.js';
import { buildWithReferences, type ReferenceBatch } from './reference-resolver.js';

/** type-graphql's options, and those of a subgraph. */
export interface SubgraphOptions extends BuildSchemaOptions {
  /** Specifications other than federation's whose directives the schema uses. */
  links?: readonly Link[];
  /** Directives of `links` to keep in supergraphs, such as `@sensitive` (`@composeDirective`). */
  composeDirectives?: readonly string[];
  /** Directives where type-graphql's `@Directive` does not reach, or that depend on the schema. */
  appliedDirectives?: (api: GraphQLSchema) => AppliedDirectives;
  /**
   * Descriptions of types that are not classes (Query, Mutation, Subscription). Also, as `Type.field`, of fields that
   * mean something else than in the input type of the same class.
   */
  descriptions?: Readonly<Record<string, string>>;
  /** Makes the error for a bad representation, or null for none; `BAD_USER_INPUT` by default. */
  refuse?: Refuse;
}

export interface Subgraph {
  /** Executable, with `_entities` and `_service`. */
  schema: GraphQLSchema;
  /** What a registry takes, and `_service` returns. */
  sdl: string;
  /** The schema for clients that query the subgraph directly; not for executing. */
  api: GraphQLSchema;
}

/**
 * Builds a Federation 2 subgraph from type-graphql classes. Directives are put on the classes with type-graphql's
 * `@Directive`, and {@link ReferenceResolver} resolves references, in batches. The `@link` to federation is added: the
 * lowest version that has the directives used. Throws if the classes are not a valid subgraph.
 */
export function buildSubgraph(options: SubgraphOptions): Subgraph {
  const { links = [], composeDirectives = [], appliedDirectives, descriptions = {}, refuse, ...classes } = options;
  refuseLostDirectives(classes.resolvers);
  const { schema: api, references } = buildWithReferences(classes);
  for (const [coordinate, description] of Object.entries(descriptions))
    Object.assign(describedAt(api, coordinate), { description });
  if (appliedDirectives) applyDirectives(api, appliedDirectives(api));
  const sdl = printLinked(getDocumentNodeFromSchema(api), links, composeDirectives);
  const typeDefs = parse(sdl);
  const schema = buildSubgraphSchema({ typeDefs, resolvers: createResolversMap(api) as never });
  readDefaults(schema);
  setResolver(schema, '_service', () => ({ sdl }));
  const entities = entitiesOf(schema, keysOf(typeDefs, schema), references);
  if (entities.size > 0) serveEntities(schema, new EntityFinder(entities, refuse ?? refuseAsUserInput));
  return { schema, sdl, api };
}

function describedAt(schema: GraphQLSchema, coordinate: string): object {
  const [typeName = '', fieldName] = coordinate.split('.');
  const type = schema.getType(typeName);
  const hasFields = isObjectType(type) || isInterfaceType(type) || isInputObjectType(type);
  const described = fieldName === undefined ? type : hasFields ? type.getFields()[fieldName] : undefined;
  if (!described) throw new Error(`There is no ${coordinate} to describe.`);
  return described;
}

/** `buildSubgraphSchema` reads defaults before enumerations have their internal values, so they are read again. */
function readDefaults(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    const inputs = isInputObjectType(type)
      ? Object.values(type.getFields())
      : isObjectType(type) || isInterfaceType(type)
        ? Object.values(type.getFields()).flatMap(({ args }) => args)
        : [];
    for (const input of inputs) {
      if (input.astNode?.defaultValue) input.defaultValue = valueFromAST(input.astNode.defaultValue, input.type);
    }
  }
}

function entitiesOf(
  schema: GraphQLSchema,
  keys: ReturnType<typeof keysOf>,
  references: ReadonlyMap<string, ReferenceBatch>,
): Map<string, Entity> {
  for (const name of references.keys()) {
    if (!keys.has(name)) throw new Error(`${name} has a reference resolver, but no @key that is resolvable.`);
  }
  return new Map(
    [...keys].map(([name, own]) => {
      const type = schema.getType(name) as GraphQLObjectType | GraphQLInterfaceType;
      return [name, { type, keys: own, batch: references.get(name) }];
    }),
  );
}

function serveEntities(schema: GraphQLSchema, finder: EntityFinder): void {
  setResolver(schema, '_entities', (_root, { representations }: { representations: unknown[] }, context, info) =>
    finder.find(representations, { context, info }),
  );
  const union = schema.getType('_Entity');
  if (isUnionType(union)) union.resolveType = ({ __typename }: { __typename: string }) => __typename;
}

function setResolver(schema: GraphQLSchema, name: string, resolve: GraphQLFieldResolver<unknown, unknown, never>) {
  const field = schema.getQueryType()?.getFields()[name];
  if (field) field.resolve = resolve as never;
}
