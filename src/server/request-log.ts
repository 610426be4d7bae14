import type { FastifyBaseLogger } from 'fastify';
import { pino, type SerializedError } from 'pino';
import { type Caller, callerKind } from '../auth/caller.js';

const BUFFER_BYTES = 16_000;
const FLUSH_EVERY_MS = 200;

/**
 * The log, on standard output. Lines are collected and written at most a fraction of a second later: one write per line
 * would take as long as reading from the database. The rest is written when the process ends.
 */
export function openLog(level: string) {
  return pino({ level, base: null, serializers: { err: describeFailure } }, (standardOutput ??= openStandardOutput()));
}

/** Shared by all logs of the process. */
let standardOutput: ReturnType<typeof pino.destination> | undefined;

function openStandardOutput() {
  const destination = pino.destination({ sync: false, minLength: BUFFER_BYTES, periodicFlush: FLUSH_EVERY_MS });
  // Here it notices that nobody reads any more. At the exit itself it would try for ever.
  process.once('beforeExit', () => destination.flush());
  return destination;
}

/** The members of an error that are logged. Databases add the row that failed to theirs, with names in it. */
const TOLD = new Set(
  'type message stack code errno syscall address port severity schema table column constraint'.split(' '),
);

function describeFailure(error: Error): object {
  const described = pino.stdSerializers.err(error);
  // A thrown value that is not an error comes back unchanged.
  return (described as unknown) === error ? described : whatIsTold(described);
}

function whatIsTold(described: SerializedError): object {
  const told = Object.fromEntries(Object.entries(described).filter(([name]) => TOLD.has(name)));
  const errors = described.aggregateErrors as SerializedError[] | undefined;
  return errors ? { ...told, aggregateErrors: errors.map(whatIsTold) } : told;
}

/**
 * What the log and the metrics hold of a request: nothing of its query string or body, and only the kind of its caller.
 */
export interface Asked {
  method: string;
  route: string | undefined;
  operationName: string | undefined;
  /** See {@link OperationHashes}. */
  operation: string | undefined;
  caller: Caller | null;
  /** Since the request came. */
  durationMs: number;
}

/** A request that was answered. */
export interface Answered extends Asked {
  status: number;
  /** The codes of the errors in the response, each once. */
  codes: readonly string[] | undefined;
}

/** What is known of a request under way. Before a door has seen it, that is its method. */
export type Known = Partial<Asked> & { method: string; reqId?: string };

/** Counts a request that got its response. */
export type Observer = (answered: Answered) => void;

/** Logs one line for a request. */
export function logAnswered(log: Pick<FastifyBaseLogger, 'info'>, answered: Answered, reqId?: string): void {
  const { method, route, operationName, operation, caller, codes, status, durationMs } = answered;
  // Each member is written out: spreading the object takes longer than writing the line. Undefined members are left
  // out.
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

/** Logs one line for a request that is given up. */
export function logCut(log: Pick<FastifyBaseLogger, 'warn'>, { caller = null, durationMs = 0, ...known }: Known): void {
  log.warn({ ...known, caller: callerKind(caller), durationMs: rounded(durationMs) }, 'cut');
}

const rounded = (ms: number) => Math.round(ms * 1000) / 1000;
