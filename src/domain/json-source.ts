import { Extensions } from 'type-graphql';

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
  /**
   * It is computed from these members, and from those that the object around hands down. Members that are null or
   * absent are left out.
   */
  | {
      members: readonly string[];
      takesHandedDown?: true;
      compute: (members: JsonMembers, handedDown: JsonMembers) => unknown;
    };

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
