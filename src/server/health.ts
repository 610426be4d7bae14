import type { FastifyInstance } from 'fastify';
import type { Store } from '../store/store.js';

const REMEMBERED_MS = 1_000;
/** Short, so that a store that is back is noticed soon. */
const FAILURE_REMEMBERED_MS = 250;
/** Probes that wait longer have usually given up. */
const ANSWER_WITHIN_MS = 1_000;

async function within(check: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`the store did not answer within ${ANSWER_WITHIN_MS} ms`)),
      ANSWER_WITHIN_MS,
    );
  });
  try {
    await Promise.race([check, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * `/health/live`: the process responds. `/health/ready`: the store can be read and written. That is checked at most
 * once a second, or four times a second while it fails. `/health`: the same as `/health/ready`, for probes that know no
 * other path.
 */
export function registerHealth(app: FastifyInstance, store: Store): void {
  let latest: { until: number; check: Promise<void> } | null = null;
  const check = () => {
    if (latest === null || Date.now() > latest.until) {
      const started = { until: Date.now() + REMEMBERED_MS, check: within(store.check()) };
      started.check.catch(() => (started.until = Date.now() + FAILURE_REMEMBERED_MS));
      latest = started;
    }
    return latest.check;
  };
  app.get('/health/live', async () => ({ status: 'ok' }));
  for (const path of ['/health', '/health/ready']) {
    app.get(path, async (request, reply) => {
      try {
        await check();
        return { status: 'ok' };
      } catch (error) {
        request.log.error({ err: error }, 'the store cannot be used');
        return reply.code(503).header('retry-after', '1').send({ status: 'unavailable' });
      }
    });
  }
}
