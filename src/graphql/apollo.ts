import { ApolloServer, type ApolloServerOptionsWithGateway, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginInlineTrace } from '@apollo/server/plugin/inlineTrace';
import type { GraphQLSchema } from 'graphql';
import { type Limits, MAX_RECURSIVE_SELECTIONS } from '../domain/limits.js';
import { countedField } from './budget.js';
import { stringifyResult } from './compiled/json-text.js';
import type { GraphQLContext } from './context.js';
import { answersPlugin } from './answers-plugin.js';
import { formatError } from './core/error-format.js';
import { rulesFor } from './core/prepare.js';
import { Executor } from './core/executor.js';
import { serverTiming } from './server-timing.js';

/** The header by which a gateway asks for a trace of each resolver. */
export const TRACE_HEADER = 'apollo-federation-include-trace';

/** Apollo Server over the executor, with our limits and our form of errors. It does not listen by itself. */
export function buildApollo(
  schema: GraphQLSchema,
  limits: Limits,
  plugins: ApolloServerPlugin<GraphQLContext>[] = [],
  executor = new Executor(schema),
): ApolloServer<GraphQLContext> {
  return new ApolloServer<GraphQLContext>({
    gateway: executedBy(executor),
    introspection: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    // A request with a token was not made by an HTML form: browsers send that header only after a preflight.
    csrfPrevention: { requestHeaders: ['authorization', 'x-apollo-operation-name', 'apollo-require-preflight'] },
    parseOptions: { maxTokens: limits.maxTokens },
    // Our rule counts them, too. With Apollo's rule, ours see only valid documents.
    maxRecursiveSelections: MAX_RECURSIVE_SELECTIONS,
    validationRules: rulesFor(limits),
    formatError,
    fieldResolver: countedField,
    stringifyResult,
    plugins: [
      serverTiming,
      answersPlugin,
      // Clients cache no responses here, and the default plugin wraps every field.
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      // Installed by hand: otherwise Apollo logs at each start that it was installed for a subgraph.
      tracingWhenAsked(ApolloServerPluginInlineTrace()),
      ...plugins,
    ],
  });
}

/**
 * Apollo Server takes an executor other than graphql-js only from its gateway. Here the gateway has one fixed schema.
 */
function executedBy(executor: Executor): ApolloServerOptionsWithGateway<GraphQLContext>['gateway'] {
  return {
    onSchemaLoadOrUpdate: (load) => {
      load({ apiSchema: executor.schema, coreSupergraphSdl: '' });
      return () => undefined;
    },
    load: async () => ({
      executor: async ({ document, operation, request, context }) => {
        const { query, operationName, variables: variableValues = {} } = request;
        const execution = { document, operationName, variableValues, contextValue: context as GraphQLContext };
        // A caller that executes an operation without HTTP gets objects, not text.
        if (!request.http || resolvesFields(context)) return executor.executeResolvers(execution);
        const compiled = await executor.executeCompiled(execution);
        if (compiled && query !== undefined) executor.remember(query, execution, operation, compiled);
        return compiled ?? executor.executeResolvers(execution);
      },
    }),
    stop: async () => {},
  };
}

/**
 * Whether a plugin waits for `willResolveField`, which Apollo Server notes in the context. It needs resolvers to be
 * called.
 */
function resolvesFields(context: object): boolean {
  return Object.getOwnPropertySymbols(context).some(({ description }) => description === WILL_RESOLVE_FIELD);
}

const WILL_RESOLVE_FIELD = 'apolloServerExecutionDispatcherWillResolveField';

/** The plugin makes the root of a trace for each request before it checks whether a gateway asked for one. */
function tracingWhenAsked(plugin: ApolloServerPlugin<GraphQLContext>): ApolloServerPlugin<GraphQLContext> {
  return {
    ...plugin,
    requestDidStart: async (request) =>
      request.request.http?.headers.has(TRACE_HEADER) ? plugin.requestDidStart?.(request) : undefined,
  };
}
