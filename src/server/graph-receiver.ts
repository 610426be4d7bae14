import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { parseJson } from '../platform/json.js';
import type { SyncQueue } from '../store/write/sync-queue.js';
import { takeLifecycle, takeNotifications } from '../sync/subscription.js';

/** Puts the body of a notification into the queue; resolves to how many of its notifications count. */
type Take = (queue: SyncQueue, body: unknown, now: number) => Promise<number>;

/**
 * The path to which Graph sends notifications of calls. The response is sent when the ids are on disk; fetching comes
 * later. `onTaken` is called when there is something to fetch.
 */
export async function registerGraphReceiver(
  app: FastifyInstance,
  queue: SyncQueue,
  onTaken: () => void,
): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // Graph validates the address with plain text, and sends JSON later.
    scope.addContentTypeParser('*', { parseAs: 'string' }, async (_request: FastifyRequest, body: string) => body);
    scope.post('/graph/notifications', answerWith(takeNotifications));
    scope.post('/graph/lifecycle', answerWith(takeLifecycle));
  });

  function answerWith(take: Take) {
    return async (request: FastifyRequest, reply: FastifyReply) => {
      const { validationToken } = request.query as { validationToken?: unknown };
      // Plain text: the token is opaque and must never be shown as a page.
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
        // Graph sends the notifications again.
        return reply.code(503).header('retry-after', '5').send();
      }
    };
  }
}
