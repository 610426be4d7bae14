import { setTimeout as wait } from 'node:timers/promises';
import type { CallRecordDocument } from '../../../src/domain/document.js';
import { Fetched } from '../../../src/domain/document.js';
import type { Store } from '../../../src/store/store.js';
import { documentOf, guid, inputOf, matching, type OpenStore, stored, withStore } from '../../support/opened-store.js';

const user = (id: string) => ({ user: { id, displayName: id.toUpperCase() } });
const endpoint = (associatedIdentity: unknown, identity: unknown = null) => ({ associatedIdentity, identity });

async function drain(pages: AsyncIterable<number>): Promise<number[]> {
  const counts: number[] = [];
  for await (const count of pages) counts.push(count);
  return counts;
}

/** The log without the times. */
async function logOf(store: Store) {
  const changes = await store.changes(null, 1_000);
  return changes.map(({ kind, recordId, version, peopleRemoved, peopleAdded }) => ({
    change: `${kind} ${Number(recordId.slice(-4))} v${version}`,
    removed: peopleRemoved.join(),
    added: peopleAdded.join(),
  }));
}

/** What the log tells, how it is pruned, and how many records are deleted at once. */
export function describeChanging(open: OpenStore): void {
  describe('keeps a change log', () => {
    const versions: Partial<CallRecordDocument>[] = [
      { organizer: user('a'), participants: [user('b'), user('c')] },
      { organizer: user('a'), participants: [user('b'), user('c')] },
      { organizer: user('b'), participants: [user('d')] },
    ];

    test('Each change tells its version, when it was, and whom the record was taken from and given to', () =>
      withStore(open, async (store) => {
        const start = Date.now();
        for (const [index, version] of versions.entries())
          await store.import([documentOf(1, { ...version, version: BigInt(index + 1) })]);
        await store.delete(guid(1));
        expect(await logOf(store)).toEqual([
          { change: 'created 1 v1', removed: '', added: '' },
          { change: 'updated 1 v2', removed: '', added: '' },
          { change: 'updated 1 v3', removed: 'a,c', added: 'd' },
          { change: 'deleted 1 v3', removed: 'b,d', added: '' },
        ]);
        for (const { changedAt } of await store.changes(null, 10)) {
          expect(changedAt).toBeGreaterThanOrEqual(start - 1_000);
          expect(changedAt).toBeLessThanOrEqual(Date.now() + 1_000);
        }
      }));

    test('Changes older than asked are removed, the oldest first, up to a limit, and never the newest', () =>
      withStore(open, async (store) => {
        await store.import([1, 2, 3, 4, 5].map((number) => documentOf(number)));
        expect(await store.pruneChanges(3_600_000, 10)).toBe(0);
        await wait(5);
        expect(await store.pruneChanges(0, 2)).toBe(2);
        expect((await store.changes(null, 10)).map(({ sequence }) => sequence)).toEqual([3n, 4n, 5n]);
        expect(await store.pruneChanges(0, 10)).toBe(2);
        expect(await store.pruneChanges(0, 10)).toBe(0);
        await store.import([documentOf(6)]);
        expect((await store.changes(null, 10)).map(({ sequence }) => sequence)).toEqual([5n, 6n]);
      }));

    test('A cursor before the oldest change that is kept is CURSOR_EXPIRED; that of the last one removed is not', () =>
      withStore(open, async (store) => {
        await store.import([1, 2, 3].map((number) => documentOf(number)));
        expect(await store.changes(0n, 10)).toHaveLength(3);
        await wait(5);
        await store.pruneChanges(0, 2);
        for (const after of [0n, 1n])
          await expect(store.changes(after, 10)).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' });
        expect((await store.changes(2n, 10)).map(({ sequence }) => sequence)).toEqual([3n]);
      }));
  });

  describe('deletes many records', () => {
    test('by their ids: all that are there, each with its change and with the names that nobody else has', () =>
      withStore(open, async (store) => {
        const participants = [user('shared')];
        await store.import([1, 2, 3].map((one) => documentOf(one, { organizer: user(`x${one}`), participants })));
        expect(await drain(store.deleteMany([1, 2, 7, 2].map(guid)))).toEqual([2]);
        expect((await stored(store)).map(({ id }) => id)).toEqual([guid(3)]);
        expect((await logOf(store)).slice(3)).toEqual([
          { change: 'deleted 1 v1', removed: 'shared,x1', added: '' },
          { change: 'deleted 2 v1', removed: 'shared,x2', added: '' },
        ]);
        const named = async (search: string) =>
          (await store.listPeople({ search, limit: 10, visibleTo: null, counted: true })).map(({ id }) => id);
        expect([await named('x'), await named('shared')]).toEqual([['x3'], ['shared']]);
      }));

    test('that ended before a time, some hundreds in a transaction, and leaves those that ended then or later', () =>
      withStore(open, async (store) => {
        const endOf = (number: number) =>
          `2026-02-25T18:${String(Math.floor(number / 60)).padStart(2, '0')}:${String(number % 60).padStart(2, '0')}`;
        const documents = Array.from({ length: 604 }, (_, number) =>
          documentOf(number, { startDateTime: '2026-02-25T18:00:00', endDateTime: endOf(number) }),
        );
        await store.import(documents);
        expect(await drain(store.deleteEndedBefore(endOf(602)))).toEqual([500, 102]);
        expect((await stored(store)).map(({ id }) => id)).toEqual([602, 603].map(guid));
        expect(await drain(store.deleteEndedBefore(endOf(602)))).toEqual([]);
      }));
  });

  describe('knows who is in sessions', () => {
    const ID = '0B2D6A1E-0000-4000-8000-000000000001';
    const document = documentOf(1, {
      organizer: user('o'),
      participants: [user('p')],
      sessionsFetched: Fetched.wholly,
      sessions: [
        {
          id: '1',
          caller: endpoint({ id: ID }),
          callee: { '@odata.type': '#microsoft.graph.callRecords.serviceEndpoint' },
        },
        {
          id: '2',
          caller: endpoint(null, { user: { id: 'p' }, phone: null }),
          callee: 'broken',
          segments: [{ caller: endpoint({ id: 'only-in-a-segment' }) }, 7],
        },
      ],
    });

    test('without that anybody sees, finds or counts a record for it', () =>
      withStore(open, async (store) => {
        await store.import([document]);
        for (const person of [ID.toLowerCase(), 'only-in-a-segment']) {
          expect(await matching(store, null, person)).toEqual([]);
          expect(await matching(store, { participant: { id: [person] } })).toEqual([]);
          expect(await matching(store, { organizer: { id: [person] } })).toEqual([]);
          expect((await store.countOfUsers([person], { filter: null, visibleTo: null })).get(person) ?? 0).toBe(0);
          expect(await store.listPeople({ search: person, limit: 5, visibleTo: null, counted: true })).toEqual([]);
          expect(await store.listPeople({ search: 'o', limit: 5, visibleTo: person, counted: true })).toEqual([]);
          expect(await store.findSelf(person, true)).toMatchObject({ callCount: 0, lastCallAt: null });
        }
        expect(await matching(store, null, 'p')).toEqual([guid(1)]);
      }));

    test('Somebody who is in a later record by a session alone is found by the latest call of their own', () =>
      withStore(open, async (store) => {
        const later = documentOf(2, {
          startDateTime: '2026-02-26T18:52:21',
          endDateTime: '2026-02-26T18:52:46',
          sessionsFetched: Fetched.wholly,
          sessions: [{ id: '1', caller: endpoint({ id: 'p' }) }],
        });
        await store.import([document, later]);
        expect(await store.findSelf('p', true)).toMatchObject({ callCount: 1, lastCallAt: document.startDateTime });
        const [found] = await store.listPeople({ search: 'p', limit: 5, visibleTo: null, counted: true });
        expect(found).toMatchObject({ id: 'p', callCount: 1, lastCallAt: document.startDateTime });
      }));

    test('A version without their sessions, and a delete, forget them', () =>
      withStore(open, async (store) => {
        await store.import([document]);
        await store.import([{ ...document, version: 2n, sessions: [{ id: '1' }] }]);
        await store.import([{ ...document, version: 3n }]);
        expect((await logOf(store)).map(({ removed, added }) => removed + added)).toEqual(['', '', '']);
        await store.delete(guid(1));
        expect((await logOf(store)).at(-1)).toMatchObject({ removed: 'o,p' });
        // Rows that were left would stand in the way of these.
        await store.import([document]);
        expect(await stored(store)).toEqual([document]);
      }));
  });

  describe('leases work', () => {
    test('to one holder at a time, who keeps its fence as long as it renews in time', () =>
      withStore(open, async (store) => {
        const first = await store.lease('sync', 'a', 30);
        expect(first).toEqual({ fence: 1 });
        expect(await store.lease('sync', 'b', 30)).toBeNull();
        expect(await store.lease('sync', 'a', 30)).toEqual(first);
        expect(await store.lease('prune', 'b', 30)).toEqual({ fence: 1 });
      }));

    test('to another one once it is released or has run out, with a higher fence', () =>
      withStore(open, async (store) => {
        await store.lease('sync', 'a', 30);
        await store.releaseLease('sync', 'b');
        expect(await store.lease('sync', 'b', 30)).toBeNull();
        await store.releaseLease('sync', 'a');
        expect(await store.lease('sync', 'b', 2)).toEqual({ fence: 2 });
        expect(await store.lease('sync', 'a', 30)).toBeNull();
        let taken = null;
        while (taken === null) {
          await wait(50);
          taken = await store.lease('sync', 'a', 30);
        }
        expect(taken).toEqual({ fence: 3 });
        expect(await store.lease('sync', 'b', 30)).toBeNull();
      }));

    test('Of many who ask at once one gets it', () =>
      withStore(open, async (store) => {
        const asked = await Promise.all(Array.from({ length: 8 }, (_, index) => store.lease('sync', `${index}`, 30)));
        expect(asked.filter((lease) => lease !== null)).toEqual([{ fence: 1 }]);
      }));
  });

  test('A created record is in the log with the version of its input', () =>
    withStore(open, async (store) => {
      await store.create({ ...inputOf(), version: 9n }, { caller: 'a', idempotencyKey: null });
      await store.create({ ...inputOf(), version: 2n ** 63n - 1n }, { caller: 'a', idempotencyKey: 'k' });
      expect((await store.changes(null, 10)).map(({ version }) => version)).toEqual([9n, 2n ** 63n - 1n]);
    }));
}
