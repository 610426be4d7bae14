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

/** What answers operations, the same for every door. */
export interface Core {
  executor: Executor;
  guard: DocumentGuard;
  store: Store;
  changes: ChangeReader;
  limits: Limits;
  spend: Spend;
  /** How far the records of Microsoft Graph have been fetched; absent where none are. */
  readSyncStatus?: GraphQLContext['readSyncStatus'];
  /** Whether note is taken of what each request reads. */
  watchesReads: boolean;
  /** Whether the time of each request is measured, to be told in `Server-Timing`. */
  tellsTiming: boolean;
}

/** What a door brings to the context of one request: where its failures, names and error codes are told. */
export type Sender = Pick<
  GraphQLContext,
  'takesBytes' | 'logFailure' | 'noteBailout' | 'noteOperation' | 'noteErrors' | 'reads'
>;

/** What the log and the metrics tell of a request. */
export interface Notes {
  operationName: string | null;
  errorCodes: readonly string[] | null;
}

interface Log {
  error(told: object, message: string): void;
  debug(told: object, message: string): void;
}

/** What is noted of a request, for the door that answers it; `takesBytes`: see the context. */
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

/** What resolvers get for one operation, or for all of one HTTP request. */
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
