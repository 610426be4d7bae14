import type { DocumentNode, OperationDefinitionNode } from 'graphql';
import { LRUCache } from 'lru-cache';

/** An operation of a parsed and validated document. */
export interface CachedOperation {
  document: DocumentNode;
  operation: OperationDefinitionNode;
}

const CAPACITY = 500;
/** The maximum length of a cached document. Longer ones are rare, and would take much memory. */
const LENGTH_LIMIT = 4_000;

/** Valid operations by the client's request: the text of a document, and the name of an operation in it. */
export class OperationCache {
  private readonly documents = new LRUCache<string, Map<string | undefined, CachedOperation>>({ max: CAPACITY });

  get(query: string, operationName: string | undefined): CachedOperation | undefined {
    return this.documents.get(query)?.get(operationName);
  }

  set(query: string, operationName: string | undefined, cached: CachedOperation): void {
    const operations = this.documents.get(query);
    if (operations) operations.set(operationName, cached);
    else if (query.length <= LENGTH_LIMIT) this.documents.set(query, new Map([[operationName, cached]]));
  }
}
