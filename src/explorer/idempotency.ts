import { Kind, type OperationDefinitionNode, parse } from 'graphql';

/** The body of a request. */
export interface RequestBody {
  query: string;
  operationName?: string | null;
  variables?: { [name: string]: unknown } | null;
}

const NAME = 'idempotencyKey';

/**
 * The body of a request, with a new key if its operation has an $idempotencyKey and no value for it. So each press of
 * the button is a separate create. A key among the variables stays.
 */
export function withFreshKey<Body extends RequestBody>(body: Body): Body {
  const { query, operationName, variables } = body;
  if (variables?.[NAME] != null || !asksForKey(query, operationName)) return body;
  return { ...body, variables: { ...variables, [NAME]: crypto.randomUUID() } };
}

/** False also for a document that cannot be parsed: the server refuses that. */
function asksForKey(query: string, operationName: string | null | undefined): boolean {
  const operations = operationsIn(query).filter(({ name }) => !operationName || name?.value === operationName);
  return operations.some(({ variableDefinitions = [] }) =>
    variableDefinitions.some(({ variable }) => variable.name.value === NAME),
  );
}

/** The operations of a document; empty if it cannot be parsed. */
export function operationsIn(query: string): OperationDefinitionNode[] {
  try {
    return parse(query).definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);
  } catch {
    return [];
  }
}
