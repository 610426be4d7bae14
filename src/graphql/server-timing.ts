import type { ApolloServerPlugin } from '@apollo/server';
import type { GraphQLContext } from './context.js';

/**
 * Reports the parts of each response's time in the header `Server-Timing` (W3C): parse, plan, sql, write. `write` is
 * the rest of the execution: from rows to the text of the response.
 */
export const serverTiming: ApolloServerPlugin<GraphQLContext> = {
  async requestDidStart({ contextValue: { timing } }) {
    if (!timing) return;
    let resolvedAt: number | null = null;
    const parsing = async () => {
      const start = performance.now();
      return async () => void (timing.parse += performance.now() - start);
    };
    return {
      parsingDidStart: parsing,
      validationDidStart: parsing,
      async didResolveOperation() {
        resolvedAt = performance.now();
      },
      async willSendResponse({ response }) {
        const executed = resolvedAt === null ? 0 : performance.now() - resolvedAt;
        const write = Math.max(0, executed - timing.plan - timing.sql);
        response.http.headers.set('server-timing', format({ ...timing, write }));
      },
    };
  },
};

function format(durations: object): string {
  return Object.entries(durations)
    .map(([name, milliseconds]) => `${name};dur=${(milliseconds as number).toFixed(3)}`)
    .join(', ');
}
