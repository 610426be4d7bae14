import { LRUCache } from 'lru-cache';
import type { Caller } from './caller.js';

interface Remembered {
  caller: Caller;
  /** The time in which the token counts, in milliseconds since 1970; `until` is not included. */
  from: number;
  until: number;
}

/**
 * Callers by the text of their verified tokens: checking a signature costs about as much as a small request. Bounded:
 * when it is full, the least recently used token is forgotten.
 */
export class TokenMemory {
  private readonly entries: LRUCache<string, Remembered>;

  constructor(capacity = 10_000) {
    this.entries = new LRUCache({ max: capacity });
  }

  /** The caller, if the clock is within the remembered time; undefined means that the token must be verified again. */
  recall(token: string): Caller | undefined {
    const entry = this.entries.get(token);
    if (!entry) return undefined;
    const now = Date.now();
    if (now >= entry.from && now < entry.until) return entry.caller;
    this.entries.delete(token);
    return undefined;
  }

  /** Remembers a token whose signature and claims were verified. Times in milliseconds since 1970. */
  remember(token: string, caller: Caller, from: number, until: number): void {
    this.entries.set(token, { caller, from, until });
  }
}
