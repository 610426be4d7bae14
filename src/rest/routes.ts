import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Caller, requireRead, requireWrite } from '../auth/caller.js';
import { CallRecordsError } from '../domain/errors.js';
import { parseUniqueJson } from '../domain/json.js';
import { readJsonBody } from '../domain/json-body.js';
import { createRecord, deleteRecord, getRecord, listParticipants, listRecords, listSessions } from './call-records.js';
import { answerError, requestIds } from './envelope.js';
import { type Exchange, readExchange, type RestDoor } from './exchange.js';
import { toSegmentPath } from './links.js';
import { requireVersion } from './negotiation.js';
import { openApiText } from './openapi.js';

/** The two places of the door, as what stands before `/communications`: Microsoft Graph's version, and nothing. */
const PREFIXES = ['', '/v1.0'] as const;

type Answer = (door: RestDoor, exchange: Exchange) => Promise<FastifyReply>;

interface Operation {
  method: 'GET' | 'POST' | 'DELETE';
  require: (caller: Caller) => void;
  /** Query options that it supports. */
  options: readonly string[];
  answer: Answer;
}

const RECORD_OPTIONS = ['$select', '$expand'];

/** What is offered where, below `/communications`. */
const RESOURCES: Record<string, Operation[]> = {
  '/callRecords': [
    {
      method: 'GET',
      require: requireRead,
      options: ['$select', '$expand', '$filter', '$orderby', '$top', '$count', '$skiptoken'],
      answer: listRecords,
    },
    { method: 'POST', require: requireWrite, options: RECORD_OPTIONS, answer: createRecord },
  ],
  '/callRecords/:id': [
    { method: 'GET', require: requireRead, options: RECORD_OPTIONS, answer: getRecord },
    { method: 'DELETE', require: requireWrite, options: [], answer: deleteRecord },
  ],
  '/callRecords/:id/participants_v2': [
    {
      method: 'GET',
      require: requireRead,
      options: ['$select', '$top', '$count', '$skiptoken'],
      answer: listParticipants,
    },
  ],
  '/callRecords/:id/sessions': [
    {
      method: 'GET',
      require: requireRead,
      options: ['$select', '$expand', '$top', '$count', '$skiptoken'],
      answer: listSessions,
    },
  ],
};

/** Server option: lets keys be written as `callRecords('{id}')` too, on every path of this door. */
export function rewriteUrl({ url = '/' }: { url?: string }): string {
  return url.startsWith('/graphql') ? url : toSegmentPath(url);
}

/** The door that a client of Microsoft Graph finds: its resources, its options, its errors. */
export async function registerRest(app: FastifyInstance, door: RestDoor): Promise<void> {
  for (const prefix of PREFIXES) {
    await app.register(async (scope) => registerResources(scope, door, prefix), {
      prefix: prefix === '' ? '/communications' : prefix,
    });
  }
  app.get('/v1.0/openapi.json', (_request, reply) => reply.type('application/json; charset=utf-8').send(openApiText()));
}

function registerResources(scope: FastifyInstance, door: RestDoor, prefix: string): void {
  readBodies(scope);
  scope.setErrorHandler(answerError);
  scope.addHook('onRequest', async (request, reply) => {
    const { clientRequestId } = requestIds(request.id, request.headers['client-request-id']);
    void reply.headers({
      'client-request-id': clientRequestId,
      'odata-version': '4.0',
      'cache-control': 'private, no-cache',
    });
    vary(reply, 'Accept, Authorization, Prefer');
    if (request.method !== 'OPTIONS') request.caller = await door.verifier.verify(request.headers.authorization);
    // Before its body is read, which may be anything.
    if (request.is404) refuseUnknown();
  });
  // With one of its own, the hooks of this scope run for what is not found below it.
  scope.setNotFoundHandler(refuseUnknown);
  for (const [path, operations] of Object.entries(RESOURCES)) {
    const url = prefix === '' ? path : `/communications${path}`;
    for (const { method, require, options, answer } of operations) {
      scope.route({
        method,
        url,
        handler: (request, reply) => {
          const caller = request.caller as Caller;
          require(caller);
          requireVersion(request.headers['odata-maxversion']);
          return answer(
            door,
            readExchange(request, reply, { caller, prefix, supported: options, limits: door.limits }),
          );
        },
      });
    }
    refuseOthers(
      scope,
      url,
      operations.map(({ method }) => method),
    );
  }
}

function refuseUnknown(): never {
  throw new CallRecordsError('NOT_FOUND', 'There is nothing at this path.');
}

function refuseOthers(scope: FastifyInstance, url: string, offered: readonly string[]): void {
  const allow = offered.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  tellOffered(scope, url, allow);
  const refuse = async (_request: FastifyRequest, reply: FastifyReply) => {
    void reply.header('allow', allow.join(', '));
    throw new CallRecordsError('METHOD_NOT_ALLOWED', `Only ${allow.join(', ')} are offered here.`);
  };
  scope.route({
    method: scope.supportedMethods.filter((method) => method !== 'OPTIONS' && !allow.includes(method)),
    url,
    // Before its body is read, which may be anything.
    onRequest: refuse,
    handler: refuse,
  });
}

/** OPTIONS, which is as a rule a preflight of another origin: what is offered at this path, and no more, is allowed. */
function tellOffered(scope: FastifyInstance, url: string, allow: string[]): void {
  scope.route({
    method: 'OPTIONS',
    url,
    config: { cors: { methods: allow, preflightContinue: true } },
    // A length, as some browsers wait for a body otherwise.
    handler: (_request, reply) =>
      reply
        .code(204)
        .headers({ allow: allow.join(', '), 'content-length': '0' })
        .send(),
  });
}

/** A body is read where one belongs; elsewhere clients may send what they like. */
function readBodies(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => {
      if (request.method !== 'POST') return undefined;
      return readJsonBody(body, request.headers, parseUniqueJson);
    },
  );
  scope.addContentTypeParser('*', async (request: FastifyRequest, payload: Readable) => {
    if (request.method === 'POST')
      throw new CallRecordsError('UNSUPPORTED_MEDIA_TYPE', 'The Content-Type must be application/json.');
    payload.resume();
  });
}

function vary(reply: FastifyReply, names: string): void {
  const present = reply.getHeader('vary');
  void reply.header('vary', present === undefined ? names : `${String(present)}, ${names}`);
}
