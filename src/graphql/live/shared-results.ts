import type { DocumentNode, ExecutionResult } from 'graphql';
import type { CallRecordChange } from '../../domain/change.js';

/** What the result of an event depends on, beside the event. */
export interface Asked {
  document: DocumentNode;
  operationName: string | null | undefined;
  variableValues: object;
  visibleTo: string | null;
}

/**
 * Results of changes, as long as somebody holds the record: those who ask the same, and see the same, were given the same
 * record, and it is written out once for all of them.
 */
export class SharedResults {
  private readonly results = new WeakMap<object, Map<string, Promise<ExecutionResult>>>();
  private readonly documents = new WeakMap<DocumentNode, number>();
  private lastDocument = 0;

  /** What tells apart who asks something else. */
  keyOf({ document, operationName, variableValues, visibleTo }: Asked): string {
    const number = this.documents.get(document) ?? ++this.lastDocument;
    this.documents.set(document, number);
    return JSON.stringify([number, operationName ?? null, variableValues, visibleTo]);
  }

  /** The result of an event; one that failed is its own asker's alone. */
  async find(event: unknown, key: string, execute: () => Promise<ExecutionResult>): Promise<ExecutionResult> {
    const { callRecord, kind, cursor } = event as Partial<CallRecordChange>;
    if (!callRecord) return execute();
    const own = this.results.get(callRecord) ?? new Map<string, Promise<ExecutionResult>>();
    this.results.set(callRecord, own);
    const name = `${kind} ${cursor} ${key}`;
    const known = await own.get(name)?.catch(() => null);
    if (known && !known.errors) return known;
    const executing = execute();
    own.set(name, executing);
    return executing;
  }
}
