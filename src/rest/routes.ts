import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { requireRead } from '../auth/caller.js';
import { CallRecordsError } from '../domain/errors.js';
import { parseUniqueJson } from '../platform/json.js';
import { readJsonBody } from '../domain/json-body.js';
import { batchOf, BatchSenders } from './batch.js';
import { answerError, requestIds } from './envelope.js';
import { challengeOf, identify, readExchange, type RestDoor, type Sender, senderOf } from './exchange.js';
import { requireRecordId } from './find-visible.js';
import { toRoutePath } from './links.js';
import { answerMetadata, getServiceDocument } from './metadata.js';
import { requireVersion } from './negotiation.js';
import { type Operation, RESOURCES } from './resources.js';
import { Reads, watchedStore } from '../store/watched-store.js';

/** Microsoft Graph's versions: this door serves the same under each. */
const VERSIONS = ['/v1.0', '/beta'] as const;
/** The places of the door: what may stand before `/communications`. */
const PREFIXES = ['', ...VERSIONS] as const;

/** Server option: lets clients spell the paths of this door as they do for Graph. */
export function rewriteUrl({ url = '/' }: { url?: string }): string {
  return url.startsWith('/graphql') ? url : toRoutePath(url);
}

/** Registers the door for clients of Microsoft Graph, with its resources, options and errors. */
export async function registerRest(app: FastifyInstance, door: RestDoor): Promise<void> {
  const senders = new BatchSenders();
  for (const prefix of PREFIXES) {
    await app.register(async (scope) => registerResources(scope, door, prefix, senders), {
      prefix: prefix === '' ? '/communications' : prefix,
    });
  }
  // Its code is loaded at the first request.
  let description: Promise<string> | undefined;
  const describe = async () => (await import('./openapi.js')).openApiText();
  const metadata = answerMetadata(door.schema);
  // Context URLs in responses without a version lead to the root.
  for (const version of PREFIXES)
    app.get(`${version}/$metadata`, { errorHandler: (...failed) => void answerError(...failed) }, metadata);
  for (const version of VERSIONS) {
    app.get(`${version}/openapi.json`, async (_request, reply) =>
      reply.type('application/json; charset=utf-8').send(await (description ??= describe())),
    );
  }
  app.setNotFoundHandler((request, reply) => answerError(nothingThere(), request, reply));
}

/** The operations below a prefix, by path. */
function operationsBelow(prefix: string, senders: BatchSenders): [url: string, operations: Operation[]][] {
  const resources = Object.entries(RESOURCES);
  if (prefix === '') return resources;
  const batch: Operation = { method: 'POST', require: () => {}, options: [], answer: batchOf(senders) };
  return [
    ['/', [{ method: 'GET', require: requireRead, options: [], answer: getServiceDocument }]],
    ...resources.map(([path, own]): [string, Operation[]] => [`/communications${path}`, own]),
    ['/$batch', [batch]],
  ];
}

function registerResources(scope: FastifyInstance, door: RestDoor, prefix: string, batches: BatchSenders): void {
  const senders = new WeakMap<FastifyRequest, Sender>();
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
    if (request.method !== 'OPTIONS') {
      const basic = challengeOf(door, request);
      // For the response to a caller that is refused; removed below for all others.
      if (basic !== null) void reply.header('www-authenticate', basic);
      const sender = batches.of(request.headers) ?? senderOf(request, reply, await identify(door, request), prefix);
      reply.removeHeader('www-authenticate');
      request.caller = sender.caller;
      senders.set(request, sender);
    }
    // Refused before the body is read, which may be anything.
    if (request.is404) refuseUnknown();
  });
  // With its own handler, the hooks of this scope run for unknown paths below it.
  scope.setNotFoundHandler(refuseUnknown);
  for (const [url, operations] of operationsBelow(prefix, batches)) {
    for (const { method, require, options, answer, isText = false } of operations) {
      scope.route({
        method,
        url,
        handler: (request, reply) => {
          const sender = senders.get(request) as Sender;
          require(sender.caller);
          requireVersion(request.headers['odata-maxversion']);
          requireRecordId(request.params);
          const context = { sender, supported: options, isText, limits: door.limits };
          return answer(watching(door, request), readExchange(request, reply, context));
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

/** The door, which records the reads of one request. */
function watching(door: RestDoor, request: FastifyRequest): RestDoor {
  if (!door.watchesReads) return door;
  const reads = (request.reads = new Reads());
  return { ...door, store: watchedStore(door.store, reads) };
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The reads of the request, if they are recorded. */
    reads: Reads | null;
  }
}

function refuseUnknown(): never {
  throw nothingThere();
}

function nothingThere(): CallRecordsError {
  return new CallRecordsError('NOT_FOUND', 'There is nothing at this path; /v1.0/openapi.json lists what is offered.');
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
    // Refused before the body is read, which may be anything.
    onRequest: refuse,
    handler: refuse,
  });
}

/** OPTIONS, usually a preflight from another origin: the methods of this path are allowed, and no others. */
function tellOffered(scope: FastifyInstance, url: string, allow: string[]): void {
  scope.route({
    method: 'OPTIONS',
    url,
    config: { cors: { methods: allow, preflightContinue: true } },
    // With a length: without one, some browsers wait for a body.
    handler: (_request, reply) =>
      reply
        .code(204)
        .headers({ allow: allow.join(', '), 'content-length': '0' })
        .send(),
  });
}

/** Parses a body only where one belongs. Elsewhere clients may send anything. */
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
