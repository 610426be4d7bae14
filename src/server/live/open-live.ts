import type { FastifyInstance } from 'fastify';
import type { Config } from '../../config.js';
import type { Upgrade } from '../entrance.js';
import type { LiveDoor } from './live-operation.js';
import { upgrades } from './upgrades.js';
import { webSocketDoor } from './websocket-door.js';

/** How long a client may leave sent data unread. */
const READS_WITHIN_MS = 20_000;
/** Proxies close connections on which nothing was sent for a minute, some for half a minute. */
const KEEP_ALIVE_MS = 12_000;

/** Times of streams; a missing one has its default. */
export interface LiveTimes {
  /** A subscriber gets a CHECKPOINT after this time without an event. */
  checkpointAfterMs?: number;
  readsWithinMs?: number;
  keepAliveMs?: number;
}

/** What the doors for streams are made of. */
interface Parts extends Omit<LiveDoor, 'log' | 'readsWithinMs' | 'keepAliveMs'> {
  /** Other origins whose pages may read. */
  origins: readonly string[];
  isClosing: () => boolean;
  times: LiveTimes;
}

/** Opens the doors for streams, which close with the app. */
export function openLive(
  app: FastifyInstance,
  { trustProxy }: Config,
  { origins, isClosing, times, ...parts }: Parts,
): { live: LiveDoor; upgrade: Upgrade } {
  const { readsWithinMs = READS_WITHIN_MS, keepAliveMs = KEEP_ALIVE_MS } = times;
  const live: LiveDoor = { ...parts, log: app.log, readsWithinMs, keepAliveMs };
  app.addHook('preClose', async () => live.subscriptions.close());
  app.addHook('onClose', () => live.core.changes.feed.close());
  const upgrade = upgrades(webSocketDoor(live), { allowed: origins, trustsProxy: trustProxy }, isClosing);
  return { live, upgrade };
}
