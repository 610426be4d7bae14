import { LRUCache } from 'lru-cache';
import type { Caller } from './caller.js';

interface Remembered {
  caller: Caller;
  /** Milliseconds since 1970, both ends of the time in which the token counts. */
  from: number;
  until: number;
}

/**
 * Callers by the text of their verified tokens: a signature check costs about as much as a small request. Bounded:
 * when it is full, the token that was recalled longest ago is forgotten.
 */
export class TokenMemory {
  private readonly entries: LRUCache<string, Remembered>;

  constructor(capacity = 10_000) {
    this.entries = new LRUCache({ max: capacity });
  }

  /** The caller, as long as the clock is within the remembered time; undefined = verify the token again. */
  recall(token: string): Caller | undefined {
    const entry = this.entries.get(token);
    if (!entry) return undefined;
    const now = Date.now();
    if (now >= entry.from && now < entry.until) return entry.caller;
    this.entries.delete(token);
    return undefined;
  }

  /** Times in milliseconds since 1970. Only for tokens whose signature and claims were verified. */
  remember(token: string, caller: Caller, from: number, until: number): void {
    this.entries.set(token, { caller, from, until });
  }
}
