import fc from 'fast-check';
import { type CallRecordDocument, Fetched, type JsonObject } from '../../../src/domain/document.js';
import type { CallRecordFilter } from '../../../src/domain/filter.js';
import { QualityDimension } from '../../../src/domain/quality-groups.js';
import type { Store } from '../../../src/store/store.js';
import { documentOf, guid, inputOf, type OpenStore, stored, withStore } from '../../support/opened-store.js';
import { range, summed } from './kept-sums.js';
import { timed } from './statistics.js';
import { counted, filter, holds, involves, ownPart, PERSON } from './oracle-property.js';

const heard = { averageRoundTripTime: 'PT0.05S', averagePacketLossRate: 0.01, averageJitter: 'PT0.01S' };
const lossy = { averageJitter: 'PT0.031S', averagePacketLossRate: 0.2, packetUtilization: 900 };
type Row = [label: string | null, stream: object, kind: string | null, quality: string, ...reasons: string[]];
/** Streams in their media, with what a reader of Microsoft's table says of each. */
const STREAMS: Row[] = [
  ['main-audio', { ...heard, packetUtilization: 501, audioCodec: 'satin' }, 'AUDIO', 'GOOD'],
  ['main-audio', { ...heard, packetUtilization: 501, averageRoundTripTime: 'PT0.6S' }, 'AUDIO', 'POOR', 'ROUND_TRIP'],
  ['main-audio', lossy, 'AUDIO', 'POOR', 'PACKET_LOSS', 'JITTER'],
  [
    'main-audio',
    { ...heard, packetUtilization: 500, averageJitter: 'PT1S', audioCodec: 'g722' },
    'AUDIO',
    'UNCLASSIFIED',
  ],
  ['main-video', { averageVideoFrameLossPercentage: 51, averageVideoFrameRate: 1 }, 'VIDEO', 'POOR', 'FRAME_LOSS'],
  ['main-video', { postForwardErrorCorrectionPacketLossRate: 0.2 }, 'VIDEO', 'POOR', 'FEC_LOSS'],
  ['applicationsharing-video', { averageVideoFrameRate: 1.9 }, 'SCREEN_SHARING', 'POOR', 'FRAME_RATE'],
  ['applicationsharing-video', { averageVideoFrameRate: 2 }, 'SCREEN_SHARING', 'GOOD'],
  ['data', { ...heard, packetUtilization: 900, audioCodec: 'unknown' }, null, 'UNCLASSIFIED'],
  [null, { ...heard, packetUtilization: 900, audioCodec: 'unknownFutureValue' }, 'AUDIO', 'GOOD'],
];

/** What is kept of a stream for the oracle. */
interface Verdict {
  kind: string | null;
  class: string;
  reasons: string[];
}

const oneOf = <Value>(...values: readonly Value[]) => fc.constantFrom(...values);
const told = <Value>(members: { [name: string]: fc.Arbitrary<Value> }) =>
  fc.option(fc.record(members, { requiredKeys: [] }), { freq: 8 });
const network = told<string | null>({
  subnet: oneOf('10.0.0.0', '10.0.1.0', '', null, 'NUL\0'),
  connectionType: oneOf('wired', 'wifi', 'unknown', 'satellite', 'unknownFutureValue'),
  wifiBand: oneOf('frequency24GHz', 'unknown', null),
});
const device = told<string>({ captureDeviceName: oneOf('Ä', 'a', 'Z'), renderDeviceName: oneOf('😀', '\uFFFD', '') });
const userAgent = told<string | null>({
  platform: oneOf('windows', 'unknown', null),
  applicationVersion: oneOf('1.10', '1.9', ''),
});
const endpoint = fc
  .record({ id: oneOf(PERSON, PERSON.toUpperCase(), 'x', null), userAgent })
  .map(({ id, ...rest }) => (id === null ? rest : { ...rest, associatedIdentity: { id } }));
const media = fc
  .record({
    stream: oneOf(...STREAMS),
    ...{ callerNetwork: network, calleeNetwork: network, callerDevice: device, calleeDevice: device },
  })
  .map(({ stream: [label, stream, kind, one, ...reasons], ...sides }) => ({
    ...{ label, ...sides },
    streams: [{ ...stream, verdict: { kind, class: one, reasons } }],
  }));
