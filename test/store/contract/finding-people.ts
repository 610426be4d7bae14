import { IdentityKind } from '../../../src/domain/identity.js';
import type { CallRecordDocument, JsonObject } from '../../../src/domain/document.js';
import type { Store } from '../../../src/store/store.js';
import fc from 'fast-check';
import { documentOf, guid, matching, type OpenStore, withStore } from '../../support/opened-store.js';
import { document, PERSON } from './oracle-property.js';

const user = (id: string, displayName: string | null = null, more: JsonObject = {}) => ({
  user: { id, displayName, ...more },
});
const day = (number: number) => `2026-01-${String(number).padStart(2, '0')}T10:00:00`;
/** A record for each list of participants, one a day. */
const calls = (...meetings: JsonObject[][]): CallRecordDocument[] =>
  meetings.map((participants, index) => documentOf(index + 1, { participants, startDateTime: day(index + 1) }));

interface Asked {
  limit?: number;
  visibleTo?: string | null;
}

const found = (store: Store, search: string, { limit = 100, visibleTo = null }: Asked = {}) =>
  store.listPeople({ search, limit, visibleTo, counted: true });
const idsOf = async (store: Store, search: string, asked: Asked = {}) =>
  (await found(store, search, asked)).map(({ id }) => id);

interface Expected {
  kind: string;
  id: string;
  calls: Set<string>;
  last: string;
  names: string[];
}

const fold = (text: string) => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toUpperCase();

/** Everybody in the records, the latest calls first, in plain words. */
function everybodyIn(all: CallRecordDocument[]): Expected[] {
  const latestFirst = [...all].sort((a, b) => (lastOf(a) < lastOf(b) ? 1 : -1));
  const people = new Map<string, Expected>();
  for (const one of latestFirst) {
    for (const [kind, member] of [one.organizer, ...one.participants].flatMap((set) => Object.entries(set ?? {}))) {
      const { id, displayName, userPrincipalName } = member as { [name: string]: string | undefined };
      if (!id) continue;
      const key = id.length === 36 ? id.toLowerCase() : id;
      const person = people.get(`${kind} ${key}`) ?? { kind, id: key, calls: new Set(), last: one.id, names: [key] };
      people.set(`${kind} ${key}`, person);
      person.calls.add(one.id);
      if (person.last === one.id) person.names.push(displayName ?? '', userPrincipalName ?? '');
    }
  }
  return [...people.values()];
}

const lastOf = ({ startDateTime, id }: CallRecordDocument) => `${startDateTime} ${id}`;

