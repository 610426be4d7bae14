import { randomUUID } from 'node:crypto';
import { maxHeaderSize } from 'node:http';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import type { Config } from '../config.js';
import { answerBadUrl } from '../rest/envelope.js';
import { rewriteUrl } from '../rest/routes.js';
import { answerClientErrors } from './broken-requests.js';
import type { Entrance } from './entrance.js';
import type { Lane } from './graphql-lane.js';
import type { Metrics } from './metrics.js';
import { type Asked, logAnswered, openLog } from './request-log.js';

/** An app without routes. */
export function newApp(config: Config, metrics: Metrics, entrance: Entrance): FastifyInstance {
  return Fastify({
    serverFactory: entrance.serverFactory,
    loggerInstance: openLog(config.logLevel),
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: config.limits.maxBodyBytes,
    trustProxy: config.trustProxy,
    rewriteUrl,
    // No parameter that fits into a URL is too long.
    routerOptions: { maxParamLength: maxHeaderSize },
    frameworkErrors: answerBadUrl,
    genReqId: () => randomUUID(),
    forceCloseConnections: 'idle',
    // Requests during closing are refused in the shape of each door instead.
    return503OnClosing: false,
    clientErrorHandler: answerClientErrors((codes) => metrics.refused(codes)),
    // Routes have no schema: both doors share their checks of bodies. Loading the compilers would slow the start.
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
  }) as unknown as FastifyInstance;
}

function noSchemas(): never {
  throw new Error('Routes have no schemas here.');
}

/** Gives every response a request-id, a line in the log, and its place in the metrics. */
export function logRequests(
  app: FastifyInstance,
  { underWay, hashes, observe, accessLog }: Pick<Lane, 'underWay' | 'hashes' | 'observe' | 'accessLog'>,
): void {
  const asked = (request: FastifyRequest, reply: FastifyReply): Asked => ({
    method: request.method,
    route: request.routeOptions.url,
    operationName: request.operationName ?? undefined,
    operation: request.routeOptions.url === '/graphql' ? hashes.of(request.body ?? request.query) : undefined,
    caller: request.caller,
    durationMs: reply.elapsedTime,
  });
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('request-id', request.id);
    underWay.describe(reply.raw, () => ({ reqId: request.id, ...asked(request, reply) }));
  });
  app.addHook('onResponse', async (request, reply) => {
    const codes = request.errorCodes ?? undefined;
    const answered = { ...asked(request, reply), status: reply.statusCode, codes };
    logAnswered(request.log, answered);
    if (request.reads) accessLog?.write(answered, request.reads, request.id);
    // A stream lasts as long as its client wants. Its errors are counted when it ends.
    if (!request.isStream) observe(answered);
  });
}
