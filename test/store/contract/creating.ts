import { SCALAR_COLUMNS } from '../../../src/store/rows/row-mapping.js';
import { Fetched } from '../../../src/domain/document.js';
import { CallType } from '../../../src/domain/enums.js';
import {
  countCommits,
  inputOf,
  listQuery,
  matching,
  type OpenStore,
  PEOPLE,
  stored,
  withStore,
} from '../../support/opened-store.js';

const ALICE = { caller: 'alice', idempotencyKey: null };
const keyed = (idempotencyKey: string, caller = 'alice') => ({ caller, idempotencyKey });
/** No column of 64 bits holds it: the insert of such a record fails within its transaction. */
const UNSTORABLE = 2n ** 64n;

/** Creates, their idempotency keys, and how they share commits. */
export function describeCreating(open: OpenStore): void {
  describe('creating', () => {
    test('A created record is found and listed as it was answered, to the tick', () =>
      withStore(open, async (store) => {
        const input = inputOf({
          version: 2n ** 63n - 1n,
          type: CallType.groupCall,
          joinWebUrl: 'https://example.com/meet?a=%20b',
          participants: [
            { phone: { id: '+14255550123' } },
            { user: { id: 'B', displayName: 'Åsa "Σ" \\ 🦉', tenantId: 'T', userPrincipalName: 'u@example.com' } },
          ],
        });
        const created = await store.create(input, ALICE);
        expect(created).toMatchObject({ ...input, durationSeconds: 25.5470124, participantCount: 2 });
        expect(created.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        const columns = [...PEOPLE, 'quality' as const];
        expect((await store.find([created.id], null, columns)).get(created.id)).toEqual(created);
        expect((await store.list({ ...listQuery(), columns })).records).toEqual([created]);
      }));

    test('A store tells how many records it holds, how many it has created, and how large its database is', () =>
      withStore(open, async (store) => {
        for (const idempotencyKey of ['a', 'b', 'b'])
          await store.create(inputOf(), { caller: 'alice', idempotencyKey });
        const { records, bytes } = await store.size();
        expect([records, store.written.created, store.waitingReads]).toEqual([2, 2, 0]);
        expect(bytes).toBeGreaterThan(10_000);
      }));

    test('lastModifiedDateTime is the time of the create', () =>
      withStore(open, async (store) => {
        const before = new Date().toISOString();
        const { lastModifiedDateTime } = await store.create(inputOf(), ALICE);
        const time = new Date(`${lastModifiedDateTime}Z`).toISOString();
        expect(time >= before && time <= new Date().toISOString()).toBe(true);
      }));

    test('A find reads only the people that are asked for, and leaves out ids without a record', () =>
      withStore(open, async (store) => {
        const { id } = await store.create(inputOf(), ALICE);
        const found = await store.find([id, 'none'], null, [...SCALAR_COLUMNS, 'participants']);
        expect([...found.keys()]).toEqual([id]);
        expect(found.get(id)).not.toHaveProperty('organizer');
        expect(found.get(id)?.participants).toHaveLength(1);
      }));

    test('The same key with the same input gives the record first created, whatever the order of members', () =>
      withStore(open, async (store) => {
        const first = await store.create(inputOf({ organizer: { user: { id: 'a', displayName: 'A' } } }), keyed('k'));
        const again = inputOf({ organizer: { user: { displayName: 'A', id: 'a', tenantId: null } } });
        expect(await store.create(again, keyed('k'))).toEqual(first);
        expect(await matching(store, null)).toEqual([first.id]);
      }));

    test('The same key with another input is a CONFLICT that writes nothing', () =>
      withStore(open, async (store) => {
        const first = await store.create(inputOf(), keyed('k'));
        await expect(store.create(inputOf({ version: 2n }), keyed('k'))).rejects.toMatchObject({ code: 'CONFLICT' });
        expect(await matching(store, null)).toEqual([first.id]);
      }));

    test('A key belongs to its caller: another caller with it creates another record', () =>
      withStore(open, async (store) => {
        const one = await store.create(inputOf(), keyed('k', 'alice'));
        const other = await store.create(inputOf({ version: 2n }), keyed('k', 'bob'));
        expect(await matching(store, null)).toEqual([one.id, other.id].sort());
      }));

    test('A key whose record was deleted is a CONFLICT, not a second record', () =>
      withStore(open, async (store) => {
        const { id } = await store.create(inputOf(), keyed('k'));
        await store.delete(id);
        await expect(store.create(inputOf(), keyed('k'))).rejects.toMatchObject({ code: 'CONFLICT' });
        expect(await matching(store, null)).toEqual([]);
      }));

    test('Fifty creates at once with one key make one record, and one of each caller where there are two', () =>
      withStore(open, async (store) => {
        const creates = Array.from({ length: 50 }, (_, index) =>
          store.create(inputOf(), keyed('k', index % 2 ? 'alice' : 'bob')),
        );
        const ids = new Set((await Promise.all(creates)).map(({ id }) => id));
        expect(ids.size).toBe(2);
        expect(await matching(store, null)).toEqual([...ids].sort());
      }));

    test('Of creates at once with one key and two inputs, one input wins and the others are CONFLICTs', () =>
      withStore(open, async (store) => {
        const creates = [1n, 2n, 1n, 2n, 1n].map((version) => store.create(inputOf({ version }), keyed('k')));
        const results = await Promise.allSettled(creates);
        expect(results.map(({ status }) => status)).toEqual([
          'fulfilled',
          'rejected',
          'fulfilled',
          'rejected',
          'fulfilled',
        ]);
        expect(await store.count(listQuery())).toBe(1);
      }));

    test('Creates without a key are never taken for one another', () =>
      withStore(open, async (store) => {
        await Promise.all([store.create(inputOf(), ALICE), store.create(inputOf(), ALICE)]);
        expect(await store.count(listQuery())).toBe(2);
      }));

    test('64 creates at once share a few commits, one after the other takes one each', () =>
      withStore(open, async (store) => {
        const atOnce = () => Promise.all(Array.from({ length: 64 }, () => store.create(inputOf(), ALICE)));
        const commits = await countCommits(store, atOnce);
        expect(commits).toBeGreaterThanOrEqual(1);
        expect(commits).toBeLessThanOrEqual(4);
        const inTurn = async () => {
          for (let index = 0; index < 5; index++) await store.create(inputOf(), ALICE);
        };
        expect(await countCommits(store, inTurn)).toBe(5);
        expect(await store.count(listQuery())).toBe(69);
      }));

    test('More creates at once than fit into one statement are all stored', () =>
      withStore(open, async (store) => {
        const creates = Array.from({ length: 1_100 }, (_, index) => store.create(inputOf(), keyed(`k${index}`)));
        expect(new Set((await Promise.all(creates)).map(({ id }) => id)).size).toBe(1_100);
        expect(await store.count(listQuery())).toBe(1_100);
      }));

    test('A create that fails does not fail those that share its commit, and leaves nothing behind', () =>
      withStore(open, async (store) => {
        const creates = Array.from({ length: 9 }, (_, index) =>
          store.create(inputOf(index === 4 ? { version: UNSTORABLE } : {}), keyed(`k${index}`)),
        );
        const results = await Promise.allSettled(creates);
        expect(results.map(({ status }) => status).indexOf('rejected')).toBe(4);
        expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(8);
        expect(await store.count(listQuery())).toBe(8);
        // Its key is free again: the failure claimed nothing.
        await expect(store.create(inputOf(), keyed('k4'))).resolves.toBeDefined();
      }));

    test('Closing waits for the creates under way', async () => {
      const { store, cleanup } = await open();
      const creates = Promise.all(Array.from({ length: 20 }, () => store.create(inputOf(), ALICE)));
      await new Promise(setImmediate);
      await store.close();
      expect(await creates).toHaveLength(20);
      await cleanup();
    });

    test('A deleted record is gone from find, list, count and export; deleting it again says there was none', () =>
      withStore(open, async (store) => {
        const { id } = await store.create(inputOf(), ALICE);
        const { id: kept } = await store.create(inputOf(), ALICE);
        expect(await store.delete(id)).toBe(true);
        expect(await store.delete(id)).toBe(false);
        expect([...(await store.find([id, kept], null, PEOPLE)).keys()]).toEqual([kept]);
        expect(await matching(store, null)).toEqual([kept]);
        expect((await stored(store)).map((document) => document.id)).toEqual([kept]);
        const search = { participant: { id: ['+14255550123'] } };
        expect(await matching(store, search)).toEqual([kept]);
      }));

    test('A revision is the same in every read until the record is written, be it only its sessions; a delete may expect it', () =>
      withStore(open, async (store) => {
        const { document, revision } = await store.createDocument(inputOf(), ALICE);
        const read = async (sessions: boolean) =>
          (await store.findDocument(document.id, { visibleTo: null, sessions }))?.revision;
        expect([await read(false), await read(true)]).toEqual([revision, revision]);
        expect(await store.import([document])).toEqual(['unchanged']);
        expect(await read(false)).toBe(revision);
        const sessions = { sessions: [{ id: 's' }], sessionsFetched: Fetched.wholly };
        expect(await store.import([{ ...document, ...sessions }])).toEqual(['updated']);
        const present = await read(false);
        expect(present).toMatch(/^\d+$/);
        expect(present).not.toBe(revision);
        const deleted = (expected: string | undefined) => store.delete(document.id, (one) => one === expected);
        await expect(deleted(revision)).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' });
        expect(await deleted(present)).toBe(true);
      }));

    test('A check passes on a store that can be written', () =>
      withStore(open, async (store) => {
        await expect(store.check()).resolves.toBeUndefined();
      }));
  });
}