const segment = fc.record({ caller: fc.option(endpoint), media: fc.array(media, { maxLength: 4 }) });
const session = fc
  .record({
    ...{ caller: fc.option(endpoint, { freq: 8 }), callee: endpoint, isTest: oneOf(null, null, null, true) },
    segments: fc.array(segment, { maxLength: 2 }),
  })
  .map((one) => one as JsonObject);
const ofSessions = fc.record({
  type: oneOf('groupCall', 'peerToPeer', 'townHall'),
  sessions: fc.array(session, { maxLength: 3 }),
  sessionsFetched: oneOf(Fetched.wholly, Fetched.wholly, Fetched.partly, Fetched.none),
});
const record = fc.tuple(timed, ofSessions).map(([members, changes]) => ({ ...members, ...changes }));

const SIDES = { groupCall: ['caller'], peerToPeer: ['caller', 'callee'], townHall: ['caller'] };
type Json = { [name: string]: Json | undefined } & { [index: number]: Json | undefined };

const NOT_TOLD = ['', 'unknown', 'unknownFutureValue', undefined, null];
const known = (...values: unknown[]): string | null => {
  const found = values.find((value) => !NOT_TOLD.includes(value as string));
  return typeof found === 'string' ? found.replaceAll('\0', '\uFFFD') : null;
};

const VALUES: Record<
  QualityDimension,
  (at: { side: string; stream: Json; media: Json; ends: Json[] }) => (string | null)[]
> = {
  MEDIA_KIND: ({ stream }) => [known((stream.verdict as unknown as Verdict).kind)],
  SUBNET: ({ side, media: { [`${side}Network`]: own } }) => [known(own?.subnet)],
  CONNECTION_TYPE: ({ side, media: { [`${side}Network`]: own } }) => [known(own?.connectionType)],
  WIFI_BAND: ({ side, media: { [`${side}Network`]: own } }) => [known(own?.wifiBand)],
  CAPTURE_DEVICE: ({ side, media: { [`${side}Device`]: own } }) => [known(own?.captureDeviceName)],
  RENDER_DEVICE: ({ side, media: { [`${side}Device`]: own } }) => [known(own?.renderDeviceName)],
  CLIENT_PLATFORM: ({ side, ends }) => [known(...ends.map((one) => one[side]?.userAgent?.platform))],
  CLIENT_VERSION: ({ side, ends }) => [known(...ends.map((one) => one[side]?.userAgent?.applicationVersion))],
  AUDIO_CODEC: ({ stream }) => [known(stream.audioCodec)],
  POOR_REASON: ({ stream }) => {
    const { reasons } = stream.verdict as unknown as Verdict;
    return reasons.length > 0 ? reasons : [null];
  },
};

/** The groups of a dimension in plain words. */
function expected(some: CallRecordDocument[], { dimension, limit, minimumStreams }: Asking, viewer: string | null) {
  const groups = new Map<string | null, { GOOD: number; POOR: number; UNCLASSIFIED: number }>();
  for (const one of some) {
    for (const own of (counted(one, viewer) ?? []) as Json[]) {
      for (const part of (own.segments ?? []) as Json[]) {
        for (const link of (part.media ?? []) as Json[]) {
          for (const stream of link.streams as unknown as Json[]) {
            for (const side of SIDES[one.type as 'groupCall']) {
              for (const value of VALUES[dimension]({ side, stream, media: link, ends: [part, own] })) {
                const group = groups.get(value) ?? { GOOD: 0, POOR: 0, UNCLASSIFIED: 0 };
                group[(stream.verdict as unknown as Verdict).class as 'GOOD'] += 1;
                groups.set(value, group);
              }
            }
          }
        }
      }
    }
  }
  const bytes = (value: string | null) => Buffer.from(value ?? '\u{10FFFF}');
  return [...groups]
    .filter(([, { GOOD, POOR, UNCLASSIFIED }]) => GOOD + POOR + UNCLASSIFIED >= minimumStreams)
    .sort(([a, one], [b, other]) => other.POOR - one.POOR || Buffer.compare(bytes(a), bytes(b)))
    .slice(0, limit)
    .map(([value, { GOOD, POOR, UNCLASSIFIED }]) => ({
      ...{ value, goodStreams: GOOD, poorStreams: POOR, unclassifiedStreams: UNCLASSIFIED },
    }));
}

