import fc from 'fast-check';
import { picosecondsOf, secondsOf } from '../../src/domain/duration.js';
import { parseJson } from '../../src/platform/json.js';
import { type JsonObject } from '../../src/domain/document.js';
import { kindOfMedia, qualityOfSession, qualityOfStream, totalOf } from '../../src/domain/quality.js';

const AUDIO = { audioCodec: 'satin', packetUtilization: 501 };

describe('Audio', () => {
  test.each<[string, JsonObject, string, string[]]>([
    ['none of its measurements was taken', {}, 'UNCLASSIFIED', []],
    [
      'all are at their thresholds',
      { averageRoundTripTime: 'PT0.5S', averagePacketLossRate: 0.1, averageJitter: 'PT0.03S' },
      'GOOD',
      [],
    ],
    ['one is measured and zero', { averagePacketLossRate: 0 }, 'GOOD', []],
    [
      'its round trip is longer by a tenth of a microsecond',
      { averageRoundTripTime: 'PT0.5000001S' },
      'POOR',
      ['ROUND_TRIP'],
    ],
    ['its round trip is told in minutes', { averageRoundTripTime: 'PT1M' }, 'POOR', ['ROUND_TRIP']],
    ['its jitter is longer', { averageJitter: 'PT0.031S' }, 'POOR', ['JITTER']],
    ['its loss is the next number of 32 bits', { averagePacketLossRate: 0.100000009 }, 'POOR', ['PACKET_LOSS']],
    ['its loss is the same number of 32 bits', { averagePacketLossRate: 0.1000000015 }, 'GOOD', []],
    [
      'all are over',
      { averageRoundTripTime: 'PT1S', averagePacketLossRate: 1, averageJitter: 'P1D' },
      'POOR',
      ['ROUND_TRIP', 'PACKET_LOSS', 'JITTER'],
    ],
    ['its loss is not a number', { averagePacketLossRate: 'NaN' }, 'UNCLASSIFIED', []],
    ['its loss is infinite', { averagePacketLossRate: 'INF' }, 'UNCLASSIFIED', []],
    ['its jitter is no duration', { averageJitter: '0.031' }, 'UNCLASSIFIED', []],
    ['it sent 500 packets', { packetUtilization: 500, averagePacketLossRate: 1 }, 'UNCLASSIFIED', []],
    ['its packets were not counted', { packetUtilization: null, averagePacketLossRate: 1 }, 'UNCLASSIFIED', []],
    [
      'its packets are digits in a string',
      { packetUtilization: '9007199254740993', averagePacketLossRate: 1 },
      'POOR',
      ['PACKET_LOSS'],
    ],
    ['only what pictures are judged by was measured', { averageVideoFrameRate: 1 }, 'UNCLASSIFIED', []],
  ])('if %s', (_what, stream, quality, poorReasons) => {
    expect(qualityOfStream({ ...AUDIO, ...stream }, 'main-audio')).toEqual({ quality, poorReasons });
  });

  test('counts packets beyond 2^53 exactly', () => {
    const stream = parseJson('{"packetUtilization":9007199254740993,"averagePacketLossRate":0.1000000000000000001}');
    expect(qualityOfStream(stream as JsonObject, 'main-audio').quality).toBe('GOOD');
  });
});

describe('Pictures are judged by the first measurement that was taken', () => {
  test.each<[string, JsonObject, string, string[]]>([
    ['main-video', {}, 'UNCLASSIFIED', []],
    ['main-video', { averageVideoFrameLossPercentage: 50, averageVideoFrameRate: 1 }, 'GOOD', []],
    ['main-video', { averageVideoFrameLossPercentage: 50.1 }, 'POOR', ['FRAME_LOSS']],
    ['main-video', { averageVideoFrameRate: 7, postForwardErrorCorrectionPacketLossRate: 1 }, 'GOOD', []],
    ['main-video', { averageVideoFrameRate: 6.9 }, 'POOR', ['FRAME_RATE']],
    ['main-video', { averageVideoFrameLossPercentage: 'NaN', averageVideoFrameRate: 6 }, 'POOR', ['FRAME_RATE']],
    ['main-video', { postForwardErrorCorrectionPacketLossRate: 0.15 }, 'GOOD', []],
    ['main-video', { postForwardErrorCorrectionPacketLossRate: 0.16 }, 'POOR', ['FEC_LOSS']],
    ['applicationsharing-video', { averageVideoFrameRate: 2 }, 'GOOD', []],
    ['applicationsharing-video', { averageVideoFrameRate: 1.9 }, 'POOR', ['FRAME_RATE']],
    ['data', { averageVideoFrameRate: 1, averagePacketLossRate: 1, packetUtilization: 9_999 }, 'UNCLASSIFIED', []],
  ])('%s %j', (label, stream, quality, poorReasons) => {
    expect(qualityOfStream(stream, label)).toEqual({ quality, poorReasons });
  });
});

