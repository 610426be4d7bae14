import { Extensions } from 'type-graphql';
import { isObject, type JsonObject } from '../platform/json-object.js';

/**
 * Where the value of a GraphQL field stands in the JSON of its object as the source sent it. A field without a source
 * stands in the member of its own name.
 */
export type JsonSource =
  /**
   * In a member of another name. Fields of the objects in it may compute with members of this object, too (`handsDown`):
   * what a stream is, for one, its media tells.
   */
  | { member: string; handsDown?: readonly string[] }
  /** In the first of these members that is not null. */
  | { firstOf: readonly string[] }
  /** It is the name of the first of these members that is not null. */
  | { nameOfFirst: readonly string[] }
  | Renamed
  /**
   * It is computed from these members, and from those that the object around hands down. Members that are null or
   * absent are left out. `choose` takes it from what is computed for several fields at once.
   */
  | Computed;

/** What is computed; see {@link JsonSource}. */
export interface Computed {
  members: readonly string[];
  takesHandedDown?: true;
  compute: (members: JsonMembers, handedDown: JsonMembers) => unknown;
  choose?: (computed: never) => unknown;
}

/** What a field is of what was computed. */
export function chosen({ choose }: Computed, computed: unknown): unknown {
  return choose ? choose(computed as never) : computed;
}

/**
 * An object of one member alone, under a name that follows from a member of its own (`by`) and from another one
 * (`beside`); that other one where it is no object itself.
 */
export interface Renamed {
  renamed: string;
  by: string;
  beside: string;
  nameOf: (by: unknown, beside: unknown) => string;
}

/** What a {@link Renamed} source is in an object; null where neither member is an object. */
export function renamedIn({ renamed, by, beside, nameOf }: Renamed, object: JsonMembers): JsonObject | null {
  const [own, other] = [object[renamed], object[beside]];
  if (isObject(own)) return { [nameOf(own[by], other)]: own };
  return isObject(other) ? other : null;
}

/** Members of an object of JSON, of a kind that only the source knows. */
export interface JsonMembers {
  [name: string]: unknown;
}

/** Under which GraphQL's fields carry their source (`extensions`). */
export const JSON_SOURCE = 'jsonSource';

/** Says where a field of a type-graphql class stands in stored JSON; both executors follow it. */
export function FromJson(source: JsonSource): PropertyDecorator {
  return Extensions({ [JSON_SOURCE]: source });
}
