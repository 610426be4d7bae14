import type { JsonMembers } from '../../domain/json-source.js';
import type { ObjectLayout } from './json-layout.js';
import type { ValueWriter } from './json-leaves.js';
import { type StoredJson, VALUE } from './stored-json.js';

/** Gives the members of an object from which a value is computed. */
export type MembersReader = (json: StoredJson, members: number) => JsonMembers;

/** A writer that hands down members, as read here, to the values below. */
export function handingDown(write: ValueWriter, read: MembersReader): ValueWriter {
  return (json, value, output) => {
    const { handedDown } = json;
    json.handedDown = read(json, value);
    const isThere = write(json, value, output);
    json.handedDown = handedDown;
    return isThere;
  };
}

/** Makes an object whose members are parsed at first use, as many are never used. */
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
