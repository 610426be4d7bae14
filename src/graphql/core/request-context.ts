import type { Caller } from '../../auth/caller.js';
import type { Asker } from '../../domain/asker.js';
import type { Limits } from '../../domain/limits.js';
import type { Spend } from '../../domain/spending.js';
import type { Store } from '../../store/store.js';
import { Reads, watchedStore } from '../../store/watched-store.js';
import { Budget } from '../budget.js';
import type { GraphQLContext } from '../context.js';
import type { DocumentGuard } from '../document-guard.js';
import type { ChangeReader } from '../live/change-reader.js';
import { Loaders } from '../loaders.js';
import { newTiming, timedStore } from '../timing.js';
import type { Executor } from './executor.js';

/** The parts that execute operations, the same for every door. */
export interface Core {
  executor: Executor;
  guard: DocumentGuard;
  store: Store;
  changes: ChangeReader;
  limits: Limits;
  spend: Spend;
  /** The progress of fetching records from Microsoft Graph; absent if none are fetched. */
  readSyncStatus?: GraphQLContext['readSyncStatus'];
  /** Whether the reads of each request are noted. */
  watchesReads: boolean;
  /** Whether the time of each request is measured, for the header `Server-Timing`. */
  tellsTiming: boolean;
}

/** The part of a request's context that a door brings: where failures, names and error codes are reported. */
export type Sender = Pick<
  GraphQLContext,
  'takesBytes' | 'logFailure' | 'noteBailout' | 'noteOperation' | 'noteErrors' | 'reads'
>;

/** The notes on a request for the log and the metrics. */
export interface Notes {
  operationName: string | null;
  errorCodes: readonly string[] | null;
}

interface Log {
  error(told: object, message: string): void;
  debug(told: object, message: string): void;
}

/** Collects the notes on a request, for its door. `takesBytes`: see the context. */
export function noting(notes: Notes, log: Log, takesBytes: boolean): Sender {
  return {
    takesBytes,
    logFailure: (error) => log.error({ err: error }, 'request failed'),
    noteBailout: (reason) => log.debug({ reason }, 'not compiled'),
    noteOperation: (name) => {
      notes.operationName = name;
    },
    noteErrors: (codes) => {
      notes.errorCodes = codes;
    },
  };
}

/** The context of resolvers for one operation, or for all operations of one HTTP request. */
export function contextOf(caller: Caller, core: Core, sender: Sender, asker: Asker): GraphQLContext {
  const { limits, spend } = core;
  const timing = core.tellsTiming ? newTiming() : undefined;
  let total = 0;
  const timed = timing ? timedStore(core.store, timing) : core.store;
  const reads = core.watchesReads ? (sender.reads ?? new Reads()) : undefined;
  const store = reads ? watchedStore(timed, reads) : timed;
  const budget = new Budget(limits, asker);
  return {
    caller,
    asker,
    budget,
    store,
    limits,
    changes: core.changes,
    ...(timing && { timing }),
    ...(core.readSyncStatus && { readSyncStatus: core.readSyncStatus }),
    loaders: new Loaders(store, caller.visibleTo, budget),
    spend: (points) => spend(caller.subject, points, (total += points)),
    create: (input, options) => store.createRow(input, options),
    ...sender,
    ...(reads && { reads }),
  };
}
