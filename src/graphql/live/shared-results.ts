import { createHash } from 'node:crypto';
import type { ExecutionResult } from 'graphql';
import type { CallRecordChange } from '../../domain/change.js';

/** The parts of a request on which the result of an event depends. */
export interface Asked {
  query: string;
  operationName: string | null | undefined;
  variableValues: object;
  visibleTo: string | null;
}

/**
 * Tells requests apart that ask for something else, or see something else. It is short, as each subscriber holds one.
 */
export function keyOfResults({ query, operationName, variableValues, visibleTo }: Asked): string {
  const asked = JSON.stringify([query, operationName ?? null, variableValues, visibleTo]);
  return createHash('sha256').update(asked).digest('base64url');
}

/**
 * Results of changes, kept as long as their record is in memory. Subscribers who ask for the same and see the same get
 * the same record, which is written once for all of them.
 */
export class SharedResults {
  private readonly results = new WeakMap<object, Map<string, Promise<ExecutionResult>>>();

  /** The result of an event for a key of {@link keyOfResults}. A failed result is not shared. */
  async find(event: unknown, key: string, execute: () => Promise<ExecutionResult>): Promise<ExecutionResult> {
    const { callRecord, kind, cursor } = event as Partial<CallRecordChange>;
    // Followers in step get the same event, and those who catch up get the same record.
    const shared = callRecord ?? (event as object);
    const own = this.results.get(shared) ?? new Map<string, Promise<ExecutionResult>>();
    this.results.set(shared, own);
    const name = `${kind} ${cursor} ${key}`;
    const known = own.get(name);
    // Set at once, so that subscribers who come before the result find it under way.
    if (!known) own.set(name, execute());
    const result = await own.get(name);
    return known && result?.errors ? execute() : (result as ExecutionResult);
  }
}