test.each<[JsonObject, string | null]>([
  [{ label: 'main-audio' }, 'AUDIO'],
  [{ label: 'Main-Video' }, 'VIDEO'],
  [{ label: 'applicationsharing-video' }, 'SCREEN_SHARING'],
  [{ label: 'data', streams: [{ audioCodec: 'satin' }] }, null],
  [{ label: null, streams: [{ audioCodec: 'unknown' }, { audioCodec: 'opus' }] }, 'AUDIO'],
  [{ streams: [null, 7, { audioCodec: 'unknown', videoCodec: 'h264' }] }, 'VIDEO'],
  [{ label: 7, streams: 'none' }, null],
  [{}, null],
])('The kind of the media %j is %s', (media, kind) => {
  expect(kindOfMedia(media)).toBe(kind);
});

const session = (streams: JsonObject[], more: JsonObject = {}): JsonObject => ({
  segments: [{ media: [{ label: 'main-audio', streams }] }],
  ...more,
});
const GOOD = { ...AUDIO, averageJitter: 'PT0.01S' };
const JITTERY = { ...AUDIO, averageJitter: 'PT0.1S' };
const LOSSY = { ...AUDIO, averagePacketLossRate: 0.2 };
const NOTHING = { goodStreams: 0, poorStreams: 0, unclassifiedStreams: 0, poorReasons: [], setupFailures: 0, drops: 0 };

describe('A call', () => {
  test('is poor by one stream, and has each reason once', () => {
    const sessions = [
      session([GOOD, JITTERY, {}]),
      session([LOSSY, JITTERY], { failureInfo: { stage: 'midcall' } }),
      session([], { failureInfo: { stage: 'callSetup' } }),
      session([], { failureInfo: { stage: 'unknown' } }),
    ];
    expect(totalOf(sessions.map(qualityOfSession))).toEqual({
      class: 'POOR',
      goodStreams: 1,
      poorStreams: 3,
      unclassifiedStreams: 1,
      poorReasons: ['PACKET_LOSS', 'JITTER'],
      sessions: 4,
      setupFailures: 1,
      drops: 1,
    });
  });

  test('is good by one stream where none is poor, else unclassified', () => {
    expect(totalOf([session([GOOD, {}])].map(qualityOfSession)).class).toBe('GOOD');
    expect(totalOf([session([{}])].map(qualityOfSession)).class).toBe('UNCLASSIFIED');
    expect(totalOf([])).toEqual({ class: 'UNCLASSIFIED', ...NOTHING, sessions: 0 });
  });

  test('counts no test session, which has no quality of its own', () => {
    const tested = session([JITTERY], { isTest: true, failureInfo: { stage: 'midcall' } });
    expect(totalOf([tested, session([GOOD])].map(qualityOfSession))).toMatchObject({
      class: 'GOOD',
      sessions: 1,
      drops: 0,
    });
    expect(qualityOfSession(tested)).toEqual({ class: 'UNCLASSIFIED', ...NOTHING, sessions: 0 });
  });

  test.each<[JsonObject]>([
    [{}],
    [{ segments: null }],
    [{ segments: [null, { media: 'x' }, { media: [null, { streams: [3, null] }] }] }],
    [{ failureInfo: 'midcall' }],
  ])('of a session that is %j is unclassified', (odd) => {
    expect(qualityOfSession(odd)).toEqual({ class: 'UNCLASSIFIED', ...NOTHING, sessions: 1 });
  });
});

