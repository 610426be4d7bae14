import type { GraphQLFormattedError } from 'graphql';

interface Result {
  data?: { [name: string]: unknown } | null;
  errors?: readonly GraphQLFormattedError[];
}

/**
 * Errors of the whole request set a status of their own. A response with data gets 200 all the same (GraphQL over HTTP,
 * Status Codes): gateways ignore the data of a response with another status. If every field was refused, so that
 * nothing at all is answered, the status stays, and the data becomes null, as it is if a field is not nullable.
 */
export function settleStatus(http: { status?: number }, result: Result): void {
  if (http.status === undefined || !result.data) return;
  if (isRefused(result.data, result.errors ?? [])) result.data = null;
  else http.status = 200;
}

function isRefused(data: object, errors: readonly GraphQLFormattedError[]): boolean {
  const failed = new Set(errors.flatMap(({ path = [] }) => path.map((_, index) => path.slice(0, index + 1).join())));
  const isNothing = (value: unknown, path: string): boolean => {
    if (value === null) return failed.has(path);
    // A failed field below a nullable one leaves an object, which is no answer either.
    return typeof value === 'object' && areNothing(value, `${path},`);
  };
  const areNothing = (values: object, before: string): boolean => {
    const entries = Object.entries(values);
    return entries.length > 0 && entries.every(([name, value]) => isNothing(value, before + name));
  };
  return areNothing(data, '');
}
