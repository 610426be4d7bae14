import { type CallRecordDocument, Fetched } from '../../../src/domain/document.js';
import { readGraphRecord } from '../../../src/domain/graph-payload.js';
import { toGraphPayload } from '../../../src/domain/written-payload.js';
import { parseJson, stringifyJson } from '../../../src/platform/json.js';
import { SCALAR_COLUMNS } from '../../../src/store/rows/row-mapping.js';
import type { Store } from '../../../src/store/store.js';
import {
  documentOf,
  fixturePart,
  fixtureRecord,
  fixtureRecords,
  guid,
  listQuery,
  matching,
  type OpenStore,
  readFixture,
  stored,
  withStore,
} from '../../support/opened-store.js';

const WHOLE = [
  ...['01-peer-to-peer-audio', '02-group-call-three-participants', '03-group-call-large', '04-pstn-inbound'],
  ...['05-mixed-identities', '06-precision', '08-unknown-enum-members', '09-nulls-everywhere', '10-full-depth'],
];
const user = (id: string, displayName = id) => ({ user: { id, displayName } });

async function importOne(store: Store, document: CallRecordDocument): Promise<string | undefined> {
  return (await store.import([document]))[0];
}

async function only(store: Store): Promise<CallRecordDocument> {
  const documents = await stored(store);
  expect(documents).toHaveLength(1);
  return documents[0] as CallRecordDocument;
}

/** A document as a list of Graph shows it: nobody but the organizer, legacy members null, no sessions. */
function listItem(document: CallRecordDocument, changes: object = {}): CallRecordDocument {
  const { participants_v2: _participants, sessions: _sessions, ...rest } = toGraphPayload(document);
  return readGraphRecord({ ...rest, organizer: null, participants: null, ...changes });
}

