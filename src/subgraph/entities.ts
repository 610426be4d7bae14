import { maybeCacheControlFromInfo } from '@apollo/cache-control-types';
import {
  defaultTypeResolver,
  GraphQLError,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  isInterfaceType,
} from 'graphql';
import type { Key } from './keys.js';
import type { ReferenceBatch, Representation } from './reference-resolver.js';

/** A type whose objects a gateway can ask for by a key. */
export interface Entity {
  type: GraphQLObjectType | GraphQLInterfaceType;
  keys: Key[];
  /** Finds the objects; without it the representation is the object. */
  batch: ReferenceBatch | undefined;
}

/** What is wrong with one representation of a request. */
export interface BadRepresentation {
  /** Its index among the representations. */
  index: number;
  message: string;
  /** The number of bad ones before it. */
  earlier: number;
}

/** Makes the error in the place of a bad representation; null for no error. */
export type Refuse = (bad: BadRepresentation) => Error | null;

/** `BAD_USER_INPUT`, which Apollo Server uses for bad arguments. */
export const refuseAsUserInput: Refuse = ({ message }) =>
  new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });

interface Batch {
  entity: Entity;
  representations: Representation[];
  /** For each representation, the places at which it was sent. */
  places: number[][];
  known: Map<string, number>;
}

interface Request {
  context: unknown;
  info: GraphQLResolveInfo;
}

/**
 * Resolves `_entities`. It calls each type's reference resolver once with all representations of the type, equal ones
 * once. Entities and errors get the places where the gateway expects them (Federation: subgraph specification).
 */
export class EntityFinder {
  constructor(
    private readonly entities: ReadonlyMap<string, Entity>,
    private readonly refuse: Refuse,
  ) {}

  async find(representations: readonly unknown[], request: Request): Promise<unknown[]> {
    const answers = new Array<unknown>(representations.length).fill(null);
    const batches = new Map<Entity, Batch>();
    let bad = 0;
    for (const [index, value] of representations.entries()) {
      const { __typename: name } = (value ?? {}) as { __typename?: unknown };
      const entity = typeof name === 'string' ? this.entities.get(name) : undefined;
      const wrong = entity ? missingKey(entity, value as object) : unknownType(name);
      if (wrong !== null) answers[index] = this.refuse({ index, message: wrong, earlier: bad++ });
      else if (entity?.batch) add(batches, entity, value as Representation, index);
      else answers[index] = value;
    }
    restrictCaching(batches.keys(), request.info);
    await Promise.all(Array.from(batches.values(), (batch) => run(batch, request, answers)));
    return answers;
  }
}

function unknownType(name: unknown): string {
  return typeof name === 'string'
    ? `${JSON.stringify(name)} is no entity of this subgraph.`
    : 'A representation needs __typename, the name of its type.';
}

function missingKey({ type, keys }: Entity, representation: object): string | null {
  if (keys.some(({ isHeldBy }) => isHeldBy(representation))) return null;
  const choices = keys.map(({ fields }) => `{ ${fields} }`).join(' or ');
  return `A reference to ${type.name} needs ${choices}, without nulls, ids being strings.`;
}

function add(batches: Map<Entity, Batch>, entity: Entity, representation: Representation, index: number): void {
  let batch = batches.get(entity);
  if (!batch) batches.set(entity, (batch = { entity, representations: [], places: [], known: new Map() }));
  const text = JSON.stringify(representation);
  const known = batch.known.get(text);
  if (known !== undefined) {
    batch.places[known]?.push(index);
    return;
  }
  batch.known.set(text, batch.representations.length);
  batch.representations.push(representation);
  batch.places.push([index]);
}

/** If a resolver fails, its error gets the places of its type; other types are not affected. */
async function run({ entity, representations, places }: Batch, request: Request, answers: unknown[]): Promise<void> {
  const fill = (slot: number, answer: unknown) => {
    for (const place of places[slot] ?? []) answers[place] = answer;
  };
  try {
    const found = await typed(entity, await resolve(entity, representations, request), request);
    found.forEach((one, slot) => fill(slot, one));
  } catch (error) {
    const failure = error instanceof Error ? error : new Error(String(error), { cause: error });
    for (const slot of representations.keys()) fill(slot, failure);
  }
}

async function resolve(entity: Entity, representations: Representation[], { context, info }: Request) {
  const found: unknown = await entity.batch?.(representations, {}, context, info);
  if (Array.isArray(found) && found.length === representations.length) return found as unknown[];
  const told = Array.isArray(found) ? `${found.length} answers` : 'no list';
  throw new Error(
    `The reference resolver of ${entity.type.name} gave ${told} for ${representations.length} representations.`,
  );
}

/** The objects found, with the name of their type, by which the union `_Entity` tells its members apart. */
async function typed({ type }: Entity, found: readonly unknown[], request: Request): Promise<unknown[]> {
  return isInterfaceType(type)
    ? Promise.all(found.map((one) => (isObject(one) ? typedByInterface(type, one, request) : one)))
    : found.map((one) => (isObject(one) ? named(one, type.name) : one));
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !(value instanceof Error);

async function typedByInterface(type: GraphQLInterfaceType, found: object, { context, info }: Request) {
  const resolveType = type.resolveType ?? defaultTypeResolver;
  const name = await resolveType(found, context, info, type);
  return name === undefined
    ? new Error(`What the reference resolver of ${type.name} found is of no type that implements it.`)
    : named(found, name);
}

function named(found: object & { __typename?: unknown }, name: string): object {
  if (found.__typename === name) return found;
  if (!Object.isExtensible(found) || '__typename' in found) {
    return Object.create(Object.getPrototypeOf(found) as object, {
      ...Object.getOwnPropertyDescriptors(found),
      __typename: { value: name },
    }) as object;
  }
  found.__typename = name;
  return found;
}

/** As in Apollo's own `_entities`, the response may be cached no longer than the types in it. */
function restrictCaching(entities: Iterable<Entity>, info: GraphQLResolveInfo): void {
  const cacheControl = maybeCacheControlFromInfo(info);
  if (!cacheControl) return;
  for (const { type } of entities) {
    const hint = cacheControl.cacheHintFromType(type);
    if (hint) cacheControl.cacheHint.restrict(hint);
  }
}
