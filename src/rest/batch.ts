import { randomUUID } from 'node:crypto';
import type { FastifyReply, InjectOptions, LightMyRequestResponse } from 'fastify';
import type * as z from 'zod';
import { badUserInput, CallRecordsError, type Violation } from '../domain/errors.js';
import { stringifyJson } from '../platform/json.js';
import { batchSchema } from './batch-schema.js';
import { envelope, requestIds } from './envelope.js';
import type { Exchange, RestDoor, Sender } from './exchange.js';

/** The most characters of all responses of a batch. Requests beyond are not executed. */
const MOST_CHARACTERS = 8 * 1024 * 1024;
/** Seconds after which requests that had no room in a batch may be sent again. */
const RETRY_AFTER_SECONDS = 1;

/**
 * The headers that a request in a batch may set, of those that this door reads. The caller and the host come from the
 * batch.
 */
const HEADERS_IN = new Set([
  ...['accept', 'client-request-id', 'content-encoding', 'content-type', 'idempotency-key', 'if-match'],
  ...['if-none-match', 'odata-maxversion', 'prefer'],
]);
/** In Graph's spelling: its own client looks up `Content-Type` in an object, case-sensitively. */
const HEADERS_OUT = [
  ...['Allow', 'Cache-Control', 'client-request-id', 'Content-Type', 'ETag', 'Location', 'OData-EntityId'],
  ...['OData-Version', 'Preference-Applied', 'request-id', 'Retry-After'],
];

type BatchRequest = z.infer<typeof batchSchema>['requests'][number];

/** The header of requests that a batch sends to this server itself. */
const MARK = 'x-callrecords-batch';

/**
 * The requests that batches are sending now, by a secret mark. Such a request has the caller of its batch, and its
 * links begin as the links of the batch would.
 */
export class BatchSenders {
  private readonly senders = new Map<string, Sender>();

  /** The sender of the batch that a request belongs to; undefined for a request that came by itself. */
  of(headers: { [name: string]: string | string[] | undefined }): Sender | undefined {
    const mark = headers[MARK];
    return typeof mark === 'string' ? this.senders.get(mark) : undefined;
  }

  /** Sends requests by `send`, with a mark by which `of` finds their sender until all responses are there. */
  async sending<Result>(sender: Sender, send: (mark: Record<string, string>) => Promise<Result>): Promise<Result> {
    const mark = randomUUID();
    this.senders.set(mark, sender);
    try {
      return await send({ [MARK]: mark });
    } finally {
      this.senders.delete(mark);
    }
  }
}

/**
 * `POST /v1.0/$batch` (OData 4.01 JSON, section 19; Microsoft Graph's JSON batching). Requests go through this door one
 * after the other, as if each had come by itself, and after those that they depend on.
 */
export function batchOf(senders: BatchSenders) {
  return async (_door: RestDoor, exchange: Exchange): Promise<FastifyReply> => {
    const { caller, asker, links, request, reply } = exchange;
    if (senders.of(request.headers)) throw new CallRecordsError('BAD_USER_INPUT', 'A batch holds no other batch.');
    const requests = readBatch(request.body, new URL(links.service).pathname);
    const inject = (options: InjectOptions) => request.server.inject(options);
    const answers = await senders.sending({ caller, asker, links }, (mark) =>
      new Batch(inject, { mark, requestId: request.id, gone: asker.gone }).answer(requests),
    );
    const parts = requests.map(({ id }) => answers.get(id)?.text ?? '');
    return reply.type('application/json; charset=utf-8').send(`{"responses":[${parts.join()}]}`);
  };
}

/**
 * A request of a batch that can be sent: its path is below `prefix`, and it names the requests that must precede it.
 */
interface Part {
  id: string;
  dependsOn: readonly string[];
  options: InjectOptions;
}

/** Reads a batch; returns its requests, each after those it depends on. Throws with every violation. */
function readBatch(body: unknown, prefix: string): Part[] {
  const { data, error } = batchSchema.safeParse(body);
  if (error) throw badUserInput(error.issues.map(toViolation));
  const violations: Violation[] = [];
  const seen = new Set<string>();
  const parts = data.requests.map((request, index) => {
    const add = (name: string, rule: string, message: string) =>
      violations.push({ path: ['requests', index, name], rule, message });
    if (seen.has(request.id)) add('id', 'unique', 'Another request of the batch has this id.');
    seen.add(request.id);
    const url = resolveUrl(request.url, prefix);
    if (url === null) add('url', 'url', `Expected a URL relative to ${prefix}, such as /communications/callRecords.`);
    return { id: request.id, dependsOn: request.dependsOn ?? [], options: optionsOf(request, url ?? '') };
  });
  if (violations.length > 0) throw badUserInput(violations);
  return parts;
}

function toViolation({ path, code, message }: z.core.$ZodIssue): Violation {
  return { path: path as (string | number)[], rule: code === 'too_big' ? 'maximum' : 'type', message };
}

