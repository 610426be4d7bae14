import type { Asker } from '../../domain/asker.js';
import { FairQueue } from '../../domain/fair-queue.js';

/** How many run at the same time: other reads never wait for more, and the machine has room for them. */
export const LONG_READS_AT_ONCE = 2;

/**
 * How many reads may wait: for one caller as many as the request with the most lists needs, and in all as many as a few
 * such callers need. Each holds its statement, a connection, and the part of its request's answer that is done.
 */
const ROOM = { ofCaller: 200, inAll: 1_000 };

interface Waiting {
  begin: () => void;
  reject: (error: Error) => void;
}

/**
 * Runs a few long reads at a time; a long one delays only other long ones. Callers take turns. A read whose client has
 * gone is not begun; one under way runs to its end. The number that may wait is limited for each caller and in all; more
 * are refused.
 */
export class LongReads {
  private readonly waiting = new FairQueue<Waiting>('reads that take long', ROOM);
  private running = 0;

  /** How many reads wait for their turn. */
  get waitingCount(): number {
    return this.waiting.size;
  }

  /**
   * Rejects with the reason of the asker's signal if that is aborted before the read has begun. Rejects with
   * RATE_LIMITED if too many reads of the asker wait, and with SERVICE_UNAVAILABLE if too many wait in all.
   */
  async run<Result>(read: () => Promise<Result>, asker?: Asker): Promise<Result> {
    asker?.gone.throwIfAborted();
    if (this.running === LONG_READS_AT_ONCE) await this.turnOf(asker);
    else this.running += 1;
    try {
      return await read();
    } finally {
      const next = this.waiting.next();
      if (next) next.begin();
      else this.running -= 1;
    }
  }

  /** Rejects the reads that wait. */
  refuseWaiting(error: Error): void {
    for (let one = this.waiting.next(); one; one = this.waiting.next()) one.reject(error);
  }

  private turnOf(asker?: Asker): Promise<void> {
    const whose = asker?.subject ?? '';
    return new Promise((begin, reject) => {
      const waiting = { begin, reject };
      this.waiting.add(whose, waiting);
      asker?.gone.addEventListener('abort', () => {
        if (this.waiting.remove(whose, waiting)) reject(asker.gone.reason as Error);
      });
    });
  }
}
