import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { FastifyBaseLogger } from 'fastify';
import type { Caller } from '../auth/caller.js';
import { Asker } from '../domain/asker.js';
import { HttpError } from '../domain/errors.js';
import { readJsonBody } from '../domain/json-body.js';
import { TRACE_HEADER } from '../graphql/apollo.js';
import type { GraphQLContext } from '../graphql/context.js';
import { codesOf } from '../graphql/core/error-format.js';
import { codesIn, describeError, refusalType } from '../graphql/core/refusal.js';
import { contextOf, noting, type Notes } from '../graphql/core/request-context.js';
import { respondFromPlan } from '../graphql/core/respond.js';
import { executeByApollo } from './apollo-request.js';
import type { GraphQLDoor } from './graphql-door.js';
import { type Answer, compressed, readBody, send, type Sending } from './node-answer.js';
import type { OperationHashes } from './operation-hashes.js';
import { ACCEPTED, isPlainPost, PATH } from './plain-post.js';
import { type Answered, type Asked, logAnswered, type Observer } from './request-log.js';
import type { Reads } from '../store/watched-store.js';
import type { AccessLog } from './access-log.js';
import type { UnderWay } from './under-way.js';

/** What a lane needs apart from the door. */
export interface Lane extends Sending {
  door: GraphQLDoor;
  log: Pick<FastifyBaseLogger, 'debug' | 'info' | 'error'>;
  /** Counts each request that the lane answers. */
  observe: Observer;
  underWay: UnderWay;
  hashes: OperationHashes;
  /** Logs what was read; null if the access log is off. */
  accessLog: AccessLog | null;
}

/**
 * The fast path for what servers and gateways send to `/graphql` all day: a POST of JSON of a known length. It works on
 * Node's own request and response, since Fastify's part of a route takes longer than reading a record. Requests from
 * browsers of other origins, with other methods or media types, with too large a body, or without a token go on to
 * Fastify untouched.
 */
export function graphqlLane(lane: Lane, otherwise: RequestListener): RequestListener {
  return (request, response) => {
    if (isPlainPost(request, lane.door.limits.maxBodyBytes) && !lane.isClosing())
      enter(lane, request, response, otherwise).catch((error: unknown) => {
        // The response can no longer be sent.
        lane.log.error({ err: error }, 'request failed');
        response.destroy();
      });
    else otherwise(request, response);
  };
}

async function enter(
  lane: Lane,
  request: IncomingMessage,
  response: ServerResponse,
  otherwise: RequestListener,
): Promise<void> {
  const start = performance.now();
  let caller: Caller;
  try {
    caller = await lane.door.verifier.verify(request.headers.authorization);
  } catch {
    // The body is still unread: Fastify authenticates again, and refuses.
    return otherwise(request, response);
  }
  const asker = new Asker(caller.subject, response);
  const run = new Run(lane, caller, request.headers, asker);
  lane.underWay.describe(response, () => ({ reqId: run.id, ...run.asked(start) }));
  const body = await readBody(request);
  // The client went away.
  if (body === null) return;
  // It is logged while the response is on its way.
  try {
    await send(response, lane, run.id, await compressed(await run.answer(body), lane, request));
  } finally {
    run.release();
  }
  asker.answered();
  const codes = run.errorCodes ?? undefined;
  const answered: Answered = Object.assign(run.asked(start), { status: response.statusCode, codes });
  lane.observe(answered);
  logAnswered(lane.log, answered, run.id);
  if (run.reads) lane.accessLog?.write(answered, run.reads, run.id);
}

/** One request on the fast path. */
class Run implements Notes {
  readonly id = randomUUID();
  operationName: string | null = null;
  errorCodes: readonly string[] | null = null;
  reads: Reads | null = null;
  /** The log, with the id of this request. */
  private readonly log = {
    error: (told: object, message: string) => this.lane.log.error({ reqId: this.id, ...told }, message),
    debug: (told: object, message: string) => this.lane.log.debug({ reqId: this.id, ...told }, message),
  };
  /** To be called once the answer is sent. */
  release: () => void = () => undefined;
  private sent: unknown;

  constructor(
    private readonly lane: Lane,
    private readonly caller: Caller,
    private readonly headers: IncomingMessage['headers'],
    private readonly asker: Asker,
  ) {}

  /** What is logged of the request; `start`: when it came. */
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
      const refusal = describeError(error as Error, (cause) => this.log.error({ err: cause }, 'request failed'));
      this.errorCodes = codesOf(refusal.body.errors);
      const headers = { ...refusal.headers, 'content-type': refusalType(this.headers.accept) };
      return { status: refusal.status, headers: Object.entries(headers), body: JSON.stringify(refusal.body) };
    }
  }

  private async execute(body: unknown): Promise<Answer> {
    const { door } = this.lane;
    const { accept } = this.headers;
    const context = contextOf(this.caller, door, noting(this, this.log, true), this.asker);
    this.reads = context.reads ?? null;
    this.release = context.budget?.hold() ?? this.release;
    const isPlain = door.answersFromPlans && !this.isTraced(context);
    const known = isPlain ? await respondFromPlan(door.executor, body, context, accept) : null;
    // A request that was ended early gets its status and error from Apollo's door.
    if (known && !this.asker.hasEnded)
      return { ...known, headers: [...known.headers, ['content-type', ACCEPTED.get(accept) as string]] };
    const answer = await executeByApollo(door.apollo, { body, headers: this.headers, context });
    if (answer.status >= 400) this.errorCodes ??= codesIn(answer.body);
    return answer;
  }

  /** Whether the response has timings or a trace, which only Apollo Server adds. */
  private isTraced({ timing }: GraphQLContext): boolean {
    return timing !== undefined || this.headers[TRACE_HEADER] !== undefined;
  }
}
