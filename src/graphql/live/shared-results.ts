import { createHash } from 'node:crypto';
import type { ExecutionResult } from 'graphql';
import type { CallRecordChange } from '../../domain/change.js';

/** What the result of an event depends on, beside the event. */
export interface Asked {
  query: string;
  operationName: string | null | undefined;
  variableValues: object;
  visibleTo: string | null;
}

/** Tells apart who asks something else, or sees something else; short, as each subscriber holds one. */
export function keyOfResults({ query, operationName, variableValues, visibleTo }: Asked): string {
  const asked = JSON.stringify([query, operationName ?? null, variableValues, visibleTo]);
  return createHash('sha256').update(asked).digest('base64url');
}

/**
 * Results of changes, as long as somebody holds the record: those who ask the same, and see the same, were given the same
 * record, and it is written out once for all of them.
 */
export class SharedResults {
  private readonly results = new WeakMap<object, Map<string, Promise<ExecutionResult>>>();

  /** The result of an event for a key of {@link keyOfResults}; one that failed is its own asker's alone. */
  async find(event: unknown, key: string, execute: () => Promise<ExecutionResult>): Promise<ExecutionResult> {
    const { callRecord, kind, cursor } = event as Partial<CallRecordChange>;
    // Those in step are given the same event, and those who catch up the same record.
    const shared = callRecord ?? (event as object);
    const own = this.results.get(shared) ?? new Map<string, Promise<ExecutionResult>>();
    this.results.set(shared, own);
    const name = `${kind} ${cursor} ${key}`;
    const known = own.get(name);
    // At once: others who come before the first result is there are to find that it is being made.
    if (!known) own.set(name, execute());
    const result = await own.get(name);
    return known && result?.errors ? execute() : (result as ExecutionResult);
  }
}
