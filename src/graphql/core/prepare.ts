import {
  type DocumentNode,
  getOperationAST,
  GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  validate,
  type ValidationRule,
} from 'graphql';
import type { Limits } from '../../domain/limits.js';
import { requireAffordable } from '../budget.js';
import type { GraphQLContext } from '../context.js';
import { fragmentsOf } from '../operation-size.js';
import { documentLimits } from './document-limits.js';
import { withPlainNumbers } from './lossless-variables.js';
import type { Core } from './request-context.js';
import { wideObject } from './wide-variables.js';

type Variables = { [name: string]: unknown };

/** A request to execute an operation, as a client sends it (GraphQL over HTTP, 5.1; graphql-ws, `SubscribePayload`). */
export interface SentRequest {
  query: string;
  operationName?: string | null;
  variables?: Variables | null;
}

/** An operation that may be executed: it is valid and within the limits, and the points of its document are paid. */
export interface PreparedOperation {
  query: string;
  document: DocumentNode;
  operation: OperationDefinitionNode;
  operationName: string | null | undefined;
  variableValues: Variables;
}

/** An operation, or its refusal: errors of the request, as graphql-js has them (see `formatErrors`). */
export type Prepared = PreparedOperation | { errors: readonly GraphQLError[] };

/** Our rules for documents, beside those of the specification. */
export const rulesFor = (limits: Limits): ValidationRule[] => [documentLimits(limits)];

/**
 * Parses, validates and admits a request by the rules and limits of all doors. Takes the points of a document that has
 * not been seen before. Waits for the turn of an operation that may reach very many records. Rejects with a
 * `CallRecordsError` if the points are spent, or the document exceeds a limit before it is parsed.
 */
export async function prepareOperation(
  { executor: { schema, cache }, guard, limits }: Core,
  { query, operationName, variables }: SentRequest,
  context: GraphQLContext,
): Promise<Prepared> {
  const cached = cache.get(query, operationName ?? undefined);
  if (!cached) await guard.admitDocument(query, context);
  const read = cached ?? readDocument(schema, query, limits);
  if ('errors' in read) return read;
  const { document } = read;
  const operation = getOperationAST(document, operationName);
  if (!operation) return { errors: [unknownOperation(operationName)] };
  guard.remember(query);
  try {
    const variableValues = await admitOperation({ schema, document, operation, variables: variables ?? {} }, context);
    return { query, document, operation, operationName, variableValues };
  } catch (error) {
    if (error instanceof GraphQLError) return { errors: [error] };
    throw error;
  }
}

/** Parses and validates a document. */
function readDocument(
  schema: GraphQLSchema,
  query: string,
  limits: Limits,
): { document: DocumentNode } | { errors: readonly GraphQLError[] } {
  let document: DocumentNode;
  try {
    document = parse(query, { maxTokens: limits.maxTokens });
  } catch (error) {
    return { errors: [withCode(error as GraphQLError, 'GRAPHQL_PARSE_FAILED')] };
  }
  const broken = validate(schema, document, specifiedRules);
  // Our rules expect valid documents.
  const errors = broken.length > 0 ? broken : validate(schema, document, rulesFor(limits));
  return errors.length === 0
    ? { document }
    : { errors: errors.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED')) };
}

/** An operation of a valid document, with the variables sent for it. */
interface Sent {
  schema: GraphQLSchema;
  document: DocumentNode;
  operation: OperationDefinitionNode;
  variables: Variables;
}

/**
 * Admits an operation of a valid document: refuses one that may reach too much, and waits for the turn of a large one.
 * Resolves to the variables with numbers as graphql-js reads them. Rejects with a `GraphQLError` of the request.
 */
export async function admitOperation(
  { schema, document, operation, variables }: Sent,
  context: GraphQLContext,
): Promise<Variables> {
  context.noteOperation(operation.name?.value ?? null);
  const wide = wideObject(variables);
  if (wide) throw wide;
  const plain = withPlainNumbers(schema, operation, variables);
  const sent = { schema, operation, fragments: fragmentsOf(document), variables: plain };
  const { records } = requireAffordable(sent, context.limits);
  await context.budget?.begin(records);
  return plain;
}

function unknownOperation(name: string | null | undefined): GraphQLError {
  const message = name
    ? `Unknown operation named ${JSON.stringify(name)}.`
    : 'Must provide operation name if query contains multiple operations.';
  return new GraphQLError(message, { extensions: { code: 'OPERATION_RESOLUTION_FAILURE' } });
}

/** The error with a code, unless it has one. */
function withCode({ message, nodes, source, positions, extensions }: GraphQLError, code: string): GraphQLError {
  return new GraphQLError(message, { nodes, source, positions, extensions: { code, ...extensions } });
}