test.each<[unknown, number | null]>([
  ['PT0.016S', 0.016],
  ['PT0S', 0],
  ['-PT1.5S', -1.5],
  ['P1DT2H3M4.1234567S', 93_784.1234567],
  ['PT', null],
  ['P', null],
  ['PT1', null],
  [16, null],
  [null, null],
])('The duration %j is %d seconds', (text, seconds) => {
  expect(secondsOf(text)).toBe(seconds);
  expect(picosecondsOf(text)).toBe(seconds === null ? null : BigInt(Math.round(seconds * 1e7)) * 100_000n);
});

describe('Beside the rules as Microsoft words them, read again', () => {
  /** Decimal text of at most nine places, so that a threshold is met exactly and missed closely. */
  const near = (limit: number, step: number) =>
    fc.oneof(
      fc.constant(null),
      fc.integer({ min: -2, max: 2 }).map((steps) => Number((limit + steps * step).toFixed(9))),
    );
  const seconds = (limit: number) => near(limit, 0.0000001).map((value) => value && `PT${value.toFixed(7)}S`);
  const streams = fc.record({
    audioCodec: fc.constantFrom(null, 'unknown', 'satin'),
    videoCodec: fc.constantFrom(null, 'h264'),
    packetUtilization: fc.constantFrom(null, 499, 500, 501, '501'),
    averageRoundTripTime: seconds(0.5),
    averageJitter: seconds(0.03),
    averagePacketLossRate: near(0.1, 0.0001),
    averageVideoFrameLossPercentage: near(50, 0.5),
    averageVideoFrameRate: fc.oneof(near(7, 0.5), near(2, 0.5)),
    postForwardErrorCorrectionPacketLossRate: near(0.15, 0.0001),
  });
  const labels = fc.constantFrom(null, 'main-audio', 'main-video', 'applicationsharing-video', 'data');

  interface Stream {
    [name: string]: unknown;
  }

  /** The table of the dashboard's page: for each kind its metrics, the direction in which they are bad, and the limit. */
  const TABLE: Record<string, [metric: string, sign: 1 | -1, limit: number, reason: string][]> = {
    audio: [
      ['averageRoundTripTime', 1, 0.5, 'ROUND_TRIP'],
      ['averagePacketLossRate', 1, 0.1, 'PACKET_LOSS'],
      ['averageJitter', 1, 0.03, 'JITTER'],
    ],
    video: [
      ['averageVideoFrameLossPercentage', 1, 50, 'FRAME_LOSS'],
      ['averageVideoFrameRate', -1, 7, 'FRAME_RATE'],
      ['postForwardErrorCorrectionPacketLossRate', 1, 0.15, 'FEC_LOSS'],
    ],
  };
  TABLE.sharing = (TABLE.video ?? []).map(([metric, sign, limit, reason]) => [
    metric,
    sign,
    metric === 'averageVideoFrameRate' ? 2 : limit,
    reason,
  ]);

  function readAgain(stream: Stream, label: string | null): [string, string[]] {
    let kind: string | undefined;
    if (label === null) kind = stream.audioCodec === 'satin' ? 'audio' : stream.videoCodec ? 'video' : undefined;
    else kind = { 'main-audio': 'audio', 'main-video': 'video', 'applicationsharing-video': 'sharing' }[label];
    const number = (value: unknown) =>
      typeof value === 'string' ? Number(value.replace(/[PTS]/g, '')) : (value as number);
    let measured = (TABLE[kind ?? ''] ?? []).filter(([metric]) => stream[metric] !== null);
    if (kind === 'audio' && !(Number(stream.packetUtilization) > 500)) measured = [];
    if (kind !== 'audio') measured = measured.slice(0, 1);
    const poor = measured.filter(([metric, sign, limit]) => sign * number(stream[metric]) > sign * limit);
    if (poor.length > 0) return ['POOR', poor.map(([, , , reason]) => reason)];
    return [measured.length > 0 ? 'GOOD' : 'UNCLASSIFIED', []];
  }

  test('each stream is the same', () => {
    fc.assert(
      fc.property(streams, labels, (stream, label) => {
        const { quality, poorReasons } = qualityOfStream(stream, label);
        expect([quality, poorReasons]).toEqual(readAgain(stream, label));
      }),
      { numRuns: 5_000 },
    );
  });
});
