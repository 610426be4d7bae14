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

/** The context of resolvers: the caller, the caller's rights, and the sources of answers. */
export interface GraphQLContext {
  caller: Caller;
  /** The client that waits for the answer; absent if none does. */
  asker?: Asker;
  /** The limits that are left to the operation; absent if no client waits. */
  budget?: Budget;
  store: Store;
  limits: Limits;
  /** The changes of the store, for subscriptions. Without it each subscription reads the log by itself. */
  changes?: ChangeReader;
  loaders: Loaders;
  /** The store's `createRow`, or the row that it has given already. */
  create: Store['createRow'];
  /** Takes cost points from the caller's budget; rejects with RATE_LIMITED when it is spent. */
  spend: (points: number) => Promise<void>;
  /** The progress of fetching records from Microsoft Graph; absent if none are fetched. */
  readSyncStatus?: () => Promise<SyncStatus>;
  /** Whether the sender of the answer also takes its text as bytes, if these are ready sooner. */
  takesBytes?: boolean;
  /** Notes the reads of the request, if they are logged. */
  reads?: Reads;
  /** Measures the parts of the request's time, if they are wanted. */
  timing?: Timing;
  /** Logs a failure that the client does not see, with the request's id. */
  logFailure(error: unknown): void;
  /** Tells the request log which operation ran. */
  noteOperation(name: string | null): void;
  /** Logs why resolvers execute an operation instead of a compiled plan. */
  noteBailout?(reason: string): void;
  /** Tells the request log and the metrics the codes of the errors in the answer. */
  noteErrors?(codes: readonly string[]): void;
}
