import type { JsonMembers } from '../../domain/json-source.js';
import type { ObjectLayout } from './json-layout.js';
import type { ValueWriter } from './json-leaves.js';
import { type StoredJson, VALUE } from './stored-json.js';

/** Gives members of an object for something to be computed from. */
export type MembersReader = (json: StoredJson, members: number) => JsonMembers;

/** A writer of values that are handed down what is read of them. */
export function handingDown(write: ValueWriter, read: MembersReader): ValueWriter {
  return (json, value, output) => {
    const { handedDown } = json;
    json.handedDown = read(json, value);
    const isThere = write(json, value, output);
    json.handedDown = handedDown;
    return isThere;
  };
}

/** Makes an object of members each of which is parsed when it is looked at, as many are not. */
export function membersReader(names: readonly string[], layout: ObjectLayout): MembersReader {
  class Members {
    constructor(
      readonly json: StoredJson,
      readonly members: number,
    ) {}
  }
  for (const name of names) {
    const place = layout.placeOf(name) * VALUE;
    Object.defineProperty(Members.prototype, name, {
      get(this: Members) {
        return this.json.parsed(this.members + place) ?? undefined;
      },
    });
  }
  return (json, members) => new Members(json, members) as unknown as JsonMembers;
}
