import { setMaxListeners } from 'node:events';
import type { Writable } from 'node:stream';
import { HttpError } from './errors.js';

/** The status that proxies log when the client closed the connection before the response. */
const CLIENT_CLOSED = 499;

/** The client that waits for the response to one request. */
export class Asker {
  private controller: AbortController | null = null;
  private answer: Writable | null;
  private leave: (() => void) | null = null;

  /** `subject`: the caller's; `answer`: the response, which closes when it is sent, or with the client's connection. */
  constructor(
    readonly subject: string,
    answer: Writable,
  ) {
    this.answer = answer;
  }

  /**
   * Drops the response after it has been sent. An object that survives a collection of young objects keeps alive all
   * that it refers to: with the response, each collection took half as long again.
   */
  answered(): void {
    if (this.leave) this.answer?.off('close', this.leave);
    this.answer = null;
  }

  /** Ends the request: nothing more is read for it, and reads under way reject with `reason`. */
  end(reason: Error): void {
    this.watched().abort(reason);
  }

  /**
   * Whether the client has gone, or the request was ended. Stays false until {@link gone} is used or `end` is called.
   */
  get hasEnded(): boolean {
    return this.controller?.signal.aborted === true;
  }

  /** Aborted when the client has gone, or when the request is ended. Made at first use: most requests never need it. */
  get gone(): AbortSignal {
    return this.watched().signal;
  }

  private watched(): AbortController {
    if (this.controller) return this.controller;
    const controller = (this.controller = new AbortController());
    // Each read of the request adds a listener, and there may be many.
    setMaxListeners(0, controller.signal);
    this.leave = () => controller.abort(new HttpError(CLIENT_CLOSED, 'Nobody waits for the answer any more.'));
    if (!this.answer || this.answer.destroyed) this.leave();
    else this.answer.once('close', this.leave);
    return controller;
  }
}
