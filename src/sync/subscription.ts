import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { isObject, type JsonObject } from '../domain/document.js';
import { isGuid } from '../domain/identity.js';
import type { SyncQueue } from '../store/write/sync-queue.js';
import type { GraphClient } from './graph-client.js';
import { GraphRefusal } from './graph-errors.js';
import { MINUTE_MS, utcOf } from './times.js';
import { objectsOf } from '../platform/json-object.js';

/** Graph allows 4,230 minutes. Half an hour of that is left for clocks that differ, and for the request. */
const LIFE_MS = 4_200 * MINUTE_MS;
/** Random bytes of the secret in our notifications; as text it may have 128 characters. */
const SECRET_BYTES = 32;

const NAME = 'subscription';

/** The stored state of the subscription; times are milliseconds since 1970. */
export interface SubscriptionState {
  /** Null before Graph has created it. */
  id: string | null;
  /** The secret that Graph sends with each notification; kept when the subscription is created again. */
  clientState: string;
  /** The address of the receiver. */
  url: string;
  renewAt: number;
  expiresAt: number | null;
  /** Lifecycle notifications up to this time have been acted on. */
  heededAt: number;
}

/** The lifecycle notifications of a subscription. */
const EVENTS = ['reauthorizationRequired', 'subscriptionRemoved', 'missed'] as const;
type LifecycleEvent = (typeof EVENTS)[number];

type States = Pick<SyncQueue, 'readState' | 'writeState'>;

export function readSubscription(queue: Pick<SyncQueue, 'readState'>): Promise<SubscriptionState | null> {
  return queue.readState<SubscriptionState>(NAME);
}

/**
 * The subscription by which Graph sends notifications of calls to an address. It is created, renewed at half of its
 * life, and created again if it is lost.
 */
export class Subscription {
  constructor(
    private readonly client: GraphClient,
    private readonly queue: States,
    /** The address of this server, without a trailing slash. */
    private readonly url: string,
  ) {}

  async isDue(): Promise<boolean> {
    const state = await readSubscription(this.queue);
    if (state === null || state.id === null || state.url !== this.url) return true;
    return this.client.now() >= state.renewAt || (await this.said(state)).length > 0;
  }

  /** Does what is due; resolves to true if notifications may have been lost. Rejects if Graph refuses it. */
  async keep(signal: AbortSignal): Promise<boolean> {
    const state = (await readSubscription(this.queue)) ?? this.newState();
    const said = await this.said(state);
    const heeded = { ...state, heededAt: Math.max(state.heededAt, ...said.map(({ at }) => at)) };
    const isGone = said.some(({ event }) => event === 'subscriptionRemoved');
    const isStale = state.id !== null && state.url !== this.url;
    if (isStale) await this.remove(state.id as string, signal);
    const id = isGone || isStale ? null : state.id;
    const isRenewed = id !== null && (await this.renew({ ...heeded, id }, signal));
    if (!isRenewed) await this.create({ ...heeded, id: null, url: this.url }, signal);
    return isGone || !isRenewed || said.some(({ event }) => event === 'missed');
  }

  private newState(): SubscriptionState {
    const clientState = randomBytes(SECRET_BYTES).toString('base64url');
    return { id: null, clientState, url: this.url, renewAt: 0, expiresAt: null, heededAt: 0 };
  }

  private async said({ heededAt }: SubscriptionState): Promise<{ event: LifecycleEvent; at: number }[]> {
    const said = await Promise.all(
      EVENTS.map(async (event) => ({ event, at: (await this.queue.readState<{ at: number }>(event))?.at ?? 0 })),
    );
    return said.filter(({ at }) => at > heededAt);
  }

  private async create(state: SubscriptionState, signal: AbortSignal): Promise<void> {
    // Written before Graph is asked: notifications may come before the response.
    await this.queue.writeState(NAME, { ...state, expiresAt: null });
    const life = this.life();
    const made = await this.client.change(
      'POST',
      '/subscriptions',
      {
        changeType: 'updated',
        notificationUrl: `${this.url}/graph/notifications`,
        lifecycleNotificationUrl: `${this.url}/graph/lifecycle`,
        resource: '/communications/callRecords',
        expirationDateTime: life.expirationDateTime,
        clientState: state.clientState,
      },
      signal,
    );
    if (typeof made?.id !== 'string') throw new GraphRefusal(0, 'the subscription that was made has no id');
    await this.queue.writeState(NAME, { ...state, id: made.id, ...life.toldBy(made) });
  }

  /** Renews the subscription and its authorization; false if Graph has lost it. */
  private async renew(state: SubscriptionState, signal: AbortSignal): Promise<boolean> {
    const life = this.life();
    try {
      const renewed = await this.client.change(
        'PATCH',
        `/subscriptions/${state.id}`,
        { expirationDateTime: life.expirationDateTime },
        signal,
      );
      await this.queue.writeState(NAME, { ...state, ...life.toldBy(renewed) });
      return true;
    } catch (error) {
      if (error instanceof GraphRefusal && error.status === 404) return false;
      throw error;
    }
  }

  private async remove(id: string, signal: AbortSignal): Promise<void> {
    try {
      await this.client.change('DELETE', `/subscriptions/${id}`, undefined, signal);
    } catch (error) {
      // It then expires by itself.
      if (!(error instanceof GraphRefusal)) throw error;
    }
  }

  private life() {
    const now = this.client.now();
    const expirationDateTime = `${utcOf(now + LIFE_MS)}Z`;
    const toldBy = (answer: JsonObject | null) => {
      const told = answer?.expirationDateTime;
      const expiresAt = Date.parse(typeof told === 'string' ? told : expirationDateTime);
      return { expiresAt, renewAt: now + (expiresAt - now) / 2 };
    };
    return { expirationDateTime, toldBy };
  }
}

/**
 * Puts the records of notifications into the queue, in one commit; resolves to how many. Notifications without the
 * secret of the subscription are ignored.
 */
export async function takeNotifications(queue: SyncQueue, body: unknown, now: number): Promise<number> {
  const items = await ownItems(queue, body);
  const ids = items.flatMap(({ resourceData, resource }) => {
    const id = isObject(resourceData) && typeof resourceData.id === 'string' ? resourceData.id : lastSegment(resource);
    return id !== null && isGuid(id) ? [id.toLowerCase()] : [];
  });
  const since = utcOf(now);
  await queue.add(ids.map((id) => ({ id, version: null, since })));
  return ids.length;
}

/** Stores lifecycle notifications of the subscription, for the process that syncs. */
export async function takeLifecycle(queue: SyncQueue, body: unknown, now: number): Promise<number> {
  const said = (await ownItems(queue, body)).map(({ lifecycleEvent }) => lifecycleEvent);
  const events = EVENTS.filter((event) => said.includes(event));
  for (const event of events) await queue.writeState(event, { at: now });
  return events.length;
}

/** The items of a body that have our secret. All are compared, each in constant time. */
async function ownItems(queue: SyncQueue, body: unknown): Promise<JsonObject[]> {
  const state = await readSubscription(queue);
  const items = isObject(body) ? objectsOf(body.value) : [];
  if (state === null) return [];
  const expected = digest(state.clientState);
  return items.filter(({ clientState }) =>
    timingSafeEqual(digest(typeof clientState === 'string' ? clientState : ''), expected),
  );
}

const digest = (text: string) => createHash('sha256').update(text).digest();

function lastSegment(resource: unknown): string | null {
  return typeof resource === 'string' ? (/([^/()']+)'?\)?$/.exec(resource)?.[1] ?? null) : null;
}
