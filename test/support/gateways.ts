import './loopback-only.js';
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { startStandaloneServer } from '@apollo/server/standalone';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { createGatewayRuntime } from '@graphql-hive/gateway-runtime';
import { type Answer, post } from './harness.js';

/** A gateway that serves a supergraph and passes the caller's token on. */
export interface Gateway {
  ask(query: string, variables?: object, token?: string): Promise<Answer>;
  stop(): Promise<void>;
}

interface TokenContext {
  authorization?: string;
}

class TokenPassingSource extends RemoteGraphQLDataSource<TokenContext> {
  override willSendRequest({
    request,
    context,
  }: Parameters<NonNullable<RemoteGraphQLDataSource<TokenContext>['willSendRequest']>>[0]) {
    if (context.authorization) request.http?.headers.set('authorization', context.authorization);
  }

  /** What the subgraph says itself, of which the gateway tells only the status. */
  override async errorFromResponse(response: Parameters<RemoteGraphQLDataSource['errorFromResponse']>[0]) {
    const error = await super.errorFromResponse(response);
    const { body } = error.extensions.response as { body?: { errors?: GraphQLFormattedError[] } };
    const told = body?.errors?.[0];
    return told ? new GraphQLError(told.message, { extensions: told.extensions }) : error;
  }
}

/** Apollo's, in JavaScript. */
export async function startApolloGateway(supergraphSdl: string): Promise<Gateway> {
  const gateway = new ApolloGateway({
    supergraphSdl,
    buildService: ({ url }) => new TokenPassingSource({ url }),
  });
  const server = new ApolloServer<TokenContext>({
    gateway,
    stopOnTerminationSignals: false,
    plugins: [ApolloServerPluginLandingPageDisabled()],
  });
  const { url } = await startStandaloneServer(server, {
    listen: { host: '127.0.0.1', port: 0 },
    context: async ({ req }) => ({ authorization: req.headers.authorization }),
  });
  return {
    ask: (query, variables, token) => post(url, JSON.stringify({ query, variables }), token),
    stop: () => server.stop(),
  };
}

/** The Guild's, with an answer that may be a stream. */
export interface StreamingGateway extends Gateway {
  open(query: string, variables: object, token: string): Promise<Response>;
}

/** The Guild's. */
export async function startHiveGateway(supergraph: string): Promise<StreamingGateway> {
  const gateway = createGatewayRuntime({
    supergraph,
    logging: false,
    landingPage: false,
    propagateHeaders: {
      fromClientToSubgraphs: ({ request }) => ({ authorization: request.headers.get('authorization') ?? '' }),
    },
  });
  const send = async (query: string, variables: object | undefined, headers: Record<string, string>) =>
    gateway.fetch('http://127.0.0.1/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    });
  return {
    open: (query, variables, token) =>
      send(query, variables, { accept: 'text/event-stream', authorization: `Bearer ${token}` }),
    ask: async (query, variables, token) => {
      const response = await send(query, variables, token ? { authorization: `Bearer ${token}` } : {});
      const text = await response.text();
      return { status: response.status, headers: response.headers, text, ...(JSON.parse(text) as object) };
    },
    stop: async () => gateway[Symbol.asyncDispose](),
  };
}
