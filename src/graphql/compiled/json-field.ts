import { type GraphQLOutputType, isListType, isNonNullType } from 'graphql';
import type { ByteText } from '../../platform/byte-text.js';
import { NULL, type ValueWriter } from './json-leaves.js';
import { type JsonOutput, Piece } from './json-output.js';
import { NotCompiled } from './not-compiled.js';
import type { StoredJson } from './stored-json.js';

/** The place of what is computed of several members. */
export const COMPUTED = -1;

/** A field of an object in its place in the answer. */
export class Field {
  /** Whether the object cannot be shown without it. */
  readonly isPromised: boolean;
  private readonly before: Piece;
  /** The same with what stands in its place if that is null or not there; null where there must be something. */
  private readonly nothing: Piece | null;

  /**
   * `place`: where its member stands among those of the object; `valueWriter` writes the value of that, or of the members
   * of the object what is computed. `before`: what stands before it in the answer.
   */
  constructor(
    readonly place: number,
    private readonly valueWriter: ValueWriter,
    before: ByteText,
    type: GraphQLOutputType,
  ) {
    this.isPromised = place !== COMPUTED && isNonNullType(type) && !isListType(type.ofType);
    const absent = this.isPromised ? NULL : absentOf(type);
    this.before = new Piece(before);
    this.nothing = absent === null ? null : new Piece(before + absent);
  }

  /** Gives false if the object cannot be shown without it. */
  write(json: StoredJson, members: number, output: JsonOutput): boolean {
    const { place } = this;
    const start = output.length;
    if (place === COMPUTED || !json.isNull(members + place)) {
      output.piece(this.before);
      if (this.valueWriter(json, place === COMPUTED ? members : members + place, output)) return true;
      output.length = start;
    }
    if (this.nothing === null) throw missing();
    output.piece(this.nothing);
    return !this.isPromised;
  }
}

/** What stands in the place of a value that is null, or not there; null where there must be one. */
export function absentOf(type: GraphQLOutputType): ByteText | null {
  if (!isNonNullType(type)) return NULL;
  return isListType(type.ofType) ? '[]' : null;
}

export function missing(): NotCompiled {
  return new NotCompiled('null in the place of a value');
}
