import type { FastifyBaseLogger } from 'fastify';

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
export function logAnswered(log: Pick<FastifyBaseLogger, 'info'>, answered: Answered, reqId?: string): void {
  const durationMs = Math.round(answered.durationMs * 1000) / 1000;
  log.info({ ...(reqId !== undefined && { reqId }), ...answered, durationMs }, 'request');
}
