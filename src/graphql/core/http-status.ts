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
  const failed = new Set(errors.flatMap(({ path = [] }) => path.map((_, index) => path.slice(0, index + 1).join())));
  const isNothing = (value: unknown, path: string): boolean => {
    if (value === null) return failed.has(path);
    // What failed below a field that may be null stands in an object, which is no answer either.
    return typeof value === 'object' && areNothing(value, `${path},`);
  };
  const areNothing = (values: object, before: string): boolean => {
    const entries = Object.entries(values);
    return entries.length > 0 && entries.every(([name, value]) => isNothing(value, before + name));
  };
  return areNothing(data, '');
}
