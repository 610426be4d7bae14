import type { FastifyBaseLogger } from 'fastify';
import { pino } from 'pino';
import type { Caller } from '../auth/caller.js';
import type { Reads } from '../store/watched-store.js';
import type { Asked } from './request-log.js';

/** Only the owner may read who was called by whom, and who has looked it up. */
const OWNER_ONLY = 0o600;

/** What is logged of a request, apart from what it has read. */
type Told = Pick<Asked, 'method' | 'route' | 'operationName' | 'operation'> & {
  caller: Caller | null;
  status?: number;
  /** Set for streams only, which are logged both when they begin and when they end. */
  stream?: 'begun' | 'ended';
};

/**
 * Logs who has read whose calls: one line of JSON for each request that read any. A line is written
 * synchronously when the response is sent.
 */
export class AccessLog {
  private readonly destination: ReturnType<typeof pino.destination>;

  /** `where`: `stdout` or `file:PATH`. */
  constructor(where: string, log: Pick<FastifyBaseLogger, 'error'>) {
    const options = where === 'stdout' ? { dest: 1 } : { dest: where.slice('file:'.length), mkdir: true, append: true };
    this.destination = pino.destination({ ...options, mode: OWNER_ONLY, sync: true });
    this.destination.on('error', (err) => log.error({ err }, 'access not logged'));
  }

  write({ caller, stream, ...asked }: Told, reads: Reads, requestId: string): void {
    if (!reads.hasRead && stream === undefined) return;
    const { method, route, operationName, operation, status } = asked;
    const line = {
      time: new Date().toISOString(),
      subject: caller?.subject,
      application: caller?.application ?? undefined,
      user: caller?.visibleTo ?? undefined,
      requestId,
      ...{ method, route, operationName, operation, status, stream },
      records: reads.records,
      people: [...reads.people],
    };
    this.destination.write(`${JSON.stringify(line)}\n`);
  }

  close(): void {
    this.destination.end();
  }
}
