import {
  createSourceEventStream,
  type DocumentNode,
  execute,
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
import type { Request, Written } from '../compiled/plan.js';
import { RecordJsonCache } from '../compiled/record-json-cache.js';
import type { GraphQLContext } from '../context.js';
import { OperationCache } from './operation-cache.js';
import { variablesError, withArgumentViolations } from './variable-errors.js';
import { wideObject } from './wide-variables.js';

/** A request to be executed: `execute`'s arguments, with the context that resolvers get. */
export interface Execution {
  document: DocumentNode;
  operationName?: string | null;
  variableValues: { readonly [name: string]: unknown };
  contextValue: GraphQLContext;
}

/**
 * Executes operations of valid documents: from compiled plans, which go from the selection to columns, and from their
 * values to text; and by graphql-js, if an operation cannot be compiled. The choice is made before anything is done.
 */
export class Executor {
  // The compiled operation lives as long as its document.
  private readonly compiled = new WeakMap<OperationDefinitionNode, CompiledOperation>();
  private readonly records = new RecordJsonCache();
  /** Operations that have been executed from plans. */
  readonly cache = new OperationCache();

  constructor(readonly schema: GraphQLSchema) {}

  /** The result of a compiled plan, whose data is a {@link JsonText}; or, without a plan, of graphql-js. */
  async execute(execution: Execution): Promise<ExecutionResult> {
    return (await this.executeCompiled(execution)) ?? this.resolve(execution);
  }

  /** The events of a subscription, for {@link executeEvent}; or the errors of wrong variables or of its source. */
  async subscribe(execution: Execution): Promise<AsyncIterable<unknown> | ExecutionResult> {
    const prepared = this.prepare(execution, () => null);
    if ('refused' in prepared) return prepared.refused;
    const source = await createSourceEventStream({ schema: this.schema, ...execution });
    return 'errors' in source && source.errors
      ? { errors: withArgumentViolations(execution.document, source.errors) }
      : source;
  }

  /** The result of one event of a subscription, by graphql-js. */
  executeEvent(execution: Execution, rootValue: unknown): Promise<ExecutionResult> {
    return this.resolve(execution, rootValue);
  }

  /** The result of graphql-js, which calls a resolver for each field. */
  async executeResolvers(execution: Execution): Promise<ExecutionResult> {
    const prepared = this.prepare(execution, () => null);
    return 'refused' in prepared ? prepared.refused : this.resolve(execution);
  }

  /**
   * The result of a compiled plan, or the error of wrong variables. Null if graphql-js has to execute; nothing has been
   * done then.
   */
  async executeCompiled(execution: Execution): Promise<ExecutionResult | null> {
    const { document, contextValue: context } = execution;
    const prepared = this.prepare(execution, planned);
    if ('refused' in prepared) return prepared.refused;
    if (!prepared.planned) return null;
    const { request, root, read } = prepared.planned;
    try {
      const data = await read();
      if (bytesOf(data) > context.limits.maxAnswerBytes) throw endedAsTooLarge(context);
      return { data: new JsonText(data, context.takesBytes === true) as never };
    } catch (error) {
      const bailout = asNotCompiled(error);
      if (bailout) {
        context.noteBailout?.(bailout.reason);
        return this.resolve({ ...execution, contextValue: afterwards(request, bailout) });
      }
      const { errors, data } = root.failed(error);
      return { errors: withArgumentViolations(document, errors), data };
    }
  }

  /**
   * Caches an operation that was executed from a plan. An operation with lists within lists is not cached, as it is
   * sized each time.
   */
  remember(
    query: string,
    { document, operationName }: Execution,
    operation: OperationDefinitionNode,
    { data }: ExecutionResult,
  ): void {
    const text = (data as unknown) instanceof JsonText && (data as unknown as JsonText).text;
    if (typeof text === 'object') return;
    this.cache.set(query, operationName ?? undefined, { document, operation });
  }

  private async resolve({ document, operationName, variableValues, contextValue }: Execution, rootValue?: unknown) {
    const args = { schema: this.schema, document, operationName, variableValues, contextValue, rootValue };
    const result = await execute({ ...args, fieldResolver: countedField });
    return result.errors ? { ...result, errors: withArgumentViolations(document, result.errors) } : result;
  }

  /** Coerces the variables, and plans if they are valid. */
  private prepare(
    { document, operationName, variableValues, contextValue: context }: Execution,
    plan: Planner,
  ): Prepared {
    const operation = getOperationAST(document, operationName);
    if (!operation) return { planned: null };
    const start = context.timing && performance.now();
    const compiled = this.compiledOf(document, operation);
    const { values, refused } = compiled.variables.coerce(variableValues);
    if (refused.length > 0) {
      const sent = { document, operation, variables: variableValues, refused };
      const error = wideObject(variableValues) ?? variablesError(this.schema, sent);
      // A wrong variable outside of all arguments is reported by graphql-js.
      return error ? { refused: { errors: [error] } } : { planned: null };
    }
    const prepared = { planned: plan(compiled, { context, variables: values, paid: 0 }) };
    if (context.timing && start !== undefined) context.timing.plan += performance.now() - start;
    return prepared;
  }

  private compiledOf(document: DocumentNode, operation: OperationDefinitionNode): CompiledOperation {
    let compiled = this.compiled.get(operation);
    if (!compiled) {
      compiled = new CompiledOperation(this.schema, document, operation, this.records);
      this.compiled.set(operation, compiled);
    }
    return compiled;
  }
}

/** A compiled root, and the function that reads its data. */
interface Planned {
  request: Request;
  root: CompiledRoot;
  read: () => Promise<Written>;
}

type Planner = (compiled: CompiledOperation, request: Request) => Planned | null;
type Prepared = { planned: Planned | null } | { refused: ExecutionResult };

/** Null if there is no plan for this request. */
function planned(compiled: CompiledOperation, request: Request): Planned | null {
  let root: CompiledRoot | null = null;
  try {
    root = compiled.rootFor(request.variables);
    return { request, root, read: root.plan(request) };
  } catch (error) {
    if (error instanceof NotCompiled) request.context.noteBailout?.(error.reason);
    else if (root) return { request, root, read: () => rejected(error) };
    else throw error;
    return null;
  }
}

async function rejected(error: unknown): Promise<never> {
  throw error;
}

/**
 * The context in which graphql-js continues after a plan: the points of the plan are paid, and a create is not
 * repeated.
 */
function afterwards(request: Request, { created }: NotCompiled): GraphQLContext {
  const { context, paid } = request;
  request.isGivenUp = true;
  context.budget?.startAnew();
  let free = paid;
  const spend = async (points: number) => {
    const due = points - Math.min(points, free);
    free -= points - due;
    if (due > 0) await context.spend(due);
  };
  return { ...context, spend, ...(created && { create: async () => created }) };
}

function bytesOf(written: Written): number {
  return typeof written === 'string' ? written.length : written.reduce((sum, { length }) => sum + length, 0);
}

/** The operation ends without another attempt: any answer would be as large. */
function endedAsTooLarge({ asker, limits }: GraphQLContext): Error {
  const error = answerTooLarge(limits);
  asker?.end(error);
  return error;
}