/** People by a part of what they are called, with the calls of each. */
export function describeFindingPeople(open: OpenStore): void {
  describe('people', () => {
    const withCalls = (records: CallRecordDocument[], work: (store: Store) => Promise<void>) =>
      withStore(open, async (store) => {
        await store.import(records);
        await work(store);
      });

    const named = { displayName: 'Ada Müller', userPrincipalName: 'Ada.Mueller@Contoso.example' };
    const ada = { user: { id: 'a', ...named } };
    test.each([
      ['a name', 'da mü'],
      ['a name without its accents', 'MULLER'],
      ['an id', 'AAAA-0000'],
      ['a number', '425555'],
      ['a sign-in name', 'mueller@contoso'],
      ['one letter', 'ü'],
      ['two letters, with blanks around them', ' 2m '],
    ])('are found by a part of %s', (_what, search) =>
      withCalls(
        calls([
          user('aaaaaaaa-0000-4000-8000-00000000000A', 'Ada Müller', {
            userPrincipalName: 'Ada.Mueller@contoso.example',
          }),
          { phone: { id: '+14255550123' } },
          { guest: { id: 'teamsvisitor:2m' } },
          user('x', 'Bob'),
        ]),
        async (store) => expect(await idsOf(store, search)).toHaveLength(1),
      ),
    );

    test.each(['', '  ', 'nobody', '%', 'Ada\nAda', 'a\0', '\ud800'])('are not found by %j', (search) =>
      withCalls(calls([user('a', 'Ada\nAda')]), async (store) => expect(await found(store, search)).toEqual([])),
    );

    test('come with the names of their latest call, whatever was stored last, and with the number of their calls', () =>
      withCalls(
        [...calls([user('a', 'Ada Byron')], [ada, user('b', 'Bob')], [user('b', 'Bob')])].reverse(),
        async (store) => {
          const kind = IdentityKind.USER;
          expect(await found(store, 'ada')).toEqual([{ kind, id: 'a', ...named, callCount: 2, lastCallAt: day(2) }]);
          expect(await found(store, 'byron')).toEqual([]);
          expect(await idsOf(store, 'b')).toEqual(['b']);
          const [first] = await store.listPeople({ search: 'a', limit: 1, visibleTo: null, counted: false });
          expect(first).toEqual({ kind, id: 'a', ...named, lastCallAt: day(2) });
        },
      ));

    test('of one id in two kinds are two, each with the calls in that kind', () =>
      withCalls(
        calls([user('x', 'As user')], [{ guest: { id: 'x', displayName: 'As guest' } }], [user('x', 'As user')]),
        async (store) => {
          expect((await found(store, 'x')).map(({ kind, callCount }) => [kind, callCount])).toEqual([
            [IdentityKind.USER, 2],
            [IdentityKind.GUEST, 1],
          ]);
          expect((await found(store, 'as g')).map(({ kind }) => kind)).toEqual([IdentityKind.GUEST]);
        },
      ));

    test('are counted once a call, and counts follow deletes and newer versions', () =>
      withCalls(calls([ada, ada, user('b', 'Bob')], [ada], [user('b', 'Bob')]), async (store) => {
        const counts = async () =>
          (await found(store, 'o')).map(({ id, callCount, lastCallAt }) => [id, callCount, lastCallAt]);
        expect(await counts()).toEqual([
          ['b', 2, day(3)],
          ['a', 2, day(2)],
        ]);
        await store.import([documentOf(2, { version: 2n, participants: [user('b', 'Bob')], startDateTime: day(9) })]);
        expect(await counts()).toEqual([
          ['b', 3, day(9)],
          ['a', 1, day(1)],
        ]);
        await store.delete(guid(1));
        await store.delete(guid(3));
        expect(await counts()).toEqual([['b', 1, day(9)]]);
        await store.delete(guid(2));
        expect(await counts()).toEqual([]);
      }));

    test('are for one person those of that person’s calls, by the names and counts of these alone', () =>
      withCalls(
        calls(
          [user(PERSON, 'Anna'), user('a', 'Ada Byron')],
          [user('a', 'Ada Lovelace')],
          [user('b', 'Adam')],
          [user(PERSON, 'Anna'), user('c', 'Ada C')],
        ),
        async (store) => {
          const own = await found(store, 'ada', { visibleTo: PERSON.toUpperCase() });
          expect(own.map(({ id, displayName, callCount }) => [id, displayName, callCount])).toEqual([
            ['c', 'Ada C', 1],
            ['a', 'Ada Byron', 1],
          ]);
          expect(await idsOf(store, 'lovelace', { visibleTo: PERSON })).toEqual([]);
          expect(await idsOf(store, 'byron')).toEqual([]);
          expect(await store.findSelf(PERSON.toUpperCase(), true)).toMatchObject({
            ...{ kind: IdentityKind.USER, id: PERSON, displayName: 'Anna', callCount: 2, lastCallAt: day(4) },
          });
          expect(await store.findSelf('nobody', true)).toMatchObject({ id: 'nobody', callCount: 0, lastCallAt: null });
        },
      ));

    test('beyond those who are gathered, and beyond the latest calls, are found by the latest of their calls', () =>
      withStore(open, async (store) => {
        const time = (second: number) => new Date(Date.UTC(2026, 0, 1) + second * 1_000).toISOString().slice(0, 19);
        const strangers = Array.from({ length: 500 }, (_, index) =>
          documentOf(index, {
            startDateTime: time(index),
            participants: [{ guest: { id: `teamsvisitor:${index}`, displayName: 'Some Guest' } }, user(PERSON, 'Anna')],
          }),
        );
        const others = Array.from({ length: 2_000 }, (_, index) =>
          documentOf(1_000 + index, { startDateTime: time(1_000 + index), participants: [user('o', 'Other')] }),
        );
        await store.import([...strangers, ...others]);
        const expected = Array.from({ length: 12 }, (_, index) => `teamsvisitor:${499 - index}`);
        for (const visibleTo of [null, PERSON]) {
          expect(await idsOf(store, 'guest', { limit: 12, visibleTo })).toEqual(expected);
          expect(await idsOf(store, 's', { limit: 12, visibleTo })).toEqual(expected);
          expect(await idsOf(store, 'visitor:00', { limit: 12, visibleTo })).toEqual([]);
          // Somebody of the first of all calls.
          expect(await idsOf(store, 'visitor:0', { limit: 12, visibleTo })).toEqual(['teamsvisitor:0']);
        }
        expect(await idsOf(store, 'o', { limit: 2 })).toEqual(['o', 'teamsvisitor:499']);
      }));

    test('of long ago in one person’s calls are found by the names there, however many calls both have had since', () =>
      withStore(open, async (store) => {
        const time = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString().slice(0, 19);
        const meetings = [
          [user(PERSON, 'Anna'), user('r', 'Zoe Before'), user('b', 'Busy Bee'), user('w', 'Anna Was')],
          ...Array.from({ length: 70 }, () => [user(PERSON, 'Anna'), user('w', 'Will Be')]),
          ...Array.from({ length: 120 }, () => [user('r', 'Zoe After'), user('b', 'Busy Bee'), user('n', 'Zoe Never')]),
        ];
        await store.import(
          meetings.map((participants, index) => documentOf(index, { participants, startDateTime: time(index) })),
        );
        const own = (search: string) => found(store, search, { visibleTo: PERSON });
        expect(await own('zoe before')).toMatchObject([{ id: 'r', displayName: 'Zoe Before', lastCallAt: time(0) }]);
        expect(await own('zoe after')).toEqual([]);
        expect(await own('zoe')).toMatchObject([{ id: 'r' }]);
        expect(await own('busy')).toMatchObject([{ id: 'b', callCount: 1 }]);
        expect(await own('anna was')).toEqual([]);
        expect(await own('will')).toMatchObject([{ id: 'w', callCount: 71 }]);
      }));

    test('are those of any records that are called so in their latest call, for everybody and for one person', async () => {
      const parts = ['a', 'ås', 'SS', 'mul', 'contoso', 'x', '+14', 'e', '0000', 'none'];
      await fc.assert(
        fc.asyncProperty(fc.array(document, { minLength: 2, maxLength: 10 }), (changes) =>
          withStore(open, async (store) => {
            const all = changes.map((one, index) => documentOf(index, one));
            await store.import(all);
            for (const [search, visibleTo] of parts.flatMap((part) => [
              [part, null] as const,
              [part, PERSON] as const,
            ])) {
              const visible = visibleTo === null ? await matching(store, null) : await matching(store, null, visibleTo);
              const expected = everybodyIn(all.filter(({ id }) => visible.includes(id)))
                .filter(({ names }) => names.some((name) => fold(name).includes(fold(search))))
                .map(({ kind, id, calls: own }) => `${kind} ${id} ${own.size}`);
              const answered = await found(store, search, { visibleTo });
              // Of two whose latest call is the same, either may come first.
              expect(answered.map(({ kind, id, callCount }) => `${kind} ${id} ${callCount}`).sort()).toEqual(
                expected.sort(),
              );
              const times = answered.map(({ lastCallAt }) => String(lastCallAt));
              expect(times).toEqual([...times].sort().reverse());
            }
          }),
        ),
        { numRuns: 12 },
      );
    });
  });
}
