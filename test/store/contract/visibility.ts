import { CallRecordOrderField, OrderDirection } from '../../../src/domain/filter.js';
import type { Position } from '../../../src/domain/page.js';
import {
  documentOf,
  guid,
  listQuery,
  matching,
  type OpenStore,
  PEOPLE,
  sharedStore,
} from '../../support/opened-store.js';

const ME = 'aaaaaaaa-0000-4000-8000-00000000000a';
const OTHER = 'bbbbbbbb-0000-4000-8000-00000000000b';
const NOBODY = 'cccccccc-0000-4000-8000-00000000000c';
const user = (id: string) => ({ user: { id } });

const RECORDS = [
  documentOf(1, { organizer: user(ME.toUpperCase()), participants: [] }),
  documentOf(2, {
    organizer: user(OTHER),
    participants: [user(OTHER), user(ME)],
    startDateTime: '2026-02-25T18:00:00',
  }),
  documentOf(3, { organizer: user(OTHER), participants: [user(OTHER)] }),
  documentOf(4, { organizer: user(ME), participants: [user(ME), user(OTHER)], startDateTime: '2026-02-25T19:00:00' }),
  documentOf(5),
];

/** What one person sees, and the calls of many users at once. */
export function describeVisibility(open: OpenStore): void {
  describe('visibility', () => {
    const store = sharedStore(open, async () => RECORDS);

    test('A person sees the records that the person organized or took part in, and no others', async () => {
      expect(await matching(store(), null, ME)).toEqual([1, 2, 4].map(guid));
      expect(await matching(store(), null, OTHER)).toEqual([2, 3, 4].map(guid));
      expect(await matching(store(), null, NOBODY)).toEqual([]);
    });

    test("A person's id compares without regard to case", async () => {
      expect(await matching(store(), null, ME.toUpperCase())).toEqual([1, 2, 4].map(guid));
    });

    test('A find gives a person no record of others', async () => {
      const found = await store().find([1, 2, 3, 4, 5].map(guid), ME, PEOPLE);
      expect([...found.keys()].sort()).toEqual([1, 2, 4].map(guid));
    });

    test('No filter shows a person more: neither another person, nor `or`, nor `not`', async () => {
      expect(await matching(store(), { participant: { id: [OTHER] } }, ME)).toEqual([2, 4].map(guid));
      expect(await matching(store(), { organizer: { id: [OTHER] } }, ME)).toEqual([guid(2)]);
      expect(await matching(store(), { or: [{ id: [guid(3)] }, { id: [guid(1)] }] }, ME)).toEqual([guid(1)]);
      expect(await matching(store(), { not: { id: [guid(1)] } }, ME)).toEqual([2, 4].map(guid));
      expect(await matching(store(), { id: [guid(5)] }, ME)).toEqual([]);
    });

    for (const field of Object.values(CallRecordOrderField)) {
      test(`The page, the count and what lies outside are for each of many users as for one, by ${field}`, async () => {
        const order = { field, direction: OrderDirection.DESC };
        const users = [ME, OTHER, NOBODY];
        for (const page of [{ limit: 2 }, { limit: 2, fromEnd: true }, { limit: 0 }, { limit: 10 }]) {
          const list = listQuery({ order, ...page });
          const pages = await store().listOfUsers(users, list);
          const texts = await store().listTextsOfUsers(users, list);
          const counts = await store().countOfUsers(users, list);
          for (const id of users) {
            const own = { ...list, visibleTo: id };
            expect(pages.get(id)).toEqual(await store().list(own));
            expect(texts.get(id)).toEqual(await store().listTexts(own));
            expect(counts.get(id)).toBe(await store().count(own));
          }
        }
        const edge = (await store().list(listQuery({ order }))).positions[2] as Position;
        for (const fromEnd of [false, true]) {
          const list = listQuery({ order, fromEnd, ...(fromEnd ? { before: edge } : { after: edge }) });
          const outside = await store().haveOutside(users, list, edge);
          const each = await Promise.all(users.map((id) => store().hasOutside({ ...list, visibleTo: id }, edge)));
          expect(users.map((id) => outside.has(id))).toEqual(each);
          expect(each[0]).toBe(true);
        }
      });
    }

    test('Of the calls of many users, a person gets only those that are the own ones too', async () => {
      for (const field of Object.values(CallRecordOrderField)) {
        const list = listQuery({ order: { field, direction: OrderDirection.ASC }, visibleTo: ME });
        const pages = await store().listOfUsers([OTHER, NOBODY], list);
        expect(
          pages
            .get(OTHER)
            ?.records.map(({ id }) => id)
            .sort(),
        ).toEqual([2, 4].map(guid));
        expect(pages.get(NOBODY)?.records).toEqual([]);
        const texts = await store().listTextsOfUsers([OTHER, NOBODY], list);
        for (const id of [OTHER, NOBODY])
          expect(texts.get(id)?.rows.map((row) => row.id)).toEqual(pages.get(id)?.records.map((record) => record.id));
        expect(await store().countOfUsers([OTHER], list)).toEqual(new Map([[OTHER, 2]]));
        const [edge] = (await store().list({ ...list, visibleTo: null, filter: { id: [guid(3)] } })).positions;
        const own = { ...list, filter: { id: [guid(3)] } };
        expect(await store().haveOutside([OTHER], own, edge as Position)).toEqual(new Set());
        expect(await store().haveOutside([OTHER], { ...own, visibleTo: null }, edge as Position)).toEqual(
          new Set([OTHER]),
        );
      }
    });

    test('Users whose ids no database can hold have no calls, and leave the others theirs', async () => {
      const users = [ME, 'a\0b', '\ud800', OTHER];
      const list = listQuery();
      const counts = await store().countOfUsers(users, list);
      const pages = await store().listOfUsers(users, list);
      const texts = await store().listTextsOfUsers(users, list);
      for (const id of users) {
        const own = [ME, OTHER].includes(id) ? await store().list({ ...list, visibleTo: id }) : null;
        expect(pages.get(id)?.records).toEqual(own?.records ?? []);
        expect(texts.get(id)?.rows.length).toBe(own?.records.length ?? 0);
        expect(counts.get(id) ?? 0).toBe(own?.records.length ?? 0);
      }
      const edge = (await store().list(list)).positions[2] as Position;
      const beyond = listQuery({ after: edge });
      expect(await store().haveOutside(users, beyond, edge)).toEqual(
        await store().haveOutside([ME, OTHER], beyond, edge),
      );
    });

    test('A filter holds for each of many users too', async () => {
      const list = listQuery({ filter: { organizer: { id: [OTHER] } } });
      const pages = await store().listOfUsers([ME, OTHER], list);
      expect(pages.get(ME)?.records.map(({ id }) => id)).toEqual([guid(2)]);
      expect(pages.get(OTHER)?.records.map(({ id }) => id)).toEqual([guid(3), guid(2)]);
      const texts = await store().listTextsOfUsers([ME, OTHER], list);
      expect(texts.get(OTHER)?.rows.map(({ id }) => id)).toEqual([guid(3), guid(2)]);
    });
  });
}
