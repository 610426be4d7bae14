import type { GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { CompiledOperation } from './operation.js';

/** An operation that Apollo has found in a document, parsed and validated. */
export interface KnownOperation {
  schema: GraphQLSchema;
  operation: OperationDefinitionNode;
  compiled: CompiledOperation;
}

const CAPACITY = 500;
/** Of the text of a document; longer ones are rare, and much would be kept for them. */
const LENGTH_LIMIT = 4_000;

/** Compiled operations by what clients send for them: the text of a document and the name of an operation in it. */
export class KnownOperations {
  private readonly documents = new LRUCache<string, Map<string | undefined, KnownOperation>>({ max: CAPACITY });

  find(query: string, operationName: string | undefined): KnownOperation | undefined {
    return this.documents.get(query)?.get(operationName);
  }

  learn(query: string, operationName: string | undefined, known: KnownOperation): void {
    const operations = this.documents.get(query);
    if (operations) operations.set(operationName, known);
    else if (query.length <= LENGTH_LIMIT) this.documents.set(query, new Map([[operationName, known]]));
  }
}
