import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginInlineTrace } from '@apollo/server/plugin/inlineTrace';
import type { GraphQLSchema } from 'graphql';
import { type Limits, MAX_RECURSIVE_SELECTIONS } from '../domain/limits.js';
import { answersPlugin, formatError } from './answers.js';
import { countedField } from './budget.js';
import { stringifyResult } from './compiled/json-text.js';
import { CompiledExecution, TRACE_HEADER } from './compiled/plugin.js';
import type { GraphQLContext } from './context.js';
import { documentLimits } from './document-limits.js';
import { serverTiming } from './server-timing.js';

/** Apollo Server over the schema, with our limits and our shape of errors; it listens nowhere by itself. */
export function buildApollo(
  schema: GraphQLSchema,
  limits: Limits,
  plugins: ApolloServerPlugin<GraphQLContext>[] = [],
  compiled = new CompiledExecution(),
): ApolloServer<GraphQLContext> {
  return new ApolloServer<GraphQLContext>({
    schema,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    // A request with a token was not made by a form: browsers send that header only after a preflight.
    csrfPrevention: { requestHeaders: ['authorization', 'x-apollo-operation-name', 'apollo-require-preflight'] },
    parseOptions: { maxTokens: limits.maxTokens },
    maxRecursiveSelections: MAX_RECURSIVE_SELECTIONS,
    validationRules: [documentLimits(limits)],
    formatError,
    fieldResolver: countedField,
    stringifyResult,
    plugins: [
      serverTiming,
      answersPlugin,
      compiled.plugin,
      // Nothing here is cached by clients, and the default plugin wraps every field.
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      // Installed by hand, or Apollo says at each start that it was installed for a subgraph.
      tracingWhenAsked(ApolloServerPluginInlineTrace()),
      ...plugins,
    ],
  });
}

/** The plugin makes the root of a trace for each request before it looks whether a gateway asked for one. */
function tracingWhenAsked(plugin: ApolloServerPlugin<GraphQLContext>): ApolloServerPlugin<GraphQLContext> {
  return {
    ...plugin,
    requestDidStart: async (request) =>
      request.request.http?.headers.has(TRACE_HEADER) ? plugin.requestDidStart?.(request) : undefined,
  };
}
