import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Known } from './request-log.js';

/** The requests of a server that have no complete response yet, by their response. */
export class UnderWay {
  private readonly answers = new Map<ServerResponse, (() => Known) | null>();
  /** Requests that got their response before they had arrived. The rest of their bodies is discarded. */
  private readonly unread = new Set<IncomingMessage>();

  get size(): number {
    return this.answers.size;
  }

  /** Adds a request, until its response has been sent or its connection has closed. */
  begin(answer: ServerResponse): void {
    this.answers.set(answer, null);
    answer.once('close', () => {
      this.answers.delete(answer);
      const { req: request } = answer;
      if (!request.complete && !request.destroyed) this.unread.add(request);
    });
  }

  /** Sets the function that describes a request for the log. */
  describe(answer: ServerResponse, describe: () => Known): void {
    if (this.answers.has(answer)) this.answers.set(answer, describe);
  }

  /** Describes all of them for the log. */
  told(): Known[] {
    return [...this.answers].map(([{ req }, describe]) => describe?.() ?? { method: req.method ?? '' });
  }

  /** The requests of which a part is still to come, each with its response; null if that has already been sent. */
  *arriving(): Generator<{ request: IncomingMessage; answer: ServerResponse | null }> {
    for (const answer of this.answers.keys()) if (!answer.req.complete) yield { request: answer.req, answer };
    for (const request of this.unread) {
      if (request.complete || request.socket.destroyed) this.unread.delete(request);
      else yield { request, answer: null };
    }
  }
}
