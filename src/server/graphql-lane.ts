import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { HeaderMap, type HTTPGraphQLResponse } from '@apollo/server';
import type { FastifyBaseLogger } from 'fastify';
import type { Caller } from '../auth/caller.js';
import { Asker } from '../domain/asker.js';
import { HttpError } from '../domain/errors.js';
import { codesOf } from '../graphql/core/error-format.js';
import { TRACE_HEADER } from '../graphql/apollo.js';
import { respondFromPlan } from '../graphql/core/respond.js';
import type { GraphQLContext } from '../graphql/context.js';
import { readJsonBody } from '../domain/json-body.js';
import { type AnswerText, ByteAnswer } from '../graphql/compiled/json-text.js';
import { REQUEST_TIMEOUT } from './broken-requests.js';
import { codingFor, compress } from './compression.js';
import { codesIn, contextOf, describeError, type GraphQLDoor, type Refusal, refusalType } from './graphql-door.js';
import type { OperationHashes } from './operation-hashes.js';
import { type Answered, type Asked, logAnswered, type Observer } from './request-log.js';
import type { UnderWay } from './under-way.js';

/** What a lane needs beside the door. */
export interface Lane {
  door: GraphQLDoor;
  log: Pick<FastifyBaseLogger, 'debug' | 'info' | 'error'>;
  /** Counts each request that the lane answers. */
  observe: Observer;
  /** Sent with each answer, as Fastify's hooks do. */
  headers: Record<string, string>;
  /** Whether answers are compressed for clients that accept it. */
  compresses: boolean;
  underWay: UnderWay;
  hashes: OperationHashes;
  /** Whether the server no longer takes requests: Fastify says so to clients. */
  isClosing: () => boolean;
  /** Answers what the lane does not. */
  otherwise: RequestListener;
}

const PATH = '/graphql';
const CONTENT_TYPES = new Set([
  'application/json',
  'application/json; charset=utf-8',
  'application/json;charset=utf-8',
]);
/** The types of answers, by what clients accept. */
const ACCEPTED = new Map(
  [undefined, '*/*', 'application/json', 'application/graphql-response+json'].map((accept) => [
    accept,
    refusalType(accept),
  ]),
);

/**
 * Answers what servers and gateways send to `/graphql` all day, a POST of JSON of a known length, on node's own request
 * and response: what Fastify does for a route takes longer than a record. Browsers of other origins, other methods and
 * types, bodies too large and callers without a token go on to Fastify, untouched.
 */
export function graphqlLane(lane: Lane): RequestListener {
  return (request, response) => {
    if (isPlainPost(request, lane.door.limits.maxBodyBytes) && !lane.isClosing())
      enter(lane, request, response).catch((error: unknown) => {
        // Nothing of it can be told any more.
        lane.log.error({ err: error }, 'request failed');
        response.destroy();
      });
    else lane.otherwise(request, response);
  };
}

function isPlainPost({ method, url, headers }: IncomingMessage, maxBodyBytes: number): boolean {
  return (
    method === 'POST' &&
    url === PATH &&
    headers.origin === undefined &&
    CONTENT_TYPES.has(headers['content-type'] ?? '') &&
    ACCEPTED.has(headers.accept) &&
    headers['content-encoding'] === undefined &&
    Number(headers['content-length']) <= maxBodyBytes
  );
}

async function enter(lane: Lane, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const start = performance.now();
  let caller: Caller;
  try {
    caller = await lane.door.verifier.verify(request.headers.authorization);
  } catch {
    // The body has not been touched: Fastify asks again, and refuses.
    return lane.otherwise(request, response);
  }
  const asker = new Asker(caller.subject, response);
  const run = new Run(lane, caller, request.headers, asker);
  lane.underWay.describe(response, () => ({ reqId: run.id, ...run.asked(start) }));
  const body = await readBody(request);
  // Who went away gets no answer.
  if (body === null) return;
  // It is noted while the answer is on its way.
  await send(response, lane, run.id, await compressed(await run.answer(body), lane, request));
  asker.answered();
  const answered: Answered = Object.assign(run.asked(start), { status: response.statusCode, codes: run.codes });
  lane.observe(answered);
  logAnswered(lane.log, answered, run.id);
}

/** The bytes, or why they are refused; null if the client went away. */
function readBody(request: IncomingMessage): Promise<Buffer | HttpError | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    request.on('error', (error) => resolve(error instanceof HttpError ? error : null));
    request.on('close', () => resolve(null));
  });
}

interface Answer {
  status: number;
  headers: Iterable<[string, string]>;
  body: AnswerText;
}

/** One request that is being answered. */
class Run {
  readonly id = randomUUID();
  codes: readonly string[] | undefined;
  private operationName: string | null = null;
  private sent: unknown;

  constructor(
    private readonly lane: Lane,
    private readonly caller: Caller,
    private readonly headers: IncomingMessage['headers'],
    private readonly asker: Asker,
  ) {}