/** How copies of one record meet. */
export function describeImporting(open: OpenStore): void {
  describe('importing', () => {
    for (const name of WHOLE) {
      test(`Fixture ${name} is stored as it came, and importing it or its export again changes nothing`, () =>
        withStore(open, async (store) => {
          const documents = await fixtureRecords(name);
          expect(new Set(await store.import(documents))).toEqual(new Set(['created']));
          const kept = await stored(store);
          expect(kept).toEqual([...documents].sort((a, b) => (a.id < b.id ? -1 : 1)));
          expect(new Set(await store.import(documents))).toEqual(new Set(['unchanged']));
          const exported = kept.map((one) => readGraphRecord(parseJson(stringifyJson(toGraphPayload(one)))));
          expect(new Set(await store.import(exported))).toEqual(new Set(['unchanged']));
          expect(await stored(store)).toEqual(kept);
        }));
    }

    test('More records than a statement takes values are imported, replaced, and found', () =>
      withStore(open, async (store) => {
        const count = 33_000;
        const documents = (changes: Partial<CallRecordDocument>) =>
          Array.from({ length: count }, (_, index) => documentOf(index, changes));
        expect(new Set(await store.import(documents({ organizer: user('a', 'Before') })))).toEqual(
          new Set(['created']),
        );
        const next = documents({ version: 2n, organizer: user('a', 'After') });
        expect(new Set(await store.import(next))).toEqual(new Set(['updated']));
        const ids = next.map(({ id }) => id);
        expect((await store.find(ids, null, SCALAR_COLUMNS)).size).toBe(count);
        expect(await store.count(listQuery({ filter: { organizer: { displayName: 'before' } } }))).toBe(0);
        expect(await store.count(listQuery({ filter: { organizer: { displayName: 'after' } } }))).toBe(count);
      }));

    test('Version 2 replaces version 1 whole, and 1 after 2, or 2 twice, changes nothing', async () => {
      const [one, two] = await Promise.all([fixtureRecord('07-version-1'), fixtureRecord('07-version-2')]);
      const runs: [CallRecordDocument[], string[]][] = [
        [
          [one, two],
          ['created', 'updated'],
        ],
        [
          [two, one],
          ['created', 'unchanged'],
        ],
        [
          [two, two, one],
          ['created', 'unchanged', 'unchanged'],
        ],
        [
          [one, two, one, two],
          ['created', 'updated', 'unchanged', 'unchanged'],
        ],
      ];
      for (const [documents, outcomes] of runs) {
        await withStore(open, async (store) => {
          expect(await store.import(documents)).toEqual(outcomes);
          expect(await only(store)).toEqual(two);
        });
        await withStore(open, async (store) => {
          const each: (string | undefined)[] = [];
          for (const document of documents) each.push(await importOne(store, document));
          expect(each).toEqual(outcomes);
          expect(await only(store)).toEqual(two);
          expect(await matching(store, { startDateTime: { eq: one.startDateTime } })).toEqual([]);
        });
      }
    });

    test('A page of participants is added after those of its record, once, whichever is imported again', () =>
      withStore(open, async (store) => {
        const [record, page] = [
          await fixtureRecord('03-group-call-large'),
          await fixturePart('03-group-call-large-participants-page-2'),
        ];
        expect(await store.importParts([page])).toEqual([null]);
        expect(await stored(store)).toEqual([]);
        expect(await importOne(store, record)).toBe('created');
        expect(await store.importParts([page, page])).toEqual(['updated', 'unchanged']);
        const whole = await only(store);
        expect(whole.participants).toHaveLength(143);
        expect(whole.participants.slice(0, 130)).toEqual(record.participants);
        expect(whole.participants[131]).toEqual({ phone: expect.objectContaining({ id: '+14255550231' }) });
        expect(await store.importParts([page])).toEqual(['unchanged']);
        expect(await importOne(store, record)).toBe('unchanged');
        expect(await only(store)).toEqual(whole);
        expect(await matching(store, { participant: { id: ['+14255550231'] } })).toEqual([record.id]);
      }));

    test('A list item never erases what a GET stored', () =>
      withStore(open, async (store) => {
        for (const name of ['02-group-call-three-participants', '05-mixed-identities', '10-full-depth']) {
          const document = await fixtureRecord(name);
          await importOne(store, document);
          expect(await importOne(store, listItem(document))).toBe('unchanged');
          expect((await stored(store)).find(({ id }) => id === document.id)).toEqual(document);
        }
      }));

    test('The whole record completes a list item of its version, people and sessions included', () =>
      withStore(open, async (store) => {
        const document = await fixtureRecord('10-full-depth');
        expect(await importOne(store, listItem(document))).toBe('created');
        expect(await only(store)).toMatchObject({ participants: [], participantsFetched: Fetched.none });
        expect(await importOne(store, document)).toBe('updated');
        expect(await only(store)).toEqual(document);
        expect(await importOne(store, document)).toBe('unchanged');
      }));

    test('The whole seconds of a list item become the ticks of the whole record', () =>
      withStore(open, async (store) => {
        const document = await fixtureRecord('02-group-call-three-participants');
        const seconds = (time: string) => `${time.slice(0, 19)}Z`;
        const { startDateTime, endDateTime } = document;
        const times = { startDateTime: seconds(startDateTime), endDateTime: seconds(endDateTime) };
        await importOne(store, listItem(document, times));
        expect(await importOne(store, document)).toBe('updated');
        expect(await only(store)).toEqual(document);
        expect(await importOne(store, listItem(document, times))).toBe('unchanged');
        expect(await matching(store, { organizer: { id: ['e295a6e1-6b64-490c-8983-d4a384434f4c'] } })).toHaveLength(1);
      }));

    test('The list of Graph in pages imports as partial records, whose participants are not known', () =>
      withStore(open, async (store) => {
        for (const page of ['11-list-page-1', '11-list-page-2-empty', '11-list-page-3-last']) {
          await store.import(await fixtureRecords(page));
        }
        const documents = await stored(store);
        expect(documents).toHaveLength(4);
        expect(documents.every(({ participantsFetched }) => participantsFetched === Fetched.none)).toBe(true);
      }));

    test('A list item of a higher version corrects its members and keeps the people and sessions stored', () =>
      withStore(open, async (store) => {
        const document = await fixtureRecord('10-full-depth');
        await importOne(store, document);
        const version = document.version + 1n;
        expect(await importOne(store, listItem(document, { version, type: 'groupCall', modalities: ['data'] }))).toBe(
          'updated',
        );
        const kept = await only(store);
        expect(kept).toMatchObject({ version, type: 'groupCall', modalities: ['data'] });
        expect(kept.participants).toEqual(document.participants);
        expect(kept.sessions).toEqual(document.sessions);
        expect(kept.organizer).toEqual(document.organizer);
        expect(kept.extension).toEqual(document.extension);
        // Of the version before: the GET of this version replaces them.
        const next = { ...document, version, participants: [user('new')], sessions: [], extension: null };
        next.sessionsFetched = Fetched.wholly;
        expect(await importOne(store, next)).toBe('updated');
        expect((await only(store)).participants).toEqual([user('new')]);
        expect((await only(store)).sessions).toEqual([]);
      }));

    test('A lower version changes nothing, however much it holds', () =>
      withStore(open, async (store) => {
        const item = documentOf(1, { version: 5n, participantsFetched: Fetched.none });
        await importOne(store, item);
        const lower = documentOf(1, { version: 4n, organizer: user('a'), participants: [user('a')], joinWebUrl: 'u' });
        expect(await importOne(store, lower)).toBe('unchanged');
        expect(await only(store)).toEqual(item);
      }));

    test('The same version completes only what was missing: what is stored stays', () =>
      withStore(open, async (store) => {
        const first = documentOf(1, { organizer: { user: { id: 'a' } }, participants: [user('a')] });
        await importOne(store, first);
        const other = documentOf(1, {
          type: 'groupCall',
          joinWebUrl: 'https://example.com',
          organizer: { user: { id: 'b', displayName: 'Ada' } },
          participants: [user('b')],
          sessions: [{ id: 's' }],
          sessionsFetched: Fetched.wholly,
        });
        expect(await importOne(store, other)).toBe('updated');
        const result = await only(store);
        expect(result).toMatchObject({ type: 'peerToPeer', joinWebUrl: 'https://example.com' });
        expect(result.organizer).toEqual({ user: { id: 'a', displayName: 'Ada' } });
        expect(result.participants).toEqual([user('a')]);
        expect(result.sessions).toEqual([{ id: 's' }]);
        expect(await importOne(store, other)).toBe('unchanged');
      }));

    for (const [title, retired] of [
      ['null', { organizer: null, participants: null }],
      ['empty', { organizer: null, participants: [] }],
    ] as const) {
      test(`Retired members that are ${title} never erase people, in this version or a higher one`, () =>
        withStore(open, async (store) => {
          const json = await readFixture('01-peer-to-peer-audio');
          const { organizer_v2: _organizer, participants_v2: _participants, ...legacy } = json;
          const document = readGraphRecord(legacy);
          expect(document.participants).toHaveLength(2);
          await importOne(store, document);
          expect(await importOne(store, readGraphRecord({ ...legacy, ...retired }))).toBe('unchanged');
          expect(await only(store)).toEqual(document);
          expect(await importOne(store, readGraphRecord({ ...legacy, ...retired, version: 2 }))).toBe('updated');
          const { organizer, participants } = await only(store);
          expect({ organizer, participants }).toEqual({
            organizer: document.organizer,
            participants: document.participants,
          });
        }));
    }

    test('Legacy members and their _v2 entities are one list of people', () =>
      withStore(open, async (store) => {
        await importOne(store, await fixtureRecord('01-peer-to-peer-audio'));
        expect((await store.list(listQuery())).records[0]?.participantCount).toBe(2);
      }));

    test('Every kind of identity is kept and found, the old acsUser as the new kind too', () =>
      withStore(open, async (store) => {
        const json = await readFixture('05-mixed-identities');
        const entities = json.participants_v2 as { id: string; identity: Record<string, unknown> }[];
        const document = await fixtureRecord('05-mixed-identities');
        await importOne(store, document);
        const kept = await only(store);
        for (const [index, { identity }] of entities.entries()) {
          for (const [kind, member] of Object.entries(identity)) {
            if (member !== null) expect(kept.participants[index]?.[kind]).toEqual(member);
          }
        }
        for (const { id, identity } of entities) {
          if (Object.values(identity).some((member) => member !== null)) {
            expect(await matching(store, { participant: { id: [id] } })).toEqual([document.id]);
          }
        }
        const [shown] = (await store.list(listQuery())).records;
        const acs = shown?.participants.map((set) => set.azureCommunicationServicesUser?.id).filter(Boolean);
        expect(acs).toHaveLength(2);
        expect(shown?.participantCount).toBe(13);
      }));

    test('Members that no schema knows are kept as they came', () =>
      withStore(open, async (store) => {
        await importOne(store, await fixtureRecord('08-unknown-enum-members'));
        const document = await only(store);
        const json = await readFixture('08-unknown-enum-members');
        expect(document).toMatchObject({ type: 'townHall', modalities: json.modalities, sessions: json.sessions });
        expect(document.extension?.properties).toEqual({ recapAvailability: 'partial' });
        expect(document.organizer).toMatchObject({ endpointType: 'wearable', hologram: { displayName: 'Stage left' } });
        expect((await store.list(listQuery())).records[0]).toMatchObject({
          type: 'unknownFutureValue',
          modalities: ['audio', 'unknownFutureValue'],
        });
      }));

    test('What was stored when text was taken for objects is put right by the right copy of its version', () =>
      withStore(open, async (store) => {
        const right = await fixtureRecord('10-full-depth');
        const damages: Partial<CallRecordDocument>[] = [
          { participants: right.participants.map(() => ({ user: '@{id=…}', phone: '' })) },
          {
            participants: right.participants.map(() => ({ user: '@{id=…}' })),
            participantsFetched: Fetched.none,
            extension: { ...right.extension, participants: undefined, legacyParticipants: right.participants.length },
          },
          { organizer: { user: '@{id=…}' } },
          { sessions: right.sessions.map((session) => ({ ...session, caller: '@{name=…}', segments: '' })) },
          { sessions: right.sessions.map((session) => ({ ...session, segments: [{ media: 'x' }, 'y'] })) },
        ];
        for (const damage of damages) {
          await store.delete(right.id);
          await store.import([{ ...right, ...damage }]);
          expect([await importOne(store, right), await importOne(store, right)]).toEqual(['updated', 'unchanged']);
          expect(await only(store)).toEqual(right);
        }
      }));

    test('Who was stored without an identity, but with the id of the entity, is the person of that id', () =>
      withStore(open, async (store) => {
        const ids = ['a', 'b'];
        const lost = ids.map((id) => ({ id }));
        const people = { participants: ids.map(() => ({})), extension: { participants: lost, organizer: { id: 'o' } } };
        const right = documentOf(1, { organizer: user('o'), participants: ids.map((id) => user(id)) });
        for (const damage of [{}, { participantsFetched: Fetched.partly }]) {
          await store.delete(right.id);
          await store.import([documentOf(1, { organizer: {}, ...people, ...damage })]);
          expect([await importOne(store, right), await importOne(store, right)]).toEqual(['updated', 'unchanged']);
          expect(await only(store)).toEqual(right);
        }
        await store.delete(right.id);
        await store.import([documentOf(1, { ...people, participantsFetched: Fetched.partly })]);
        const page = { id: right.id, part: 'participants_v2' as const, participants: right.participants };
        const part = { ...page, participants: page.participants.map((set) => ({ set, extra: null })) };
        expect(await store.importParts([part, part])).toEqual(['updated', 'unchanged']);
        expect((await only(store)).participants).toEqual(right.participants);
      }));

    test('A page of an earlier version changes nothing, and one of a version that is not stored has no record', () =>
      withStore(open, async (store) => {
        await store.import([documentOf(1, { version: 2n })]);
        const page = { id: guid(1), part: 'sessions' as const, sessions: [{ id: 's' }] };
        const versions = [1n, 3n, 2n, undefined];
        const outcomes = await store.importParts(versions.map((version) => ({ ...page, version })));
        expect(outcomes).toEqual(['unchanged', null, 'updated', 'unchanged']);
      }));

    test('Sessions of one id keep their own values, in whatever copies and pages they come again', () =>
      withStore(open, async (store) => {
        const leg = (service: string) => ({ id: 'dup', callee: { userAgent: { headerValue: service } } });
        const sessions = [
          { ...leg('svc-1'), failureInfo: null },
          { ...leg('svc-2'), failureInfo: { stage: 'midcall' } },
        ];
        const document = documentOf(1, { sessions, sessionsFetched: Fetched.wholly });
        const page = { id: guid(1), part: 'sessions' as const, sessions };
        expect(await store.import([document, document])).toEqual(['created', 'unchanged']);
        expect(await store.importParts([page, { ...page, sessions: sessions.slice(1) }])).toEqual([
          'unchanged',
          'unchanged',
        ]);
        expect((await only(store)).sessions).toEqual(sessions);
      }));

    test('An import is all or none', () =>
      withStore(open, async (store) => {
        const documents = [documentOf(1), documentOf(2, { version: 2n ** 64n })];
        await expect(store.import(documents)).rejects.toThrow();
        expect(await stored(store)).toEqual([]);
      }));

    test('Two imports of the same new records at the same time store them once, whoever is in them', () =>
      withStore(open, async (store) => {
        const records = [...(await fixtureRecords('10-full-depth')), ...(await fixtureRecords('05-mixed-identities'))];
        for (let round = 0; round < 8; round++) {
          const fresh = records.map((record, index) => ({ ...record, id: guid(round * records.length + index) }));
          const outcomes = await Promise.all([store.import(fresh), store.import(fresh)]);
          const expected = ['created', 'unchanged'].map((outcome) => records.map(() => outcome));
          expect(outcomes.sort()).toEqual(expected);
        }
      }));

    test('Records of an import meet the ones before them in it, and an empty one is nothing', () =>
      withStore(open, async (store) => {
        const one = documentOf(1);
        expect(await store.import([one, { ...one, version: 3n }, { ...one, version: 2n }, documentOf(2)])).toEqual([
          'created',
          'updated',
          'unchanged',
          'created',
        ]);
        expect(await store.import([])).toEqual([]);
        expect((await stored(store)).map(({ version }) => version)).toEqual([3n, 1n]);
      }));

    test('A new version of many large meetings is imported at once, with tens of thousands of names in it', () =>
      withStore(open, async (store) => {
        const people = (record: number) =>
          Array.from({ length: 100 }, (_, index) => user(`${record}-${index}`, `Person ${record}-${index}`));
        const version = (number: bigint) =>
          Array.from({ length: 400 }, (_, record) =>
            documentOf(record, { version: number, participants: people(record) }),
          );
        await store.import(version(1n));
        expect(new Set(await store.import(version(2n)))).toEqual(new Set(['updated']));
        expect(await matching(store, { participant: { displayName: 'person 7-99' } })).toEqual([guid(7)]);
      }));
  });
}
