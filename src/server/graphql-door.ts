import type { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLFormattedError } from 'graphql';
import Negotiator from 'negotiator';
import type { Caller } from '../auth/caller.js';
import { challenge, type Verifier } from '../auth/verifier.js';
import { Asker } from '../domain/asker.js';
import { bodyTooLarge, CallRecordsError, type ErrorCode, MASKED } from '../domain/errors.js';
import type { Limits } from '../domain/limits.js';
import { codesOf } from '../graphql/core/error-format.js';
import type { Executor } from '../graphql/core/executor.js';
import type { GraphQLContext } from '../graphql/context.js';
import { Budget } from '../graphql/budget.js';
import { Loaders } from '../graphql/loaders.js';
import { newTiming, timedStore } from '../graphql/timing.js';
import type { Store } from '../store/store.js';
import { readJsonBodies } from './body.js';
import { drainBody } from './drain-body.js';
import type { Spend } from './rate-limit.js';

/** What a door needs of Apollo Server. */
export type Execution = Pick<ApolloServer<GraphQLContext>, 'assertStarted' | 'executeHTTPGraphQLRequest'>;

export interface GraphQLDoor {
  apollo: Execution;
  executor: Executor;
  /** Whether operations that are known need not go through Apollo Server: not where its plugins wait for them. */
  answersFromPlans: boolean;
  store: Store;
  verifier: Verifier;
  limits: Limits;
  spend: Spend;
  /** How far the records of Microsoft Graph have been fetched; absent where none are. */
  readSyncStatus?: GraphQLContext['readSyncStatus'];
  /** Whether answers carry `Server-Timing`. */
  tellsTiming: boolean;
}

/** Of every answer: whose it is depends on the token, what it looks like on `Accept`, and none is to be kept on the way. */
export const ANSWER_HEADERS = { vary: 'Origin, Accept, Authorization', 'cache-control': 'no-store' };

/** The media types of an answer, that of a client without a preference first. */
const MEDIA_TYPES = ['application/json; charset=utf-8', 'application/graphql-response+json; charset=utf-8'] as const;

/** `/graphql`: who asks is known before anything of the request is looked at. */
export async function registerGraphQL(app: FastifyInstance, door: GraphQLDoor): Promise<void> {
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
        return contextOf(caller, door, senderOf(request), new Asker(caller.subject, reply.raw));
      },
    }) as (this: FastifyInstance, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
    scope.route({
      method: ['GET', 'POST', 'OPTIONS'],
      url: '/graphql',
      async handler(request, reply) {
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

function senderOf(request: FastifyRequest): Sender {
  return {
    takesBytes: false,
    logFailure: (error) => request.log.error({ err: error }, 'request failed'),
    noteBailout: (reason) => request.log.debug({ reason }, 'not compiled'),
    noteOperation: (name) => {
      request.operationName = name;
    },
    noteErrors: (codes) => {
      request.errorCodes = codes;
    },
  };
}

/** What is of one HTTP request. */
type Sender = Pick<GraphQLContext, 'takesBytes' | 'logFailure' | 'noteBailout' | 'noteOperation' | 'noteErrors'>;

/** What resolvers get for one request. */
export function contextOf(caller: Caller, door: GraphQLDoor, sender: Sender, asker: Asker): GraphQLContext {
  const { limits, spend } = door;
  const timing = door.tellsTiming ? newTiming() : undefined;
  let total = 0;
  const store = timing ? timedStore(door.store, timing) : door.store;
  const budget = new Budget(limits, asker);
  return {
    caller,
    asker,
    budget,
    store,
    limits,
    ...(timing && { timing }),
    ...(door.readSyncStatus && { readSyncStatus: door.readSyncStatus }),
    loaders: new Loaders(store, caller.visibleTo, budget),
    spend: (points) => spend(caller.subject, points, (total += points)),
    create: (input, options) => store.createRow(input, options),
    ...sender,
  };
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The operation that ran, for the log. */
    operationName: string | null;
  }
}

/** A refusal is small, where data stands beside errors it is none. */
const REFUSAL_LENGTH = 64_000;

/** The codes of an answer without data, of which nobody has taken note: of what is refused before it is an operation. */
export function codesIn(answer: unknown): string[] | null {
  if (typeof answer !== 'string' || answer.length > REFUSAL_LENGTH || !answer.startsWith('{"errors":')) return null;
  return codesOf((JSON.parse(answer) as Refusal['body']).errors);
}

/** What went wrong before Apollo saw the request, in GraphQL's shape. */
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

/**
 * The media type of a refusal, chosen as Apollo chooses that of its answers: clients look into an answer of 4xx or 5xx
 * only if it is `application/graphql-response+json` (GraphQL over HTTP, 6.4). JSON for who takes neither.
 */
export function refusalType(accept: string | undefined): string {
  return new Negotiator({ headers: { accept } }).mediaType(MEDIA_TYPES) ?? MEDIA_TYPES[0];
}

/** An answer to what Apollo does not get to see. */
export interface Refusal {
  status: number;
  headers: Record<string, string>;
  body: { errors: GraphQLFormattedError[] };
}

/** How an error is told; its cause, where clients must not see it, goes to `logFailure`. */
export function describeError(error: Error & { statusCode?: number }, logFailure: (cause: unknown) => void): Refusal {
  if (error instanceof CallRecordsError) {
    if (error.cause !== undefined) logFailure(error.cause);
    const { status, code, message, retryAfterSeconds } = error;
    const headers: Record<string, string> =
      retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
    return refusal(status, code, message, headers);
  }
  const status = error.statusCode ?? 500;
  if (status === 413) return describeError(bodyTooLarge(), logFailure);
  if (status === 415) return refusal(415, 'BAD_USER_INPUT', 'Only application/json is taken.');
  if (status < 500) return refusal(status, 'BAD_USER_INPUT', error.message);
  logFailure(error);
  return refusal(500, 'INTERNAL_SERVER_ERROR', MASKED);
}

function refusal(status: number, code: ErrorCode, message: string, headers: Record<string, string> = {}): Refusal {
  return { status, headers, body: { errors: [{ message, extensions: { code } }] } };
}
