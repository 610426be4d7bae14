import { jest } from '@jest/globals';
import { createClient, type Client } from 'graphql-ws';
import WebSocket from 'ws';
import type { TestServer } from './harness.js';

/** A change as tests select it. */
export interface Told {
  kind: 'CREATED' | 'UPDATED' | 'DELETED' | 'CHECKPOINT';
  cursor: string;
  callRecordId: string | null;
  callRecord: { version: number; type?: string } | null;
}

export const FOLLOW = `subscription Follow($after: String, $filter: CallRecordFilter) {
  callRecordChanged(after: $after, filter: $filter) { kind cursor callRecordId callRecord { version type } }
}`;

export const CHANGES = `query Changes($after: String, $first: Int, $filter: CallRecordFilter) {
  callRecordChanges(after: $after, first: $first, filter: $filter) {
    changes { kind cursor callRecordId callRecord { version type } } endCursor hasMore
  }
}`;

export const socketUrl = ({ url }: Pick<TestServer, 'url'>) => `${url.replace(/^http/, 'ws')}/graphql`;

/**
 * A token of a reader that expires a second after its use, whenever that is: the clock stands still
 * until `go` is called.
 */
export async function mintExpiring(server: TestServer): Promise<{ token: string; go: () => void }> {
  const token = await server.mint({ roles: ['CallRecords.Read.All'], expiresInSeconds: 3_600 });
  const claims = Buffer.from(token.split('.')[1] as string, 'base64url').toString();
  const { exp } = JSON.parse(claims) as { exp: number };
  const clock = jest.spyOn(Date, 'now').mockReturnValue(exp * 1_000 - 1_000);
  return { token, go: () => clock.mockRestore() };
}

/** A client of graphql-ws. */
export function socketClient(server: Pick<TestServer, 'url'>, token: string, options: object = {}): Client {
  return createClient({
    url: socketUrl(server),
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
    ...options,
  });
}

/** What a subscription tells, as it comes. */
export class Follower {
  readonly told: Told[] = [];
  /** What ended it; undefined where it was completed. */
  readonly ended: Promise<unknown>;
  private readonly waiting = new Set<() => void>();

  constructor(events: AsyncIterable<unknown>) {
    this.ended = this.read(events);
  }

  /** Resolves once the changes that were told, without checkpoints, are as many. */
  async changes(count: number): Promise<Told[]> {
    for (;;) {
      const changes = this.told.filter(({ kind }) => kind !== 'CHECKPOINT');
      if (changes.length >= count) return changes;
      await this.next();
    }
  }

  /** Resolves once so many events came, checkpoints included. */
  async events(count: number): Promise<Told[]> {
    while (this.told.length < count) await this.next();
    return this.told;
  }

  private next(): Promise<void> {
    return new Promise((resolve) => this.waiting.add(resolve));
  }

  private async read(events: AsyncIterable<unknown>): Promise<unknown> {
    try {
      for await (const event of events) {
        const { data, errors } = event as { data?: { callRecordChanged: Told } | null; errors?: unknown };
        if (!data) return errors;
        this.told.push(data.callRecordChanged);
        for (const resolve of this.waiting) resolve();
        this.waiting.clear();
      }
      return undefined;
    } catch (error) {
      return error;
    }
  }
}

/** Follows by a WebSocket. */
export function follow(client: Client, variables: { [name: string]: unknown } = {}): Follower & { stop(): void } {
  const events = client.iterate({ query: FOLLOW, variables });
  return Object.assign(new Follower(events), { stop: () => void events.return?.() });
}
