import { Extensions } from 'type-graphql';
import { isObject, type JsonObject } from '../platform/json-object.js';

/**
 * Where a GraphQL field finds its value in the source's JSON of its object. Without a source, it is the member with the
 * field's name.
 */
export type JsonSource =
  /**
   * The member of another name. Fields of the objects in it may use members of this object in computations
   * (`handsDown`): the kind of a stream, for one, depends on its media.
   */
  | { member: string; handsDown?: readonly string[] }
  /** The first of these members that is not null. */
  | { firstOf: readonly string[] }
  /** The name of the first of these members that is not null. */
  | { nameOfFirst: readonly string[] }
  | Renamed
  /**
   * A value computed from these members, and from those that the enclosing object hands down. Null or absent members
   * are left out. `choose` picks the field's part of a value that several fields share.
   */
  | Computed;

/** See {@link JsonSource}. */
export interface Computed {
  members: readonly string[];
  takesHandedDown?: true;
  compute: (members: JsonMembers, handedDown: JsonMembers) => unknown;
  choose?: (computed: never) => unknown;
}

/** The part of a computed value that belongs to a field. */
export function chosen({ choose }: Computed, computed: unknown): unknown {
  return choose ? choose(computed as never) : computed;
}

/**
 * An object with one member, whose name is derived from its member `by` and from the member `beside`. If it is not an
 * object, the member `beside` takes its place.
 */
export interface Renamed {
  renamed: string;
  by: string;
  beside: string;
  nameOf: (by: unknown, beside: unknown) => string;
}

/** The value of a {@link Renamed} source in an object; null if neither member is an object. */
export function renamedIn({ renamed, by, beside, nameOf }: Renamed, object: JsonMembers): JsonObject | null {
  const [own, other] = [object[renamed], object[beside]];
  if (isObject(own)) return { [nameOf(own[by], other)]: own };
  return isObject(other) ? other : null;
}

/** Members of a JSON object whose types only the source knows. */
export interface JsonMembers {
  [name: string]: unknown;
}

/** The key under which a GraphQL field has its source in `extensions`. */
export const JSON_SOURCE = 'jsonSource';

/** Says where a field of a type-graphql class is in the stored JSON; both executors follow it. */
export function FromJson(source: JsonSource): PropertyDecorator {
  return Extensions({ [JSON_SOURCE]: source });
}
