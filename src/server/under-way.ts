import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Known } from './request-log.js';

/** The requests of a server that are being answered, by their answers. */
export class UnderWay {
  private readonly answers = new Map<ServerResponse, (() => Known) | null>();
  /** Answered before they had arrived: what of their bodies still comes is thrown away. */
  private readonly unread = new Set<IncomingMessage>();

  /** How many there are. */
  get size(): number {
    return this.answers.size;
  }

  /** From now on, until its answer has been sent or its connection is gone. */
  begin(answer: ServerResponse): void {
    this.answers.set(answer, null);
    answer.once('close', () => {
      this.answers.delete(answer);
      const { req: request } = answer;
      if (!request.complete && !request.destroyed) this.unread.add(request);
    });
  }

  /** How to tell of one, for who has to name it. */
  describe(answer: ServerResponse, describe: () => Known): void {
    if (this.answers.has(answer)) this.answers.set(answer, describe);
  }

  /** All of them. */
  told(): Known[] {
    return [...this.answers].map(([{ req }, describe]) => describe?.() ?? { method: req.method ?? '' });
  }

  /** Those of which a part is still to come; with what they are answered by, null where they have been. */
  *arriving(): Generator<{ request: IncomingMessage; answer: ServerResponse | null }> {
    for (const answer of this.answers.keys()) if (!answer.req.complete) yield { request: answer.req, answer };
    for (const request of this.unread) {
      if (request.complete || request.socket.destroyed) this.unread.delete(request);
      else yield { request, answer: null };
    }
  }
}
