import type { FastifyInstance } from 'fastify';
import type { Store } from '../store/store.js';

const REMEMBERED_MS = 1_000;
/** A probe that waits longer has given up before. */
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

/** `/health/live`: the process answers. `/health/ready`: the store can be read and written, found out at most once a second. */
export function registerHealth(app: FastifyInstance, store: Store): void {
  let latest: { at: number; check: Promise<void> } | null = null;
  const check = () => {
    if (latest === null || Date.now() - latest.at > REMEMBERED_MS)
      latest = { at: Date.now(), check: within(store.check()) };
    return latest.check;
  };
  app.get('/health/live', async () => ({ status: 'ok' }));
  app.get('/health/ready', async (request, reply) => {
    try {
      await check();
      return { status: 'ok' };
    } catch (error) {
      request.log.error({ err: error }, 'the store cannot be used');
      return reply.code(503).header('retry-after', '1').send({ status: 'unavailable' });
    }
  });
}
