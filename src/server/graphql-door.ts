import type { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../auth/caller.js';
import { challenge, type Verifier } from '../auth/verifier.js';
import { Asker } from '../domain/asker.js';
import type { CallRecordsError } from '../domain/errors.js';
import type { GraphQLContext } from '../graphql/context.js';
import { codesOf } from '../graphql/core/error-format.js';
import { codesIn, describeError, type Refusal, refusal, refusalType } from '../graphql/core/refusal.js';
import { contextOf, type Core, noting } from '../graphql/core/request-context.js';
import { readJsonBodies } from './body.js';
import { drainBody } from './drain-body.js';
import { framingFor } from './live/framings.js';
import type { LiveDoor } from './live/live-operation.js';
import { answerStream } from './live/stream-door.js';

/** The methods of Apollo Server that the door uses. */
export type Execution = Pick<ApolloServer<GraphQLContext>, 'assertStarted' | 'executeHTTPGraphQLRequest'>;

export interface GraphQLDoor extends Core {
  apollo: Execution;
  /** Whether cached operations may bypass Apollo Server. They may not if its plugins must see every operation. */
  answersFromPlans: boolean;
  verifier: Verifier;
}

/** The headers of every response. It depends on the token and on `Accept`, and no cache on the way may keep it. */
export const ANSWER_HEADERS = { vary: 'Origin, Accept, Authorization', 'cache-control': 'no-store' };

/** Registers `/graphql`. The caller is authenticated before anything else of the request is read. */
export async function registerGraphQL(app: FastifyInstance, door: GraphQLDoor, live: LiveDoor): Promise<void> {
  await app.register(async (scope) => {
    readJsonBodies(scope);
    scope.setErrorHandler(answerError);
    scope.addHook('onRequest', async (request, reply) => {
      void reply.headers(ANSWER_HEADERS);
      if (request.method !== 'OPTIONS') request.caller = await door.verifier.verify(request.headers.authorization);
    });
    const answer = fastifyApolloHandler(door.apollo as ApolloServer<GraphQLContext>, {
      context: async (request, reply) => {
        const caller = request.caller as Caller;
        const asker = new Asker(caller.subject, reply.raw);
        const context = contextOf(caller, door, noting(request, request.log, false), asker);
        request.reads = context.reads ?? null;
        return context;
      },
    }) as (this: FastifyInstance, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
    scope.route({
      method: ['GET', 'POST', 'OPTIONS'],
      url: '/graphql',
      async handler(request, reply) {
        const framing = request.method === 'OPTIONS' ? null : framingFor(request.headers.accept);
        if (framing) return answerStream(live, framing, request, reply);
        const text = await answer.call(this, request, reply);
        if (reply.statusCode >= 400) request.errorCodes ??= codesIn(text);
        return text;
      },
    });
    scope.route({
      method: ['PUT', 'PATCH', 'DELETE'],
      url: '/graphql',
      handler: (request, reply) => {
        const refused = refusal(405, 'BAD_USER_INPUT', 'Only GET and POST are offered here.');
        return sendRefusal(refused, request, reply.header('allow', 'GET, POST'));
      },
    });
  });
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The name of the operation that ran, for the log. */
    operationName: string | null;
  }
}

/** The response, in GraphQL's shape, to an error that occurred before Apollo saw the request. */
export async function answerError(
  error: FastifyError | CallRecordsError,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const refusal = describeError(error, (cause) => request.log.error({ err: cause }, 'request failed'));
  if (refusal.status === 413) await drainBody(request.raw);
  if (refusal.status === 401) void reply.header('www-authenticate', challenge(request.headers.authorization));
  return sendRefusal(refusal, request, reply);
}

function sendRefusal({ status, headers, body }: Refusal, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  request.errorCodes ??= codesOf(body.errors);
  return reply.code(status).headers(headers).type(refusalType(request.headers.accept)).send(JSON.stringify(body));
}