const asking = fc.record({
  dimension: oneOf(...Object.values(QualityDimension)),
  limit: oneOf(1, 2, 100),
  minimumStreams: oneOf(0, 1, 2),
});
/** Half of them ask for nothing but time. */
const by: fc.Arbitrary<CallRecordFilter | null> = fc.oneof(fc.constant(null), fc.record({ startDateTime: range }), {
  arbitrary: filter,
  weight: 2,
});
type Asking = typeof asking extends fc.Arbitrary<infer Value> ? Value : never;

/** Records as they come and go: new ones, later versions, pages of sessions, and the last one deleted. */
const coming = fc.record({
  first: fc.array(record, { minLength: 2, maxLength: 6, size: 'max' }),
  later: fc.array(record, { maxLength: 3 }),
  pages: fc.array(fc.array(session, { minLength: 1, maxLength: 2 }), { maxLength: 2 }),
  hours: fc.tuple(summed, summed, summed, summed),
});

type Coming = typeof coming extends fc.Arbitrary<infer Value> ? Value : never;

async function bring(store: Store, { first, later, pages, hours }: Coming) {
  await store.import(first.map((changes, index) => documentOf(index, changes)));
  await store.create(inputOf(), { caller: 'a', idempotencyKey: null });
  await store.statistics.sumUp(hours[0], 0);
  await store.statistics.tallyUp(hours[1]);
  await store.import(later.map((changes, index) => documentOf(index, { ...changes, version: BigInt(index % 2) + 1n })));
  await store.importParts(pages.map((sessions, index) => ({ id: guid(index), part: 'sessions', sessions })));
  if (first.length > 3) await store.delete(guid(first.length - 1));
  await store.statistics.sumUp(hours[2], 0);
  await store.statistics.tallyUp(hours[3]);
  expect(await store.verifySums(10)).toEqual([]);
}

/** How good streams were, by what they have in common. */
export function describeStreams(open: OpenStore): void {
  describe('streams', () => {
    test(
      'Their groups are what plain JavaScript counts after records came and went, for a person those of a store of the own sessions',
      async () => {
        let groups = 0;
        const all = asking.map(({ dimension }) => ({ dimension, limit: 100, minimumStreams: 0 }));
        const everything = fc.array(fc.tuple(all, fc.constant(null)), { minLength: 3, maxLength: 3 });
        const some = fc.array(fc.tuple(asking, by), { minLength: 9, maxLength: 13 });
        const asked = fc.tuple(everything, some).map((both) => both.flat());
        await fc.assert(
          fc.asyncProperty(coming, asked, (records, all) =>
            withStore(open, (store) =>
              withStore(open, async (own) => {
                await bring(store, records);
                const there = await stored(store);
                const mine = there.filter((one) => involves(one, PERSON));
                await own.import(mine.map((one) => ownPart(one, PERSON)));
                const group = (from: Store, wanted: Asking, by: CallRecordFilter | null, visibleTo: string | null) =>
                  from.statistics.streams({ filter: by, visibleTo }, wanted);
                for (const [wanted, by] of all) {
                  const of = (some: CallRecordDocument[], viewer: string | null) =>
                    expected(
                      some.filter((one) => by === null || holds(one, by, viewer)),
                      wanted,
                      viewer,
                    );
                  const found = await group(store, wanted, by, null);
                  expect(found).toEqual(of(there, null));
                  const seen = await group(store, wanted, by, PERSON);
                  expect(seen).toEqual(of(mine, PERSON));
                  expect(seen).toEqual(await group(own, wanted, by, null));
                  groups += found.length + seen.length;
                }
              }),
            ),
          ),
          { numRuns: 8 },
        );
        // The property says little of no groups.
        expect(groups).toBeGreaterThan(60);
      },
      PATIENCE_MS,
    );
  });
}

/** A server makes a database for each store. */
const PATIENCE_MS = 120_000;
