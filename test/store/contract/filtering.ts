import type { CallRecordDocument } from '../../../src/domain/document.js';
import { CallType, Modality } from '../../../src/domain/enums.js';
import type { CallRecordFilter, IdentityFilter } from '../../../src/domain/filter.js';
import { IdentityKind } from '../../../src/domain/identity.js';
import {
  documentOf,
  fixtureRecords,
  guid,
  listQuery,
  matching,
  type OpenStore,
  sharedStore,
} from '../../support/opened-store.js';

const TENANT = 'dddddddd-0000-4000-8000-00000000000d';
const URL = 'https://example.com/meet/1';
const named = (displayName: string) => ({ user: { id: `id of ${displayName}`, displayName } });

const RECORDS: CallRecordDocument[] = [
  documentOf(1, { type: 'groupCall', modalities: ['audio', 'video'], joinWebUrl: URL, organizer: named('Åsa Berg') }),
  documentOf(2, { type: 'townHall', modalities: ['audio', 'spatialAudio'], joinWebUrl: `${URL}1`, version: 3n }),
  documentOf(3, {
    type: 'unknownFutureValue',
    modalities: ['unknownFutureValue'],
    organizer: { user: { id: 'ABCDEF00-0000-4000-8000-00000000000A', displayName: 'Strasse', tenantId: TENANT } },
    participants: [{ phone: { id: '+1425' } }, { user: { id: 'x', displayName: 'STRASSE 7' } }],
  }),
  documentOf(4, {
    modalities: [],
    endDateTime: '2026-02-25T18:52:21.0000001',
    participants: [named('100% sure'), named('Σοφός'), { guest: { id: 'Ab' }, phone: { displayName: 'a_b' } }],
  }),
  documentOf(5, {
    type: 'unknown',
    modalities: ['data', 'video'],
    startDateTime: '2026-02-25T18:52:21.0000001',
    endDateTime: '2026-02-25T18:52:20',
    organizer: {},
    participants: [named('Weiß'), {}, { device: { id: 'x', tenantId: TENANT.toUpperCase() } }],
  }),
];
const ALL = [1, 2, 3, 4, 5];

/** A meeting's link as Graph sends it, and as clients ask for it. */
const AS_SENT =
  'https://teams.microsoft.com/l/meetup-join/19%3ameeting_QUJD%40thread.v2/0?context=%7b%22Tid%22%3a%2222%22%2c%22Oid%22%3a%2233%22%7d';
const SPELLINGS = [
  AS_SENT.replace(/%../g, (escape) => escape.toUpperCase()),
  decodeURIComponent(AS_SENT),
  new globalThis.URL(decodeURIComponent(AS_SENT)).href,
  encodeURI(decodeURIComponent(AS_SENT)),
  decodeURI(AS_SENT),
  new globalThis.URL(decodeURI(AS_SENT)).href,
];
const OTHERS = [
  AS_SENT.replace('QUJD', 'qujd'),
  AS_SENT.replace('/0?', '%2f0?'),
  AS_SENT.replace('?', '%3f'),
  `${AS_SENT}#x`,
];

