import type { JsonObject } from '../../../src/domain/document.js';
import { IdentityKind } from '../../../src/domain/identity.js';
import type { Store } from '../../../src/store/store.js';
import type { TestPostgres } from '../../support/postgres.js';
import { documentOf, guid, inputOf, matching, type OpenStore, withStore } from '../../support/opened-store.js';

const TENANT = 'dddddddd-0000-4000-8000-00000000000d';
const user = (id: string, displayName: string, more: JsonObject = {}) => ({ user: { id, displayName, ...more } });

/** A record for each list of participants, one a day. */
const meetings = (...meetings: JsonObject[][]) =>
  meetings.map((participants, index) =>
    documentOf(index + 1, { participants, startDateTime: `2026-01-0${index + 1}T10:00:00` }),
  );

/** What a store keeps for finding identities by their names, as "id: name", in order. */
export const KEPT_NAMES = `select identity_id || ': ' || display_name as name from known_identities order by 1`;

/** The same of a store in PostgreSQL. */
export async function namesIn(postgres: TestPostgres, { location }: Store): Promise<string[]> {
  const rows = await postgres.query<{ name: string }>(postgres.url(new URL(location).pathname.slice(1)), KEPT_NAMES);
  return rows.map(({ name }) => name);
}

/** `names` reads the {@link KEPT_NAMES}. */
export function describeNaming(open: OpenStore, names: (store: Store) => Promise<string[]>): void {
  describe('names', () => {
    const withMeetings = (participants: JsonObject[][], work: (store: Store) => Promise<void>) =>
      withStore(open, async (store) => {
        await store.import(meetings(...participants));
        await work(store);
      });
    const expectNamed = async (store: Store, displayName: string, numbers: number[]) => {
      expect(await matching(store, { participant: { displayName } })).toEqual(numbers.map(guid));
      const others = (await matching(store, null)).filter((id) => !numbers.map(guid).includes(id));
      expect(await matching(store, { not: { participant: { displayName } } })).toEqual(others);
    };

    test('Somebody who changed names is found by each in the records that hold it, and in no other', () =>
      withMeetings([[user('a', 'Ada Byron')], [user('a', 'Ada Lovelace')], [user('a', 'Ada Byron')]], async (store) => {
        await expectNamed(store, 'byron', [1, 3]);
        await expectNamed(store, 'love', [2]);
        await expectNamed(store, 'ADA', [1, 2, 3]);
      }));

    test('A name, a role, a kind and a tenant that somebody has in different records are not found together', () =>
      withStore(open, async (store) => {
        const old = user('a', 'Ada Byron');
        await store.import([
          documentOf(1, { organizer: old, participants: [user('b', 'Bob', { tenantId: TENANT })] }),
          documentOf(2, { participants: [user('a', 'Ada', { tenantId: TENANT })] }),
          documentOf(3, { participants: [{ guest: { id: 'a', displayName: 'Ada Byron' } }] }),
        ]);
        const byron = { displayName: 'byron' };
        expect(await matching(store, { organizer: byron })).toEqual([guid(1)]);
        expect(await matching(store, { participant: byron })).toEqual([guid(3)]);
        expect(await matching(store, { participant: { ...byron, kind: [IdentityKind.USER] } })).toEqual([]);
        expect(await matching(store, { participant: { ...byron, tenantId: [TENANT] } })).toEqual([]);
        expect(await matching(store, { organizer: { ...byron, tenantId: [TENANT] } })).toEqual([]);
        expect(await matching(store, { participant: { displayName: 'ada', tenantId: [TENANT] } })).toEqual([guid(2)]);
        expect(await matching(store, { participant: { ...byron, id: ['a', 'b'] } })).toEqual([guid(3)]);
        expect(await matching(store, { organizer: { displayName: 'bob' } })).toEqual([]);
      }));

    const unidentified = [
      [{ phone: { displayName: 'Reception' }, guest: { displayName: 'Reception desk', tenantId: TENANT } }],
      [user('', 'Reception'), user('a', 'Ada')],
      [{ phone: { displayName: 'Reception' } }, user('a', 'Ada')],
    ];

    test('Names of identities without an id, or with an empty one, are found as others', () =>
      withMeetings(unidentified, async (store) => {
        await expectNamed(store, 'reception', [1, 2, 3]);
        await expectNamed(store, 'desk', [1]);
        const guest = { displayName: 'recep', kind: [IdentityKind.GUEST] };
        expect(await matching(store, { participant: guest })).toEqual([guid(1)]);
        expect(await matching(store, { participant: { ...guest, tenantId: [TENANT] } })).toEqual([guid(1)]);
        expect(await matching(store, { participant: { ...guest, tenantId: ['none'] } })).toEqual([]);
        expect(await matching(store, { organizer: { displayName: 'recep' } })).toEqual([]);
      }));

    test.each([[[1, 2, 3]], [[1, 3, 2]], [[2, 3, 1]]])(
      'Names of identities without an id, or with an empty one, go with the last record that holds them, deleted as %j',
      ([first, second, last]) =>
        withMeetings(unidentified, async (store) => {
          await store.delete(guid(first as number));
          await store.delete(guid(second as number));
          expect(await names(store)).toEqual(
            last === 1 ? [': reception', ': reception desk'] : [': reception', 'a: ada'],
          );
          await store.delete(guid(last as number));
          expect(await names(store)).toEqual([]);
        }),
    );

    test('One name of two people is kept for each of them, once, however many records hold it', () =>
      withStore(open, async (store) => {
        const people = ['A', 'b'].map((id) => user(id, 'Sam Lee'));
        for (const organizer of people) {
          await store.create(inputOf({ organizer, participants: people }), { caller: 'c', idempotencyKey: null });
        }
        expect(await names(store)).toEqual(['A: sam lee', 'b: sam lee']);
        const [one, other] = await matching(store, { participant: { displayName: 'lee' } });
        await store.delete(one as string);
        expect(await names(store)).toEqual(['A: sam lee', 'b: sam lee']);
        await store.delete(other as string);
        expect(await names(store)).toEqual([]);
      }));

    const CHANGED = ['Byron', 'Byron', 'Lovelace', 'Lovelace', 'Byron'];
    test.each([
      ['from the first', [1, 2, 3, 4, 5]],
      ['from the last', [5, 4, 3, 2, 1]],
      ['from within', [3, 1, 5, 2, 4]],
    ])('A name goes with the last record in which that person bears it, deleted %s', (_what, order) =>
      withMeetings(
        CHANGED.map((name) => [user('a', name), user('b', 'Bob')]),
        async (store) => {
          const left = new Set([1, 2, 3, 4, 5]);
          for (const number of order) {
            left.delete(number);
            await store.delete(guid(number));
            const own = [...new Set([...left].map((one) => `a: ${(CHANGED[one - 1] as string).toLowerCase()}`))].sort();
            expect(await names(store)).toEqual(left.size > 0 ? [...own, 'b: bob'] : []);
          }
        },
      ),
    );

    test('A name stays with the person of whom another record holds it, and goes for the one of whom none does', () =>
      withMeetings([[user('a', 'Sam'), user('b', 'Sam')], [user('a', 'Sam')]], async (store) => {
        await store.import([documentOf(1, { version: 2n, participants: [user('a', 'Sam'), user('b', 'Samuel')] })]);
        expect(await names(store)).toEqual(['a: sam', 'b: samuel']);
        await expectNamed(store, 'samuel', [1]);
        await store.delete(guid(1));
        expect(await names(store)).toEqual(['a: sam']);
        await expectNamed(store, 'sam', [2]);
      }));
  });
}
