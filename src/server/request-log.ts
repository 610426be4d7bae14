import type { FastifyBaseLogger } from 'fastify';
import { pino, type SerializedError } from 'pino';
import { type Caller, callerKind } from '../auth/caller.js';

const BUFFER_BYTES = 16_000;
const FLUSH_EVERY_MS = 200;

/**
 * The log, to standard output. Lines are written together, a fraction of a second later at most: one write for each
 * would take as long as answering from the database. The end of the process writes what is left.
 */
export function openLog(level: string) {
  return pino({ level, base: null, serializers: { err: describeFailure } }, (standardOutput ??= openStandardOutput()));
}

/** One for all logs of the process. */
let standardOutput: ReturnType<typeof pino.destination> | undefined;

function openStandardOutput() {
  const destination = pino.destination({ sync: false, minLength: BUFFER_BYTES, periodicFlush: FLUSH_EVERY_MS });
  // Here it notices that nobody reads any more; at the exit itself it would try without end.
  process.once('beforeExit', () => destination.flush());
  return destination;
}

/** What an error may tell in the log. Databases add to theirs the row that failed, with names in it. */
const TOLD = new Set(
  'type message stack code errno syscall address port severity schema table column constraint'.split(' '),
);

function describeFailure(error: Error): object {
  const described = pino.stdSerializers.err(error);
  // What was thrown and is no error comes back as it is.
  return (described as unknown) === error ? described : whatIsTold(described);
}

function whatIsTold(described: SerializedError): object {
  const told = Object.fromEntries(Object.entries(described).filter(([name]) => TOLD.has(name)));
  const errors = described.aggregateErrors as SerializedError[] | undefined;
  return errors ? { ...told, aggregateErrors: errors.map(whatIsTold) } : told;
}

/** A request as the log and the metrics tell it: nothing of its query string or body, and of its caller the kind. */
export interface Asked {
  method: string;
  route: string | undefined;
  operationName: string | undefined;
  /** See {@link OperationHashes}. */
  operation: string | undefined;
  caller: Caller | null;
  /** Since it came. */
  durationMs: number;
}

/** A request that was answered. */
export interface Answered extends Asked {
  status: number;
  /** Of the errors in the answer, each once. */
  codes: readonly string[] | undefined;
}

/** What is known of a request that is under way: of one that no door has looked at, its method. */
export type Known = Partial<Asked> & { method: string; reqId?: string };

/** Takes note of a request that was answered. */
export type Observer = (answered: Answered) => void;

/** One line for each request. */
export function logAnswered(log: Pick<FastifyBaseLogger, 'info'>, answered: Answered, reqId?: string): void {
  const { method, route, operationName, operation, caller, codes, status, durationMs } = answered;
  // Written out, as to spread an object takes longer than to write the line. What is undefined is left out.
  log.info(
    {
      reqId,
      method,
      route,
      operationName,
      operation,
      caller: callerKind(caller),
      codes,
      status,
      durationMs: rounded(durationMs),
    },
    'request',
  );
}

/** One line for a request that is given up. */
export function logCut(log: Pick<FastifyBaseLogger, 'warn'>, { caller = null, durationMs = 0, ...known }: Known): void {
  log.warn({ ...known, caller: callerKind(caller), durationMs: rounded(durationMs) }, 'cut');
}

const rounded = (ms: number) => Math.round(ms * 1000) / 1000;
