import type { FastifyBaseLogger } from 'fastify';
import { pino } from 'pino';

const BUFFER_BYTES = 16_000;
const FLUSH_EVERY_MS = 200;

/**
 * The log, to standard output. Lines are written together, a fraction of a second later at most: one write for each
 * would take as long as answering from the database. The end of the process writes what is left.
 */
export function openLog(level: string) {
  const destination = pino.destination({ sync: false, minLength: BUFFER_BYTES, periodicFlush: FLUSH_EVERY_MS });
  return pino({ level, base: null, serializers: { err: pino.stdSerializers.err } }, destination);
}

/** A request that was answered, as the log and the metrics tell it: nothing of its query string, body or caller. */
export interface Answered {
  method: string;
  route: string | undefined;
  operationName: string | undefined;
  status: number;
  durationMs: number;
}

/** Takes note of a request that was answered. */
export type Observer = (answered: Answered) => void;

/** One line for each request. */
export function logAnswered(
  log: Pick<FastifyBaseLogger, 'info'>,
  { method, route, operationName, status, durationMs: exact }: Answered,
  reqId?: string,
): void {
  const durationMs = Math.round(exact * 1000) / 1000;
  // Written out, as to spread an object takes longer than to write the line. What is undefined is left out.
  log.info({ reqId, method, route, operationName, status, durationMs }, 'request');
}
