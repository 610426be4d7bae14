import type { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../auth/caller.js';
import { challenge, type Verifier } from '../auth/verifier.js';
import { CallRecordsError, type ErrorCode } from '../domain/errors.js';
import type { Limits } from '../domain/limits.js';
import type { GraphQLContext } from '../graphql/context.js';
import { Loaders } from '../graphql/loaders.js';
import type { Store } from '../store/store.js';
import { readJsonBodies } from './body.js';
import { drainBody } from './drain-body.js';
import type { Spend } from './rate-limit.js';

export interface GraphQLDoor {
  apollo: ApolloServer<GraphQLContext>;
  store: Store;
  verifier: Verifier;
  limits: Limits;
  spend: Spend;
}

/** `/graphql`: who asks is known before anything of the request is looked at. */
export async function registerGraphQL(app: FastifyInstance, door: GraphQLDoor): Promise<void> {
  const callers = new WeakMap<FastifyRequest, Caller>();
  await app.register(async (scope) => {
    readJsonBodies(scope);
    scope.setErrorHandler(answerError);
    scope.addHook('onRequest', async (request) => {
      if (request.method !== 'OPTIONS') callers.set(request, await door.verifier.verify(request.headers.authorization));
    });
    scope.route({
      method: ['GET', 'POST', 'OPTIONS'],
      url: '/graphql',
      handler: fastifyApolloHandler(door.apollo, {
        context: async (request) => contextOf(request as never, callers.get(request as never) as Caller, door),
      }) as never,
    });
    scope.route({
      method: ['PUT', 'PATCH', 'DELETE'],
      url: '/graphql',
      handler: (_request, reply) =>
        send(reply.header('allow', 'GET, POST'), 405, 'BAD_USER_INPUT', 'Only GET and POST are offered here.'),
    });
  });
}

function contextOf(request: FastifyRequest, caller: Caller, { store, limits, spend }: GraphQLDoor): GraphQLContext {
  let total = 0;
  return {
    caller,
    store,
    limits,
    loaders: new Loaders(store, caller.visibleTo),
    spend: (points) => spend(caller.subject, points, (total += points)),
    logFailure: (error) => request.log.error({ err: error }, 'request failed'),
    noteOperation: (name) => {
      request.operationName = name;
    },
  };
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The operation that ran, for the log. */
    operationName: string | null;
  }
}

/** What went wrong before Apollo saw the request, in GraphQL's shape. */
async function answerError(
  error: FastifyError | CallRecordsError,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (error instanceof CallRecordsError) {
    if (error.cause !== undefined) request.log.error({ err: error.cause }, 'request failed');
    if (error.code === 'UNAUTHENTICATED')
      void reply.header('www-authenticate', challenge(request.headers.authorization));
    if (error.retryAfterSeconds !== undefined) void reply.header('retry-after', String(error.retryAfterSeconds));
    return send(reply, error.status, error.code, error.message);
  }
  const status = error.statusCode ?? 500;
  if (status === 413) {
    await drainBody(request.raw);
    return send(reply, 413, 'PAYLOAD_TOO_LARGE', 'The body is too large; MAX_BODY_BYTES sets the limit.');
  }
  if (status === 415) return send(reply, 415, 'BAD_USER_INPUT', 'Only application/json is taken.');
  if (status < 500) return send(reply, status, 'BAD_USER_INPUT', error.message);
  request.log.error({ err: error }, 'request failed');
  return send(
    reply,
    500,
    'INTERNAL_SERVER_ERROR',
    'Something went wrong on our side; the request-id header finds it in the log.',
  );
}

function send(reply: FastifyReply, status: number, code: ErrorCode, message: string): FastifyReply {
  return reply
    .code(status)
    .type('application/json; charset=utf-8')
    .send({ errors: [{ message, extensions: { code } }] });
}
