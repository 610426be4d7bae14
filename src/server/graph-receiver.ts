import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { parseJson } from '../platform/json.js';
import type { SyncQueue } from '../store/write/sync-queue.js';
import { takeLifecycle, takeNotifications } from '../sync/subscription.js';

/** What takes a body of Graph's; resolves to how much of it counts. */
type Take = (queue: SyncQueue, body: unknown, now: number) => Promise<number>;

/**
 * Where Graph announces calls: it is answered when the ids are on disk, and nothing is fetched before. `onTaken` is told
 * that there is something to fetch.
 */
export async function registerGraphReceiver(
  app: FastifyInstance,
  queue: SyncQueue,
  onTaken: () => void,
): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // Graph checks an address with a text, and sends JSON later.
    scope.addContentTypeParser('*', { parseAs: 'string' }, async (_request: FastifyRequest, body: string) => body);
    scope.post('/graph/notifications', answerWith(takeNotifications));
    scope.post('/graph/lifecycle', answerWith(takeLifecycle));
  });

  function answerWith(take: Take) {
    return async (request: FastifyRequest, reply: FastifyReply) => {
      const { validationToken } = request.query as { validationToken?: unknown };
      // Opaque, and never to be shown as a page.
      if (typeof validationToken === 'string')
        return reply.type('text/plain').header('x-content-type-options', 'nosniff').send(validationToken);
      let body: unknown;
      try {
        body = parseJson(typeof request.body === 'string' ? request.body : '');
      } catch {
        return reply.code(400).send();
      }
      try {
        if ((await take(queue, body, Date.now())) > 0) onTaken();
        return reply.code(202).send();
      } catch (error) {
        request.log.error({ err: error }, 'notifications were not stored');
        // Graph sends them again.
        return reply.code(503).header('retry-after', '5').send();
      }
    };
  }
}