/**
 * The path below the service, or null if the URL leads elsewhere. The URL may be partly percent-encoded, and may repeat
 * the version, as Graph's own client writes it.
 */
function resolveUrl(url: string, prefix: string): string | null {
  if (/^[a-z][a-z\d+.-]*:/i.test(url)) return null;
  const named = url.toLowerCase().startsWith(`${prefix}/`) ? url.slice(prefix.length) : url;
  const base = `http://batch.invalid${prefix}/`;
  const relative = named.replace(/^\/+/, './');
  const resolved = URL.canParse(relative, base) ? new URL(relative, base) : null;
  return resolved?.href.startsWith(base) && resolved.hash === '' ? `${resolved.pathname}${resolved.search}` : null;
}

function optionsOf({ method, headers, body }: BatchRequest, url: string): InjectOptions {
  const known = Object.entries(headers ?? {}).filter(([name]) => HEADERS_IN.has(name.toLowerCase()));
  return {
    method,
    url,
    headers: Object.fromEntries(known.map(([name, value]) => [name.toLowerCase(), value])),
    // A body of text is sent as it is, with any media type. Everything else is JSON, digit for digit.
    ...(body != null && { payload: typeof body === 'string' ? body : stringifyJson(body) }),
  };
}

/** A response, as written in the response to the batch. */
interface Answered {
  text: string;
  isFailure: boolean;
}

/** Executes the requests of one batch. */
class Batch {
  private readonly answers = new Map<string, Answered>();
  private characters = 0;

  constructor(
    private readonly inject: (options: InjectOptions) => Promise<LightMyRequestResponse>,
    private readonly context: { mark: Record<string, string>; requestId: string; gone: AbortSignal },
  ) {}

  async answer(parts: readonly Part[]): Promise<ReadonlyMap<string, Answered>> {
    for (const part of inOrder(parts)) {
      this.context.gone.throwIfAborted();
      const answer = await this.one(part);
      this.characters += answer.text.length;
      this.answers.set(part.id, answer);
    }
    return this.answers;
  }

  private async one({ id, dependsOn, options }: Part): Promise<Answered> {
    if (dependsOn.some((other) => this.answers.get(other)?.isFailure))
      return this.refused(
        id,
        new CallRecordsError('FAILED_DEPENDENCY', 'A request that this one depends on has failed.'),
      );
    if (this.characters >= MOST_CHARACTERS) return this.refused(id, noRoom());
    const { statusCode, headers, body } = await this.inject({
      ...options,
      headers: { ...options.headers, ...this.context.mark },
    });
    const told = HEADERS_OUT.flatMap((name) => {
      const value = headers[name.toLowerCase()];
      return value === undefined ? [] : [[name, String(value)] as const];
    });
    return answered(id, statusCode, Object.fromEntries(told), body);
  }

  /** The response to a request that is not executed. It has the id of the batch, which is in the log. */
  private refused(id: string, error: CallRecordsError): Answered {
    const headers: Record<string, string> = { 'Content-Type': 'application/json; charset=utf-8' };
    if (error.retryAfterSeconds !== undefined) headers['Retry-After'] = String(error.retryAfterSeconds);
    const body = envelope(error, requestIds(this.context.requestId, undefined));
    return answered(id, error.status, headers, JSON.stringify(body));
  }
}

/**
 * The requests in their order, except that each comes after those it depends on. Throws `BAD_USER_INPUT` if one depends
 * on a request that is not there, or on itself through others.
 */
function inOrder(parts: readonly Part[]): Part[] {
  const ordered: Part[] = [];
  const done = new Set<string>();
  let waiting = [...parts];
  while (waiting.length > 0) {
    const next = waiting.find(({ dependsOn }) => dependsOn.every((other) => done.has(other)));
    if (!next) throw neverNext(parts, waiting);
    ordered.push(next);
    done.add(next.id);
    waiting = waiting.filter((part) => part !== next);
  }
  return ordered;
}

function neverNext(parts: readonly Part[], waiting: readonly Part[]): CallRecordsError {
  const message = 'Expected ids of other requests of this batch, none of which waits for this one.';
  return badUserInput(
    waiting.map((part) => ({ path: ['requests', parts.indexOf(part), 'dependsOn'], rule: 'dependency', message })),
  );
}

function noRoom(): CallRecordsError {
  const message = 'The answers before this one fill the batch; ask again, in another batch or by itself.';
  return new CallRecordsError('RATE_LIMITED', message, { retryAfterSeconds: RETRY_AFTER_SECONDS });
}

/** A JSON body is embedded as JSON, any other as text; an empty body is left out. */
function answered(id: string, status: number, headers: Record<string, string>, body: string): Answered {
  const head = JSON.stringify({ id, status, headers });
  const isJson = /^application\/json\b/.test(headers['Content-Type'] ?? '');
  const text = body === '' ? head : `${head.slice(0, -1)},"body":${isJson ? body : JSON.stringify(body)}}`;
  return { text, isFailure: status >= 400 };
}
