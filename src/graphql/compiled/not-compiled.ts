import type { RecordRow } from '../../store/rows/row-mapping.js';
import { UnreadableRow } from '../../store/engine/raw-rows.js';

/**
 * Thrown if graphql-js has to execute the operation, because something differs from what the compiled path expects. A
 * plan throws it before anything has been done. After that it is thrown only for JSON that another version or program
 * has stored in a form of its own.
 */
export class NotCompiled extends Error {
  /** `created`: the record that a mutation has created already. graphql-js answers with it. */
  constructor(
    readonly reason: string,
    readonly created?: RecordRow,
  ) {
    super(reason);
    this.name = 'NotCompiled';
  }
}

/** The `NotCompiled` of a plan that failed on JSON stored in a form of its own; else null. */
export function asNotCompiled(error: unknown): NotCompiled | null {
  if (error instanceof UnreadableRow) return new NotCompiled(error.message);
  return error instanceof NotCompiled ? error : null;
}
