import type { GraphQLFormattedError } from 'graphql';

interface Result {
  data?: { [name: string]: unknown } | null;
  errors?: readonly GraphQLFormattedError[];
}

/**
 * Errors that concern the whole request give it a status of their own. Whoever gets data gets a 200 all the same
 * (GraphQL over HTTP, Status Codes): gateways look at no data of an answer that has another. The status stays where every
 * field was refused, nothing at all being answered; its data is null then, as it is where a field is not nullable.
 */
export function settleStatus(http: { status?: number }, result: Result): void {
  if (http.status === undefined || !result.data) return;
  if (isRefused(result.data, result.errors ?? [])) result.data = null;
  else http.status = 200;
}

function isRefused(data: object, errors: readonly GraphQLFormattedError[]): boolean {
  const failed = new Set(errors.flatMap(({ path = [] }) => [path.slice(0, 1).join(), path.slice(0, 2).join()]));
  return Object.entries(data).every(([name, value]) =>
    Array.isArray(value) && value.length > 0
      ? value.every((item, index) => item === null && failed.has(`${name},${index}`))
      : value === null && failed.has(name),
  );
}
