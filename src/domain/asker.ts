import { setMaxListeners } from 'node:events';
import type { Writable } from 'node:stream';
import { HttpError } from './errors.js';

/** As proxies log it: the client closed the connection before it was answered. */
const CLIENT_CLOSED = 499;

/** Who waits for the answer to one request. */
export class Asker {
  private controller: AbortController | null = null;
  private answer: Writable | null;
  private leave: (() => void) | null = null;

  /** `subject`: the caller's; `answer`: closes once it is sent, or with the client's connection. */
  constructor(
    readonly subject: string,
    answer: Writable,
  ) {
    this.answer = answer;
  }

  /**
   * Lets go of the answer, which has been sent. What is held through a collection of young objects keeps all that it leads
   * to: with the answer it took half as long again to collect them.
   */
  answered(): void {
    if (this.leave) this.answer?.off('close', this.leave);
    this.answer = null;
  }

  /** Ends the request: nothing more is read for it, and reads under way reject with `reason`. */
  end(reason: Error): void {
    this.watched().abort(reason);
  }

  /** Whether nobody waits any more, or the request was ended: false before that was looked at. */
  get hasEnded(): boolean {
    return this.controller?.signal.aborted === true;
  }

  /** Aborted once nobody waits, or when the request is ended. Made when first looked at: most requests never do. */
  get gone(): AbortSignal {
    return this.watched().signal;
  }

  private watched(): AbortController {
    if (this.controller) return this.controller;
    const controller = (this.controller = new AbortController());
    // One for each read of the request, which may have many.
    setMaxListeners(0, controller.signal);
    this.leave = () => controller.abort(new HttpError(CLIENT_CLOSED, 'Nobody waits for the answer any more.'));
    if (!this.answer || this.answer.destroyed) this.leave();
    else this.answer.once('close', this.leave);
    return controller;
  }
}
