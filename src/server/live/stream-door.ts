import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ExecutionResult } from 'graphql';
import type { Caller } from '../../auth/caller.js';
import { CallRecordsError } from '../../domain/errors.js';
import { stringifyResult } from '../../graphql/compiled/json-text.js';
import { requestError } from '../../graphql/core/run.js';
import type { Framing } from './framings.js';
import { type LiveDoor, LiveOperation } from './live-operation.js';
import { whenExpired } from './subscriptions.js';

/** Why a stream ends before its last result. */
type Reason = 'expired' | 'closing' | 'gone';

/** Responds to an operation with a stream of its results; an operation that is no subscription has one result. */
export async function answerStream(
  live: LiveDoor,
  framing: Framing,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  reply.hijack();
  request.isStream = true;
  const response = reply.raw;
  const headers = { ...reply.getHeaders(), 'content-type': framing.contentType, 'x-accel-buffering': 'no' };
  response.writeHead(200, headers as Record<string, string>);
  const caller = request.caller as Caller;
  const client = { caller, answer: response, transport: framing.transport, requestId: request.id };
  const operation = new LiveOperation(live, client);
  const stream = new ResultStream(live, framing, response);
  try {
    await stream.write(framing.begin);
    const prepared = await operation.prepare(readSent(request));
    const results = 'errors' in prepared ? prepared : await operation.run(prepared);
    await stream.send(Symbol.asyncIterator in results ? results : one(results), caller, operation);
  } catch (error) {
    request.log.error({ err: error }, 'request failed');
    response.destroy();
  } finally {
    request.operationName = operation.operationName;
    request.errorCodes ??= operation.errorCodes;
    operation.end();
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Whether the response is a stream. Its duration is the client's choice and says nothing about our speed. */
    isStream: boolean;
  }
}

/** The operation that was sent: in the body, or in the URL if it changes nothing. */
function readSent({ method, body, query }: FastifyRequest): unknown {
  if (method !== 'GET') return body;
  const { variables, ...sent } = query as { [name: string]: unknown };
  if (typeof variables !== 'string') return sent;
  try {
    return { ...sent, variables: JSON.parse(variables) as unknown };
  } catch {
    return { ...sent, variables };
  }
}

async function* one(result: ExecutionResult): AsyncGenerator<ExecutionResult, void> {
  yield result;
}

/** The body of a response that is a stream of results. */
class ResultStream {
  private ended: Reason | null = null;

  constructor(
    private readonly live: LiveDoor,
    private readonly framing: Framing,
    private readonly response: ServerResponse,
  ) {}

  /** Sends the results as fast as the client reads them, and says why they end. */
  async send(results: AsyncIterableIterator<ExecutionResult>, caller: Caller, operation: LiveOperation): Promise<void> {
    const { live, framing, response } = this;
    const end = (reason: Reason) => {
      this.ended ??= reason;
      void results.return?.();
    };
    const left = () => end('gone');
    response.once('close', left);
    if (response.destroyed) left();
    const undo = [live.subscriptions.onClose(() => end('closing')), whenExpired(caller, () => end('expired'))];
    const keepAlive = setInterval(() => this.keepAlive(), live.keepAliveMs);
    try {
      for await (const result of results) {
        if (this.ended) break;
        await this.write(framing.next((await stringifyResult(operation.format(result))).trimEnd()));
      }
      await this.finish(operation);
    } finally {
      clearInterval(keepAlive);
      for (const one of undo) one();
      response.off('close', left);
    }
  }

  private async finish(operation: LiveOperation): Promise<void> {
    const { framing, response } = this;
    // Without the last part, clients take the response for cut off and connect again.
    if (this.ended === 'expired') {
      const error = new CallRecordsError('UNAUTHENTICATED', 'The token has expired; come back with a fresh one.');
      await this.write(framing.failed(operation.format({ errors: [requestError(error)] })));
    }
    if (this.ended !== 'closing') await this.write(framing.complete);
    response.end();
  }

  /** Resolves when the client has taken enough of the text. A client that does not read in time is cut off. */
  async write(text: string): Promise<void> {
    const { response, live } = this;
    if (response.destroyed || response.write(text)) return;
    await new Promise<void>((resolve) => {
      const late = setTimeout(() => response.destroy(), live.readsWithinMs);
      const go = () => {
        clearTimeout(late);
        response.off('drain', go).off('close', go);
        resolve();
      };
      response.on('drain', go).on('close', go);
    });
  }

  private keepAlive(): void {
    if (!this.response.destroyed && !this.response.writableNeedDrain) this.response.write(this.framing.keepAlive);
  }
}
