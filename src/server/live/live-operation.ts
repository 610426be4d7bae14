import { randomUUID } from 'node:crypto';
import type { Writable } from 'node:stream';
import type { FastifyBaseLogger } from 'fastify';
import { type ExecutionResult, type FormattedExecutionResult, GraphQLError, OperationTypeNode } from 'graphql';
import type { Caller } from '../../auth/caller.js';
import type { Verifier } from '../../auth/verifier.js';
import { Asker } from '../../domain/asker.js';
import type { GraphQLContext } from '../../graphql/context.js';
import {
  type Prepared,
  type PreparedOperation,
  prepareOperation,
  type SentRequest,
} from '../../graphql/core/prepare.js';
import { contextOf, type Core, noting, type Notes } from '../../graphql/core/request-context.js';
import { executeOperation, formatResult, requestError, subscribeOperation } from '../../graphql/core/run.js';
import type { OperationHashes } from '../operation-hashes.js';
import { PATH } from '../plain-post.js';
import type { AccessLog } from '../access-log.js';
import { Reads } from '../../store/watched-store.js';
import { logAnswered } from '../request-log.js';
import type { Subscriptions, Transport } from './subscriptions.js';

/** What the doors for streams share. */
export interface LiveDoor {
  core: Core;
  verifier: Verifier;
  subscriptions: Subscriptions;
  hashes: OperationHashes;
  /** Logs what was read; null if the access log is off. */
  accessLog: AccessLog | null;
  log: Pick<FastifyBaseLogger, 'debug' | 'info' | 'warn' | 'error'>;
  /** How long a client may leave sent data unread. */
  readsWithinMs: number;
  /** How often a keep-alive is sent while there is nothing else to send. */
  keepAliveMs: number;
}

/** The client that an operation runs for. */
export interface LiveClient {
  caller: Caller;
  answer: Writable;
  transport: Transport;
  /** The id of the request, or of the WebSocket connection. */
  requestId: string;
}

/** One operation of a door for streams: it is prepared, executed or subscribed to, and logged when it ends. */
export class LiveOperation implements Notes {
  operationName: string | null = null;
  errorCodes: readonly string[] | null = null;
  readonly id = randomUUID();
  private readonly start = performance.now();
  private readonly context: GraphQLContext;
  private readonly codes = new Set<string>();
  private release: (() => void) | null = null;
  private sent: unknown;
  /** The reads of all its events together. */
  private readonly reads = new Reads();

  constructor(
    private readonly live: LiveDoor,
    private readonly client: LiveClient,
  ) {
    this.context = this.newContext();
  }

  /** Parses and validates what was sent, within the limits. Resolves to the operation, or to why it is refused. */
  async prepare(sent: unknown): Promise<Prepared> {
    this.sent = sent;
    try {
      const prepared = await prepareOperation(this.live.core, readSent(sent), this.context);
      if (!('errors' in prepared) && prepared.operation.operation === OperationTypeNode.SUBSCRIPTION)
        this.beginStream();
      return prepared;
    } catch (error) {
      return { errors: [requestError(error)] };
    }
  }

  private beginStream(): void {
    this.release = this.live.subscriptions.begin(this.client);
    this.tellAccess('begun');
  }

  /** Resolves to its one result, or to the results of its events. */
  run(prepared: PreparedOperation): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
    const { core } = this.live;
    return prepared.operation.operation === OperationTypeNode.SUBSCRIPTION
      ? subscribeOperation(core, prepared, this.context, () => this.newContext())
      : executeOperation(core, prepared, this.context);
  }

  format(result: ExecutionResult): FormattedExecutionResult {
    const formatted = formatResult(this.live.core, result, this.context);
    for (const code of formatted.errors ? (this.errorCodes ?? []) : []) this.codes.add(code);
    if (this.release) this.live.subscriptions.sent(this.client.transport);
    return formatted;
  }

  /** Logs the operation and gives its place back. */
  end(): void {
    this.tellAccess(this.release ? 'ended' : undefined);
    this.release?.();
    this.release = null;
    this.context.asker?.answered();
    const { live, client } = this;
    const codes = this.codes.size > 0 ? [...this.codes] : undefined;
    if (codes) live.subscriptions.refused(codes);
    // For other transports the HTTP door logs the request.
    if (client.transport !== 'websocket') return;
    const durationMs = performance.now() - this.start;
    logAnswered(live.log, { ...this.asked(), durationMs, status: 200, codes }, client.requestId);
  }

  private tellAccess(stream?: 'begun' | 'ended'): void {
    const { live, client } = this;
    live.accessLog?.write({ ...this.asked(), ...(stream && { stream }) }, this.reads, client.requestId);
  }

  private asked() {
    const { live, client } = this;
    const operationName = this.operationName ?? undefined;
    const operation = live.hashes.of(this.sent);
    const method = client.transport === 'websocket' ? 'WS' : client.transport.toUpperCase();
    return { method, route: PATH, operationName, operation, caller: client.caller };
  }

  private newContext(): GraphQLContext {
    const { live, client } = this;
    const log = {
      error: (told: object, message: string) => live.log.error({ reqId: client.requestId, ...told }, message),
      debug: (told: object, message: string) => live.log.debug({ reqId: client.requestId, ...told }, message),
    };
    const asker = new Asker(client.caller.subject, client.answer);
    return contextOf(client.caller, live.core, { ...noting(this, log, false), reads: this.reads }, asker);
  }
}

/** The members of a request. Throws a `GraphQLError` if one has a wrong type. */
function readSent(sent: unknown): SentRequest {
  const { query, operationName, variables } = (sent ?? {}) as { [name: string]: unknown };
  const refuse = (message: string) => new GraphQLError(message, { extensions: { code: 'BAD_REQUEST' } });
  if (typeof query !== 'string' || query === '') throw refuse('`query` must be the text of an operation.');
  if (operationName != null && typeof operationName !== 'string') throw refuse('`operationName` must be a string.');
  if (variables != null && (typeof variables !== 'object' || Array.isArray(variables)))
    throw refuse('`variables` must be an object.');
  return { query, operationName: operationName ?? null, variables: variables as SentRequest['variables'] };
}
