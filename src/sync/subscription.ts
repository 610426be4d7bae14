import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { isObject, type JsonObject } from '../domain/document.js';
import { isGuid } from '../domain/identity.js';
import type { SyncQueue } from '../store/write/sync-queue.js';
import type { GraphClient } from './graph-client.js';
import { GraphRefusal } from './graph-errors.js';
import { MINUTE_MS, utcOf } from './times.js';
import { objectsOf } from '../platform/json-object.js';

/** Graph allows 4,230 minutes; half an hour of them is for clocks that differ, and for the request. */
const LIFE_MS = 4_200 * MINUTE_MS;
/** Random bytes of the secret by which notifications are known; it has at most 128 characters. */
const SECRET_BYTES = 32;

const NAME = 'subscription';

/** What is known of the subscription; times are milliseconds since 1970. */
export interface SubscriptionState {
  /** Null before Graph has made it. */
  id: string | null;
  /** What Graph sends with each notification; kept when the subscription is made anew. */
  clientState: string;
  /** Of the receiver. */
  url: string;
  renewAt: number;
  expiresAt: number | null;
  /** Up to when what Graph has said of it was seen to. */
  heededAt: number;
}

/** What Graph may say of a subscription. */
const EVENTS = ['reauthorizationRequired', 'subscriptionRemoved', 'missed'] as const;
type LifecycleEvent = (typeof EVENTS)[number];

type States = Pick<SyncQueue, 'readState' | 'writeState'>;

export function readSubscription(queue: Pick<SyncQueue, 'readState'>): Promise<SubscriptionState | null> {
  return queue.readState<SubscriptionState>(NAME);
}

/** The subscription by which Graph announces calls at an address: made, renewed at half of its life, and made anew. */
export class Subscription {
  constructor(
    private readonly client: GraphClient,
    private readonly queue: States,
    /** Address of this server, without a slash at its end. */
    private readonly url: string,
  ) {}

  /** Whether something is to be done now. */
  async isDue(): Promise<boolean> {
    const state = await readSubscription(this.queue);
    if (state === null || state.id === null || state.url !== this.url) return true;
    return this.client.now() >= state.renewAt || (await this.said(state)).length > 0;
  }

  /** Does what is due; true if notifications were lost meanwhile. Rejects where Graph refuses it. */
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
    // Before Graph knows it: notifications may come before the answer does.
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

  /** Authorizes it anew, too; false where Graph has lost it. */
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
      // It ends by itself.
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
 * Puts the records that notifications announce among those to be fetched, in one commit; resolves to how many. What does
 * not bear the secret of the subscription is left out.
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

/** Writes down what Graph says of the subscription; whoever syncs heeds it. */
export async function takeLifecycle(queue: SyncQueue, body: unknown, now: number): Promise<number> {
  const said = (await ownItems(queue, body)).map(({ lifecycleEvent }) => lifecycleEvent);
  const events = EVENTS.filter((event) => said.includes(event));
  for (const event of events) await queue.writeState(event, { at: now });
  return events.length;
}

/** The items of a body that bear our secret; all are compared, each in the same time. */
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