  /** What the log tells of it; `start`: when it came. */
  asked(start: number): Asked {
    return {
      method: 'POST',
      route: PATH,
      operationName: this.operationName ?? undefined,
      operation: this.lane.hashes.of(this.sent),
      caller: this.caller,
      durationMs: performance.now() - start,
    };
  }

  async answer(body: Buffer | HttpError): Promise<Answer> {
    try {
      if (body instanceof HttpError) throw body;
      this.sent = readJsonBody(body, this.headers);
      return await this.execute(this.sent);
    } catch (error) {
      const refusal = describeError(error as Error, (cause) => this.logFailure(cause));
      this.codes = codesOf(refusal.body.errors);
      return refused(refusal, this.headers.accept);
    }
  }

  private async execute(body: unknown): Promise<Answer> {
    const { door } = this.lane;
    const { accept } = this.headers;
    const context = this.context();
    const isPlain = door.answersFromPlans && !this.isTraced(context);
    const known = isPlain ? await respondFromPlan(door.executor, body, context, accept) : null;
    // Whoever has ended the request has said how it is answered, which Apollo's door tells.
    if (known && !this.asker.hasEnded)
      return { ...known, headers: [...known.headers, ['content-type', ACCEPTED.get(accept) as string]] };
    const response = await door.apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: { method: 'POST', headers: headerMap(this.headers), body, search: '' },
      context: async () => context,
    });
    const answer = await textOf(response.body);
    const status = response.status ?? 200;
    if (status >= 400) this.codes ??= codesIn(answer) ?? undefined;
    return { status, headers: response.headers, body: answer };
  }

  private context(): GraphQLContext {
    const sender = {
      takesBytes: true,
      logFailure: (error: unknown) => this.logFailure(error),
      noteBailout: (reason: string) => this.lane.log.debug({ reqId: this.id, reason }, 'not compiled'),
      noteOperation: (name: string | null) => {
        this.operationName = name;
      },
      noteErrors: (codes: readonly string[]) => {
        this.codes = codes;
      },
    };
    return contextOf(this.caller, this.lane.door, sender, this.asker);
  }

  /** Whether more is to be told than the answer, which is Apollo's to do. */
  private isTraced({ timing }: GraphQLContext): boolean {
    return timing !== undefined || this.headers[TRACE_HEADER] !== undefined;
  }

  private logFailure(error: unknown): void {
    this.lane.log.error({ reqId: this.id, err: error }, 'request failed');
  }
}

function headerMap(given: IncomingMessage['headers']): HeaderMap {
  const headers = new HeaderMap();
  for (const name in given) {
    const value = given[name];
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return headers;
}

async function textOf(body: HTTPGraphQLResponse['body']): Promise<AnswerText> {
  if (body.kind === 'complete') return body.string;
  let text = '';
  for await (const chunk of body.asyncIterator) text += chunk;
  return text;
}

function refused({ status, headers, body }: Refusal, accept: string | undefined): Answer {
  const typed = { ...headers, 'content-type': refusalType(accept) };
  return { status, headers: Object.entries(typed), body: JSON.stringify(body) };
}

/** The body as it is sent: one character of the text is one byte, or it is UTF-8. */
function bytesOf(body: Answer['body']): [bytes: string | Buffer, encoding: 'latin1' | 'utf8'] {
  return body instanceof ByteAnswer ? [body.text, 'latin1'] : [body, 'utf8'];
}

/** The answer as its client accepts it; with clients that accept no coding nothing else is looked at. */
async function compressed(answer: Answer, lane: Lane, { headers }: IncomingMessage): Promise<Answer> {
  const accepted = headers['accept-encoding'];
  if (accepted === undefined || !lane.compresses) return answer;
  const [text, encoding] = bytesOf(answer.body);
  const coding = codingFor(accepted, Buffer.byteLength(text, encoding));
  if (coding === null) return answer;
  const body = await compress(Buffer.from(text as string, encoding), coding);
  return { ...answer, headers: [...answer.headers, ['content-encoding', coding]], body };
}

/** Resolves when the answer has gone to the socket. */
function send(response: ServerResponse, lane: Lane, id: string, { status, headers, body }: Answer): Promise<void> {
  const [text, encoding] = bytesOf(body);
  if (lane.isClosing() || status === REQUEST_TIMEOUT) response.setHeader('connection', 'close');
  response.writeHead(status, {
    'request-id': id,
    ...lane.headers,
    ...Object.fromEntries(headers),
    'content-length': Buffer.byteLength(text, encoding),
  });
  // As text, and ended a moment later: node then writes it and the head as one piece, and no empty one behind it.
  response.write(text, encoding);
  return new Promise((resolve) =>
    process.nextTick(() => {
      response.end();
      resolve();
    }),
  );
}
