import type { ApolloServerPlugin } from '@apollo/server';
import type { GraphQLContext } from './context.js';
import { logFailures, settleErrors } from './core/error-format.js';
import { admitOperation } from './core/prepare.js';

/** Makes Apollo Server admit operations and shape responses like all other doors. */
export const answersPlugin: ApolloServerPlugin<GraphQLContext> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ contextValue, document, operation, request, schema }) {
        if (!operation) return contextValue.noteOperation(null);
        const sent = { schema, document, operation, variables: request.variables ?? {} };
        request.variables = await admitOperation(sent, contextValue);
      },
      async didEncounterErrors({ errors, contextValue }) {
        logFailures(errors, contextValue);
      },
      async willSendResponse({ response, request, ...sent }) {
        const { body, http } = response;
        if (body.kind !== 'single') return;
        const accept = request.http?.headers.get('accept');
        settleErrors({ ...sent, accept }, http, body.singleResult);
      },
    };
  },
};