/** Every member of a filter, and what null, `[]`, `and`, `or` and `not` mean. */
export function describeFiltering(open: OpenStore): void {
  describe('the link of a meeting', () => {
    const records = () =>
      [AS_SENT, ...SPELLINGS, ...OTHERS].map((joinWebUrl, index) => documentOf(index, { joinWebUrl }));
    const store = sharedStore(open, async () => records());

    test('It finds its calls however either is percent-encoded, and those of no other', async () => {
      const same = [AS_SENT, ...SPELLINGS].map((_, index) => guid(index));
      for (const joinWebUrl of [AS_SENT, ...SPELLINGS])
        expect([joinWebUrl, await matching(store(), { joinWebUrl })]).toEqual([joinWebUrl, same]);
      const not = await matching(store(), { not: { joinWebUrl: AS_SENT } });
      expect(not).toHaveLength(OTHERS.length);
      for (const joinWebUrl of OTHERS) expect(await matching(store(), { joinWebUrl })).toHaveLength(1);
      expect(await matching(store(), { joinWebUrl: 'not a url %zz' })).toEqual([]);
    });

    test('A hundred of them are asked for at once', async () => {
      const or = Array.from({ length: 100 }, (_, index) => ({ joinWebUrl: AS_SENT.replace('QUJD', `QUJD${index}`) }));
      expect(await matching(store(), { or })).toEqual([]);
    });
  });

  describe('filtering', () => {
    const store = sharedStore(open, async () => RECORDS);
    const expectRecords = async (filter: CallRecordFilter | null, numbers: number[]) =>
      expect(await matching(store(), filter)).toEqual(numbers.map(guid));
    const expectParticipant = (participant: IdentityFilter, numbers: number[]) =>
      expectRecords({ participant }, numbers);

    test('A bound of any number of fractional digits is compared exactly', async () => {
      const startDateTime = '2026-02-25T18:52:21.0000001';
      await expectRecords({ startDateTime: { gte: `${startDateTime}01` } }, []);
      await expectRecords({ startDateTime: { gt: startDateTime } }, []);
      await expectRecords({ startDateTime: { lt: `${startDateTime}01`, gt: '2026-02-25T18:52:21.000000099999' } }, [5]);
      await expectRecords({ startDateTime: { lte: '2026-02-25T18:52:21.00000009' } }, [1, 2, 3, 4]);
      await expectRecords({ startDateTime: { eq: `${startDateTime}01` } }, []);
    });

    test('Whether there is a meeting, or an id, can be asked for', async () => {
      await expectRecords({ hasJoinWebUrl: true }, [1, 2]);
      await expectRecords({ hasJoinWebUrl: false }, [3, 4, 5]);
      await expectRecords({ not: { hasJoinWebUrl: true } }, [3, 4, 5]);
      await expectRecords({ organizer: { hasId: true } }, [1, 3]);
      await expectRecords({ not: { organizer: { hasId: true } } }, [2, 4, 5]);
      await expectParticipant({ hasId: false }, [4]);
      await expectParticipant({ hasId: true, kind: [IdentityKind.PHONE] }, [3]);
    });

    test('No filter, an empty one, and one of nulls match everything', async () => {
      await expectRecords(null, ALL);
      await expectRecords({}, ALL);
      const names = ['id', 'type', 'modalities', 'startDateTime', 'endDateTime', 'lastModifiedDateTime'] as const;
      const more = ['durationSeconds', 'organizer', 'participant', 'joinWebUrl', 'and', 'or', 'not'] as const;
      for (const name of [...names, ...more]) await expectRecords({ [name]: null }, ALL);
    });

    test('Conditions without a constraint in them match everything, records without people too', async () => {
      await expectRecords({ modalities: {}, startDateTime: { gt: null }, durationSeconds: { lt: null } }, ALL);
      await expectRecords({ modalities: { hasAny: null, hasAll: null } }, ALL);
      await expectRecords({ organizer: {} }, ALL);
      await expectRecords({ participant: { id: null, kind: null, tenantId: null, displayName: null } }, ALL);
      await expectRecords({ not: {} }, []);
    });

    test('An empty list matches nothing, and its negation everything', async () => {
      const empty: CallRecordFilter[] = [{ id: [] }, { type: [] }, { or: [] }];
      empty.push({ modalities: { hasAny: [] } }, { modalities: { hasAll: [] } });
      for (const name of ['id', 'kind', 'tenantId']) {
        empty.push({ organizer: { [name]: [] } }, { participant: { [name]: [] } });
      }
      for (const filter of empty) {
        await expectRecords(filter, []);
        await expectRecords({ not: filter }, ALL);
      }
    });

    test('`and: []` matches everything', () => expectRecords({ and: [] }, ALL));

    test('Members, and the parts of `and`, must all hold; of the parts of `or` one is enough', async () => {
      const video: CallRecordFilter = { modalities: { hasAny: [Modality.video] } };
      const unknown: CallRecordFilter = { type: [CallType.unknown] };
      await expectRecords({ ...video, ...unknown }, [5]);
      await expectRecords({ and: [video, unknown] }, [5]);
      await expectRecords({ and: [video], or: [unknown, { joinWebUrl: URL }] }, [1, 5]);
      await expectRecords({ or: [video, { id: [guid(3)] }] }, [1, 3, 5]);
      await expectRecords({ or: [{}] }, ALL);
      await expectRecords({ not: { or: [video, { id: [guid(3)] }] } }, [2, 4]);
      await expectRecords({ not: { and: [video, unknown] } }, [1, 2, 3, 4]);
      await expectRecords({ not: { not: video } }, [1, 5]);
    });

    test('Ids of records compare without regard to case', async () => {
      const id = 'abcdef00-0000-4000-8000-000000000001';
      const { store: own, cleanup } = await open();
      await own.import([documentOf(1, { id })]);
      expect(await matching(own, { id: [id.toUpperCase()] })).toEqual([id]);
      await cleanup();
    });

    test('`type` matches one of the types; unknownFutureValue is every type that this version does not know', async () => {
      await expectRecords({ type: [CallType.peerToPeer] }, [4]);
      await expectRecords({ type: [CallType.unknown, CallType.groupCall] }, [1, 5]);
      await expectRecords({ type: [CallType.unknownFutureValue] }, [2, 3]);
      await expectRecords({ type: [CallType.unknownFutureValue, CallType.unknown] }, [2, 3, 5]);
      await expectRecords({ type: Object.values(CallType) }, ALL);
      await expectRecords({ not: { type: [CallType.unknownFutureValue] } }, [1, 4, 5]);
    });

    test('`hasAny` matches one modality, `hasAll` each; unknownFutureValue is every one that is not known', async () => {
      const { audio, video, data, unknownFutureValue } = Modality;
      await expectRecords({ modalities: { hasAny: [video, data] } }, [1, 5]);
      await expectRecords({ modalities: { hasAll: [video, data] } }, [5]);
      await expectRecords({ modalities: { hasAny: [unknownFutureValue] } }, [2, 3]);
      await expectRecords({ modalities: { hasAll: [audio, unknownFutureValue] } }, [2]);
      await expectRecords({ modalities: { hasAny: [audio], hasAll: [video] } }, [1]);
      await expectRecords({ not: { modalities: { hasAny: [audio, video] } } }, [3, 4]);
    });

    test('Unknown members show as unknownFutureValue, once, even where their name is one of JavaScript', async () => {
      const { store: own, cleanup } = await open();
      await own.import([documentOf(1, { type: 'toString', modalities: ['constructor', 'valueOf', 'audio'] })]);
      const [shown] = (await own.list(listQuery())).records;
      expect(shown).toMatchObject({ type: 'unknownFutureValue', modalities: ['unknownFutureValue', 'audio'] });
      await cleanup();
    });

    test('A joinWebUrl matches exactly, and its negation holds for records without one', async () => {
      await expectRecords({ joinWebUrl: URL }, [1]);
      await expectRecords({ joinWebUrl: '' }, []);
      await expectRecords({ not: { joinWebUrl: URL } }, [2, 3, 4, 5]);
      await expectRecords({ not: { not: { joinWebUrl: URL } } }, [1]);
    });

    test('Date-times compare to the tick, in every comparison', async () => {
      const tick = '2026-02-25T18:52:21.0000001';
      await expectRecords({ startDateTime: { lt: tick } }, [1, 2, 3, 4]);
      await expectRecords({ startDateTime: { lte: tick } }, ALL);
      await expectRecords({ startDateTime: { gt: '2026-02-25T18:52:21' } }, [5]);
      await expectRecords({ startDateTime: { gte: tick } }, [5]);
      await expectRecords({ startDateTime: { eq: tick } }, [5]);
      await expectRecords({ endDateTime: { eq: tick } }, [4]);
      await expectRecords({ endDateTime: { lte: tick, gt: '2026-02-25T18:52:20' } }, [4]);
      await expectRecords({ lastModifiedDateTime: { eq: '2026-02-25T19:00:00' } }, ALL);
      await expectRecords({ lastModifiedDateTime: { lt: '2026-02-25T19:00:00' } }, []);
    });

    test('`durationSeconds` compares fractions of a second and calls that end before they start', async () => {
      await expectRecords({ durationSeconds: { gte: 1e-7, lte: 1e-7 } }, [4]);
      await expectRecords({ durationSeconds: { gt: 0, lt: 25 } }, [4]);
      await expectRecords({ durationSeconds: { lt: 0 } }, [5]);
      await expectRecords({ durationSeconds: { gte: 25, lte: 25 } }, [1, 2, 3]);
      await expectRecords({ durationSeconds: { gt: 0.5e-7, lt: 1.5e-7 } }, [4]);
      await expectRecords({ durationSeconds: { gt: -1e300, lt: 1e300 } }, ALL);
      await expectRecords({ durationSeconds: { gt: 1e300 } }, []);
    });

    test('An identity matches in any kind unless `kind` narrows it; id, kind, tenant and name hold for one identity', async () => {
      await expectParticipant({ id: ['x'] }, [3, 5]);
      await expectParticipant({ id: ['x'], kind: [IdentityKind.DEVICE] }, [5]);
      await expectParticipant({ kind: [IdentityKind.PHONE, IdentityKind.GUEST] }, [3, 4]);
      await expectParticipant({ id: ['Ab'], displayName: 'a_b' }, []);
      await expectParticipant({ id: ['x'], displayName: '7' }, [3]);
      await expectRecords({ not: { participant: { id: ['x'] } } }, [1, 2, 4]);
    });

    test('GUIDs of identities and tenants compare without regard to case, other ids exactly', async () => {
      await expectRecords({ organizer: { id: ['abcdef00-0000-4000-8000-00000000000a'] } }, [3]);
      await expectRecords({ organizer: { id: ['ABCDEF00-0000-4000-8000-00000000000A', 'none'] } }, [3]);
      await expectParticipant({ tenantId: [TENANT] }, [5]);
      await expectRecords({ organizer: { tenantId: [TENANT.toUpperCase()] } }, [3]);
      await expectParticipant({ id: ['ab'] }, []);
      await expectParticipant({ id: ['Ab'] }, [4]);
    });

    test('The organizer is no participant, and a participant no organizer', async () => {
      await expectParticipant({ displayName: 'Åsa' }, []);
      await expectRecords({ organizer: { displayName: 'Åsa' } }, [1]);
      await expectRecords({ organizer: { id: ['x'] } }, []);
    });

    test('A displayName is looked for anywhere in the name, without regard to Unicode case or accents', async () => {
      await expectRecords({ organizer: { displayName: 'åSA b' } }, [1]);
      await expectRecords({ organizer: { displayName: 'A\u030Asa' } }, [1]);
      await expectParticipant({ displayName: 'straße' }, [3]);
      await expectParticipant({ displayName: 'STRAẞE' }, [3]);
      await expectParticipant({ displayName: 'WEISS' }, [5]);
      await expectParticipant({ displayName: 'ΣΟΦΟΣ' }, [4]);
      await expectParticipant({ displayName: 'σοφασ' }, []);
      await expectRecords({ organizer: { displayName: 'asa be' } }, [1]);
      await expectParticipant({ displayName: 'ΣΟΦΌΣ' }, [4]);
      await expectParticipant({ displayName: 'ός' }, [4]);
    });

    test('% and _ in a displayName stand for themselves, and an empty one matches whoever has a name', async () => {
      await expectParticipant({ displayName: '%' }, [4]);
      await expectParticipant({ displayName: '0% S' }, [4]);
      await expectParticipant({ displayName: '_' }, [4]);
      await expectParticipant({ displayName: 'a%b' }, []);
      await expectParticipant({ displayName: '' }, [3, 4, 5]);
    });
  });

  describe('filtering by the durationSeconds shown', () => {
    const ages = documentOf(7, { startDateTime: '0001-01-01T00:00:00', endDateTime: '9999-12-31T23:59:59.9999999' });
    const decades = documentOf(8, { startDateTime: '1990-01-01T00:00:00', endDateTime: '2026-01-01T00:00:00.0000003' });
    const store = sharedStore(open, async () => [...RECORDS, ages, decades, ...(await fixtureRecords('06-precision'))]);

    test('A bound of exactly the number that a record shows includes or excludes that record', async () => {
      const { records } = await store().list(listQuery());
      const ids = async (durationSeconds: object) => matching(store(), { durationSeconds });
      for (const { durationSeconds: shown } of records) {
        const where = (holds: (seconds: number) => boolean) =>
          records
            .filter((record) => holds(record.durationSeconds))
            .map(({ id }) => id)
            .sort();
        expect(await ids({ gte: shown, lte: shown })).toEqual(where((seconds) => seconds === shown));
        expect(await ids({ lt: shown })).toEqual(where((seconds) => seconds < shown));
        expect(await ids({ lte: shown })).toEqual(where((seconds) => seconds <= shown));
        expect(await ids({ gt: shown })).toEqual(where((seconds) => seconds > shown));
        expect(await ids({ gte: shown })).toEqual(where((seconds) => seconds >= shown));
      }
    });
  });
}
