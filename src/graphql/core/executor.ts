import {
  type DocumentNode,
  execute,
  type ExecutionArgs,
  type ExecutionResult,
  getOperationAST,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { answerTooLarge } from '../../domain/cost.js';
import { countedField } from '../budget.js';
import { CompiledOperation, type CompiledRoot } from '../compiled/compile-operation.js';
import { JsonText } from '../compiled/json-text.js';
import { asNotCompiled, NotCompiled } from '../compiled/not-compiled.js';
import { WrittenTexts } from '../compiled/written-texts.js';
import type { GraphQLContext } from '../context.js';
import { OperationCache } from './operation-cache.js';

/** A request to be executed: `execute`'s arguments, with the context that resolvers get. */
export interface Execution {
  document: DocumentNode;
  operationName?: string | null;
  variableValues: { readonly [name: string]: unknown };
  contextValue: GraphQLContext;
}

/**
 * Executes operations of valid documents: from plans that are compiled of them, from the selection to columns, from
 * their values to text; by graphql-js what cannot be compiled. Which of both is known before anything is done.
 */
export class Executor {
  // Whoever holds a document keeps what was compiled of it.
  private readonly compiled = new WeakMap<OperationDefinitionNode, CompiledOperation>();
  private readonly written = new WrittenTexts();
  /** Operations that have been executed from plans. */
  readonly cache = new OperationCache();

  constructor(readonly schema: GraphQLSchema) {}

  /** The result of `execute`, of which the data may be a {@link JsonText}. */
  async execute(execution: Execution): Promise<ExecutionResult> {
    return (await this.executeCompiled(execution)) ?? this.executeResolvers(execution);
  }

  /** The result of graphql-js, which calls a resolver for each field. */
  executeResolvers({ document, operationName, variableValues, contextValue }: Execution) {
    const args: ExecutionArgs = { schema: this.schema, document, operationName, variableValues, contextValue };
    return Promise.resolve(execute({ ...args, fieldResolver: countedField }));
  }

  /** The result of a compiled plan; null where there is none, and nothing has been done then. */
  async executeCompiled(execution: Execution): Promise<ExecutionResult | null> {
    const { contextValue: context } = execution;
    const prepared = this.prepare(execution);
    if (!prepared) return null;
    const { root, resolve } = prepared;
    try {
      const data = root.dataOf(await resolve());
      if (data.length > context.limits.maxAnswerBytes) throw endedAsTooLarge(context);
      return { data: new JsonText(data, context.takesBytes === true) as never };
    } catch (error) {
      const bailout = asNotCompiled(error);
      if (!bailout) return root.failed(error);
      context.noteBailout?.(bailout.reason);
      return this.executeResolvers({ ...execution, contextValue: afterwards(context, bailout) });
    }
  }

  private prepare({ document, operationName, variableValues, contextValue: context }: Execution): Prepared | null {
    const operation = getOperationAST(document, operationName);
    if (!operation) return null;
    const start = context.timing && performance.now();
    let root: CompiledRoot | null = null;
    try {
      const compiled = this.compiledOf(document, operation);
      const variables = compiled.readVariables(variableValues);
      root = compiled.rootFor(variables);
      return { root, resolve: root.plan({ context, variables }) };
    } catch (error) {
      if (error instanceof NotCompiled) context.noteBailout?.(error.reason);
      else if (root) return { root, resolve: () => rejected(error) };
      else throw error;
      return null;
    } finally {
      if (context.timing && start !== undefined) context.timing.plan += performance.now() - start;
    }
  }

  private compiledOf(document: DocumentNode, operation: OperationDefinitionNode): CompiledOperation {
    let compiled = this.compiled.get(operation);
    if (!compiled) {
      compiled = new CompiledOperation(this.schema, document, operation, this.written);
      this.compiled.set(operation, compiled);
    }
    return compiled;
  }
}

interface Prepared {
  root: CompiledRoot;
  resolve: () => Promise<string>;
}

async function rejected(error: unknown): Promise<never> {
  throw error;
}

/** The context in which graphql-js answers what a plan has done: it is paid, and not done again. */
function afterwards(context: GraphQLContext, { created }: NotCompiled): GraphQLContext {
  return { ...context, spend: async () => {}, ...(created && { create: async () => created }) };
}

/** No other way of answering it is tried: that would be as large. */
function endedAsTooLarge({ asker, limits }: GraphQLContext): Error {
  const error = answerTooLarge(limits);
  asker?.end(error);
  return error;
}
