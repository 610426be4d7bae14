import type { Caller } from '../auth/caller.js';
import type { Asker } from '../domain/asker.js';
import type { Limits } from '../domain/limits.js';
import type { SyncStatus } from '../domain/sync-status.js';
import type { Store } from '../store/store.js';
import type { Reads } from '../store/watched-store.js';
import type { Budget } from './budget.js';
import type { ChangeReader } from './live/change-reader.js';
import type { Loaders } from './loaders.js';
import type { Timing } from './timing.js';

/** What resolvers get: who asks, what they may ask for, and where the answers are. */
export interface GraphQLContext {
  caller: Caller;
  /** Who waits for the answer; absent where nobody in particular does. */
  asker?: Asker;
  /** What the operation may still reach; absent where nobody in particular waits. */
  budget?: Budget;
  store: Store;
  limits: Limits;
  /** The changes of the store, for who follows them; without it each reads the log by itself. */
  changes?: ChangeReader;
  loaders: Loaders;
  /** The store's `createRow`, or what it has given already. */
  create: Store['createRow'];
  /** Takes cost points from the caller's budget; rejects with RATE_LIMITED when it is spent. */
  spend: (points: number) => Promise<void>;
  /** How far the records of Microsoft Graph have been fetched; absent where none are. */
  readSyncStatus?: () => Promise<SyncStatus>;
  /** Whether what sends the answer takes the bytes of its text, too, where they come sooner. */
  takesBytes?: boolean;
  /** What the request has read, where note is taken of that. */
  reads?: Reads;
  /** What the request's time goes into, where that is wanted. */
  timing?: Timing;
  /** Logs a failure that the client does not get to see, under the request's id. */
  logFailure(error: unknown): void;
  /** Tells the request log which operation ran. */
  noteOperation(name: string | null): void;
  /** Tells the log why resolvers execute an operation, and no compiled plan. */
  noteBailout?(reason: string): void;
  /** Tells the request log and the metrics the codes of the errors in the answer. */
  noteErrors?(codes: readonly string[]): void;
}
