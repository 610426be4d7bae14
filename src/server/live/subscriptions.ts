import { Counter, Gauge, type Registry } from 'prom-client';
import type { Caller } from '../../auth/caller.js';
import { CallRecordsError } from '../../domain/errors.js';
import type { Limits } from '../../domain/limits.js';

/** How a stream of results reaches a client. */
export type Transport = 'websocket' | 'sse' | 'multipart';

/** Seconds until a caller with too many subscriptions may try again. */
const RETRY_AFTER_SECONDS = 10;
/** The clock skew that a token is allowed, as for other requests. */
const SKEW_MS = 60_000;
/** The longest delay of a timer in Node. */
const LONGEST_MS = 2 ** 31 - 1;

/** The subscriptions of this process, counted per caller and ended together. */
export class Subscriptions {
  private readonly counts = new Map<string, number>();
  private readonly enders = new Set<() => void>();
  private readonly running: Gauge;
  private readonly results: Counter;
  private isClosing = false;

  /** `refused` counts the error codes that are sent. */
  constructor(
    private readonly limits: Pick<Limits, 'maxSubscriptions'>,
    registry: Registry,
    readonly refused: (codes: readonly string[]) => void,
  ) {
    const labelNames = ['transport'];
    const registers = [registry];
    this.running = new Gauge({
      name: 'callrecords_subscriptions',
      help: 'Subscriptions that run.',
      labelNames,
      registers,
    });
    this.results = new Counter({
      name: 'callrecords_subscription_results_total',
      help: 'Results sent to subscribers, checkpoints included.',
      labelNames,
      registers,
    });
  }

  /**
   * Counts one more subscription of the caller; returns a function that gives the place back. Throws RATE_LIMITED if
   * the caller has as many as allowed.
   */
  begin({ caller: { subject }, transport }: { caller: Caller; transport: Transport }): () => void {
    const { maxSubscriptions } = this.limits;
    const count = this.counts.get(subject) ?? 0;
    if (count >= maxSubscriptions)
      throw new CallRecordsError(
        'RATE_LIMITED',
        `At most ${maxSubscriptions} subscriptions of one caller may run at once (MAX_SUBSCRIPTIONS); end one.`,
        { retryAfterSeconds: RETRY_AFTER_SECONDS },
      );
    this.counts.set(subject, count + 1);
    this.running.inc({ transport });
    return () => {
      const left = (this.counts.get(subject) ?? 1) - 1;
      if (left > 0) this.counts.set(subject, left);
      else this.counts.delete(subject);
      this.running.dec({ transport });
    };
  }

  /** Counts a result. */
  sent(transport: Transport): void {
    this.results.inc({ transport });
  }

  /** Calls `end` when the server shuts down, or at once if it already does; returns a function that takes it back. */
  onClose(end: () => void): () => void {
    if (this.isClosing) end();
    else this.enders.add(end);
    return () => this.enders.delete(end);
  }

  close(): void {
    this.isClosing = true;
    for (const end of this.enders) end();
    this.enders.clear();
  }
}

/** Calls `end` when the caller's token has expired; returns a function that takes it back. */
export function whenExpired({ expiresAt }: Caller, end: () => void): () => void {
  if (expiresAt === Infinity) return () => undefined;
  // A token that has expired already counts only because of the skew, and ends with it.
  const at = expiresAt > Date.now() ? expiresAt : expiresAt + SKEW_MS;
  let timer: NodeJS.Timeout;
  const wait = () => {
    const leftMs = at - Date.now();
    timer = setTimeout(leftMs > LONGEST_MS ? wait : end, Math.min(Math.max(leftMs, 0), LONGEST_MS)).unref();
  };
  wait();
  return () => clearTimeout(timer);
}
