import { type CallRecordDocument, Fetched, type JsonObject } from '../../../src/domain/document.js';
import { PoorReason, QUALITY_RULES, QualityClass } from '../../../src/domain/quality.js';
import type { Store } from '../../../src/store/store.js';
import { documentOf, guid, inputOf, matching, type OpenStore, withStore } from '../../support/opened-store.js';

const ANNA = 'aaaaaaaa-0000-4000-8000-00000000000a';
const BEN = 'bbbbbbbb-0000-4000-8000-00000000000b';
const CLEO = 'cccccccc-0000-4000-8000-00000000000c';
const people = [ANNA, BEN, CLEO].map((id) => ({ user: { id } }));

/** A session of somebody with the service, with streams of such a jitter each. */
const session = (id: string, jitters: string[], more: object = {}): JsonObject => ({
  caller: { associatedIdentity: { id: id.toUpperCase() } },
  callee: { userAgent: { role: 'mediaController' } },
  segments: [
    {
      media: [
        { label: 'main-audio', streams: jitters.map((averageJitter) => ({ packetUtilization: 501, averageJitter })) },
      ],
    },
  ],
  ...more,
});
const GOOD = 'PT0.03S';
const POOR = 'PT0.030001S';
const failed = (stage: string) => ({ failureInfo: { stage } });

const meeting = (number: number, sessions: JsonObject[], changes: Partial<CallRecordDocument> = {}) =>
  documentOf(number, { participants: people, sessions, sessionsFetched: Fetched.wholly, ...changes });

async function qualityOf(store: Store, number: number, visibleTo: string | null = null) {
  const found = await store.find([guid(number)], visibleTo, ['id', 'quality']);
  return found.get(guid(number))?.quality;
}

const NOTHING = { goodStreams: 0, poorStreams: 0, unclassifiedStreams: 0, poorReasons: [], setupFailures: 0, drops: 0 };
const unclassified = { class: QualityClass.UNCLASSIFIED, ...NOTHING, sessions: 0 };

/** How calls are judged when they are stored, and who is told. */
export function describeJudging(open: OpenStore): void {
  describe('judging', () => {
    test('A call is judged by all its sessions when it is imported, and for a person by the own ones alone', async () => {
      await withStore(open, async (store) => {
        await store.import([meeting(1, [session(ANNA, [GOOD, GOOD]), session(BEN, [GOOD, POOR], failed('midcall'))])]);
        expect(await qualityOf(store, 1)).toEqual({
          ...{ class: QualityClass.POOR, goodStreams: 3, poorStreams: 1, unclassifiedStreams: 0, sessions: 2 },
          ...{ poorReasons: [PoorReason.JITTER], setupFailures: 0, drops: 1 },
        });
        const annas = { ...NOTHING, class: QualityClass.GOOD, goodStreams: 2, sessions: 1 };
        expect(await qualityOf(store, 1, ANNA)).toEqual(annas);
        expect(await qualityOf(store, 1, CLEO)).toEqual(unclassified);
        expect(await matching(store, { quality: [QualityClass.POOR] }, ANNA)).toEqual([]);
        expect(await matching(store, { quality: [QualityClass.POOR] }, BEN)).toEqual([guid(1)]);
        expect(await matching(store, { failureStage: ['midcall'] }, ANNA)).toEqual([]);
        expect(await matching(store, { quality: [QualityClass.UNCLASSIFIED] }, CLEO)).toEqual([guid(1)]);
      });
    });

    test('A call has no quality before sessions of its version are fetched: neither created, nor as a list item, nor superseded', async () => {
      await withStore(open, async (store) => {
        const created = await store.create(inputOf(), { caller: 'a', idempotencyKey: null });
        expect((await store.find([created.id], null, ['id', 'quality'])).get(created.id)?.quality).toBeNull();
        await store.import([documentOf(1)]);
        expect(await qualityOf(store, 1)).toBeNull();
        await store.import([meeting(2, [session(ANNA, [POOR])])]);
        expect(await qualityOf(store, 2)).toMatchObject({ class: QualityClass.POOR });
        // The sessions that stay are of the earlier version.
        await store.import([documentOf(2, { version: 2n })]);
        expect(await qualityOf(store, 2)).toBeNull();
        expect(await matching(store, { not: { quality: [QualityClass.POOR] } })).toHaveLength(3);
        expect(await matching(store, { sessionsFetched: false })).toHaveLength(3);
      });
    });

    test('A further page of sessions judges its call anew, and a later version by its own sessions', async () => {
      await withStore(open, async (store) => {
        await store.import([meeting(1, [session(ANNA, [GOOD], { id: '1' })], { sessionsFetched: Fetched.partly })]);
        expect(await qualityOf(store, 1)).toMatchObject({ class: QualityClass.GOOD, sessions: 1 });
        const page = [session(BEN, [POOR], { id: '2', ...failed('callSetup') })];
        expect(await store.importParts([{ id: guid(1), part: 'sessions', sessions: page }])).toEqual(['updated']);
        expect(await qualityOf(store, 1)).toMatchObject({ class: QualityClass.POOR, sessions: 2, setupFailures: 1 });
        expect(await matching(store, { failureStage: ['callSetup'] }, BEN)).toEqual([guid(1)]);
        await store.import([meeting(1, [session(BEN, [GOOD])], { version: 2n })]);
        expect(await qualityOf(store, 1)).toMatchObject({ class: QualityClass.GOOD, sessions: 1, setupFailures: 0 });
        expect(await matching(store, { failureStage: ['callSetup'] }, BEN)).toEqual([]);
        expect(await qualityOf(store, 1, ANNA)).toEqual(unclassified);
      });
    });

    test('Test sessions count nowhere, and a stage that no schema knows is unknownFutureValue', async () => {
      await withStore(open, async (store) => {
        await store.import([
          meeting(1, [session(ANNA, [POOR], { isTest: true, ...failed('callSetup') })]),
          meeting(2, [session(ANNA, [], failed('quantum'))]),
        ]);
        expect(await qualityOf(store, 1)).toEqual(unclassified);
        expect(await matching(store, { failureStage: ['callSetup'] })).toEqual([]);
        expect(await matching(store, { failureStage: ['unknownFutureValue'] })).toEqual([guid(2)]);
        expect(await matching(store, { quality: [], sessionsFetched: true })).toEqual([]);
      });
    });

    test('What is stored is judged by rules of this version: there is nothing to judge anew', async () => {
      await withStore(open, async (store) => {
        await store.import([meeting(1, [session(ANNA, [POOR])]), documentOf(2)]);
        expect(QUALITY_RULES).toBeGreaterThan(0);
        expect(await store.hasJudgedBefore()).toBe(false);
        expect(await store.judgeAnew(10)).toBe(0);
      });
    });
  });
}
