import type { GraphQLFieldResolver, GraphQLSchema } from 'graphql';
import { getNamedType } from 'graphql';
import { type BuildSchemaOptions, buildSchemaSync, type ClassType, getMetadataStorage } from 'type-graphql';

/**
 * What a gateway sends for an entity: its type, the members of one of its keys, and the fields that its fields
 * `@requires`.
 */
export type Representation<Members extends object = { [name: string]: unknown }> = Readonly<Members> & {
  readonly __typename: string;
};

type Type = ClassType | (abstract new (...parameters: never[]) => object);

interface Declared {
  target: object;
  methodName: string;
  getType: () => Type;
}

const PREFIX = '_references';
/** The property of a resolver class that holds its reference resolvers. */
const DECLARED = Symbol('reference resolvers');

const declaredBy = (resolver: object) => (Reflect.getOwnMetadata(DECLARED, resolver) ?? []) as Declared[];

/**
 * Marks the method of a resolver class that turns references to an entity into entities. It is called once for each
 * `_entities` field, with all different representations of the type as its `@Root()`. It returns a list in their order:
 * an object, null if there is none, or an Error if that reference is bad. `@Ctx()`, `@Info()`, `@Authorized()` and
 * `@UseMiddleware()` work as on a query. An entity without such a method is made from its representation.
 */
export function ReferenceResolver(getType: () => Type): MethodDecorator {
  return (prototype, methodName) => {
    const target = prototype.constructor;
    const own = { target, methodName: String(methodName), getType };
    Reflect.defineMetadata(DECLARED, [...declaredBy(target), own], target);
  };
}

/** Resolves all representations of one type: type-graphql's handler, with the representations as its root. */
export type ReferenceBatch = GraphQLFieldResolver<readonly Representation[], unknown>;

/**
 * Builds type-graphql's schema, and the reference resolvers of its resolver classes by the name of their type. They are
 * queries while it builds, so that type-graphql does for them what it does for any method. None of them is in the
 * schema.
 */
export function buildWithReferences(options: BuildSchemaOptions): {
  schema: GraphQLSchema;
  references: Map<string, ReferenceBatch>;
} {
  const storage = getMetadataStorage();
  const { queries } = storage;
  storage.queries = [...queries, ...options.resolvers.flatMap(declaredBy).map(toQuery)];
  try {
    // The check is a whole introspection at each start. The tests check more than that.
    const schema = buildSchemaSync({ skipCheck: true, ...options });
    return { schema, references: takeReferences(schema) };
  } finally {
    storage.queries = queries;
  }
}

function toQuery({ target, methodName, getType }: Declared, index: number) {
  return {
    target: target as ClassType,
    methodName,
    schemaName: `${PREFIX}${index}`,
    getReturnType: getType as () => ClassType,
    returnTypeOptions: { nullable: true },
    complexity: undefined,
  };
}

function takeReferences(schema: GraphQLSchema): Map<string, ReferenceBatch> {
  const references = new Map<string, ReferenceBatch>();
  const fields = schema.getQueryType()?.getFields() ?? {};
  for (const [name, { type, resolve }] of Object.entries(fields)) {
    if (!name.startsWith(PREFIX) || !resolve) continue;
    const typename = getNamedType(type).name;
    if (references.has(typename)) throw new Error(`${typename} has more than one reference resolver.`);
    references.set(typename, resolve);
    delete fields[name];
  }
  return references;
}
