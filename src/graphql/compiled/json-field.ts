import { type GraphQLOutputType, isListType, isNonNullType } from 'graphql';
import type { ByteText } from '../../platform/byte-text.js';
import { NULL, type ValueWriter } from './json-leaves.js';
import { type JsonOutput, Piece } from './json-output.js';
import { NotCompiled } from './not-compiled.js';
import type { StoredJson } from './stored-json.js';

/** The place of a value that is computed from several members. */
export const COMPUTED = -1;

/** A field of an object at its place in the answer. */
export class Field {
  /** Whether the object must be left out without it. */
  readonly isPromised: boolean;
  private readonly before: Piece;
  /** The same, followed by the replacement of a value that is null or missing; null if the value is required. */
  private readonly nothing: Piece | null;

  /**
   * `place`: the place of its member among those of the object. `valueWriter` writes that member, or a value computed
   * from the object's members. `before`: the text before the value in the answer.
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

  /** Gives false if the object must be left out without it. */
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

/** The replacement of a value that is null or missing; null if a value is required. */
export function absentOf(type: GraphQLOutputType): ByteText | null {
  if (!isNonNullType(type)) return NULL;
  return isListType(type.ofType) ? '[]' : null;
}

export function missing(): NotCompiled {
  return new NotCompiled('null in the place of a value');
}
