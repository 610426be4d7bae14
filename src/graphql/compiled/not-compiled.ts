import type { RecordRow } from '../../store/rows/row-mapping.js';
import { UnreadableRow } from '../../store/engine/raw-rows.js';

/**
 * Thrown where something is not as the compiled path knows it to be, for graphql-js to execute the operation. A plan
 * throws it before anything has been done; from then on only for JSON that another version or program has stored in
 * a form of its own.
 */
export class NotCompiled extends Error {
  /** `created`: the record that a mutation has created by then, which graphql-js answers with. */
  constructor(
    readonly reason: string,
    readonly created?: RecordRow,
  ) {
    super(reason);
    this.name = 'NotCompiled';
  }
}

/** What a plan has failed with, if it is that something is stored in a form of its own; else null. */
export function asNotCompiled(error: unknown): NotCompiled | null {
  if (error instanceof UnreadableRow) return new NotCompiled(error.message);
  return error instanceof NotCompiled ? error : null;
}
