import { setMaxListeners } from 'node:events';
import type { Writable } from 'node:stream';
import { HttpError } from './errors.js';

/** As proxies log it: the client closed the connection before it was answered. */
const CLIENT_CLOSED = 499;

/** Who waits for the answer to one request. */
export class Asker {
  private signal: AbortSignal | null = null;
  private answer: Writable | null;

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
    this.answer = null;
  }

  /** Aborted once nobody waits. Made for who looks at it: most requests are answered before. */
  get gone(): AbortSignal {
    this.signal ??= whenClosed(this.answer);
    return this.signal;
  }
}

function whenClosed(answer: Writable | null): AbortSignal {
  const controller = new AbortController();
  // One for each read of the request, which may have many.
  setMaxListeners(0, controller.signal);
  const abort = () => controller.abort(new HttpError(CLIENT_CLOSED, 'Nobody waits for the answer any more.'));
  if (!answer || answer.destroyed) abort();
  else answer.once('close', abort);
  return controller.signal;
}
