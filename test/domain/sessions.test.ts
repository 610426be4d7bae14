import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { CallRecordDocument } from '../../src/domain/document.js';
import { graphItems, readGraphRecord } from '../../src/domain/graph-payload.js';
import { toGraphPayload } from '../../src/domain/written-payload.js';
import { parseJson, stringifyJson } from '../../src/platform/json.js';
import { merge, mergePart } from '../../src/domain/merge.js';

type Json = { [name: string]: unknown };

const ID = '3d2f4a10-0000-4000-8000-000000000001';
const START = '2026-01-01T10:00:00Z';
const END = '2026-01-01T11:00:00Z';

const record = (sessions: Json[], more: Json = {}): Json => ({
  ...{ id: ID, version: 1, type: 'groupCall', modalities: ['audio'], joinWebUrl: null, organizer_v2: null },
  ...{ lastModifiedDateTime: END, startDateTime: START, endDateTime: END, participants_v2: [], sessions, ...more },
});
const cut = { 'sessions@odata.nextLink': 'https://graph.microsoft.com/next' };
const page = (value: Json[]): Json => ({
  '@odata.context': `https://graph.microsoft.com/v1.0/$metadata#communications/callRecords('${ID}')/sessions(segments())`,
  value,
});
/** A leg of a call, as an attendant hands it over: all of one session id. */
const leg = (service: string, more: Json = {}): Json => ({
  ...{ id: 'dup', modalities: ['audio'], startDateTime: START, endDateTime: END, failureInfo: null },
  ...{ caller: { name: 'PC' }, callee: { userAgent: { headerValue: service } }, ...more },
});

/** What is stored after copies and pages have come in this order, on top of what is stored. */
function arrived(values: Json[], from?: CallRecordDocument): CallRecordDocument {
  let stored = from;
  for (const value of values) {
    const found = graphItems(value);
    if ('part' in found) stored = mergePart(stored as CallRecordDocument, found.part) ?? stored;
    else {
      const incoming = readGraphRecord(found.items[0]);
      stored = stored ? (merge(stored, incoming) ?? stored) : incoming;
    }
  }
  return stored as CallRecordDocument;
}

const sessionsOf = (...values: Json[]) => arrived(values).sessions;
const file = (name: string): Json =>
  parseJson(readFileSync(new URL(`../fixtures/files/${name}.json`, import.meta.url), 'utf8')) as Json;

describe('Sessions of one id in one record', () => {
  const legs = [leg('svc-1', { endDateTime: START }), leg('svc-2', { failureInfo: { stage: 'midcall' } })];

  test('Each keeps its own values, also when the record or its pages come again', () => {
    const twice = file('session-id-twice');
    expect(sessionsOf(twice, twice)).toEqual(twice.sessions);
    expect(sessionsOf(record(legs), record(legs), page(legs), page(legs.slice(1)))).toEqual(legs);
    expect(sessionsOf(record([], cut), page(legs), page(legs))).toEqual(legs);
  });

  test('On a further page, one with other values is another one, and one that is equal in all the same', () => {
    const [first, second] = legs as [Json, Json];
    expect(sessionsOf(record([first], cut), page([second]))).toEqual(legs);
    expect(sessionsOf(record([first], cut), page([{ ...first }]))).toEqual([first]);
    const other = leg('svc-1', { endDateTime: START, modalities: ['video'] });
    expect(sessionsOf(record([first], cut), page([other]))).toEqual([first, other]);
  });

  test('An expanded page completes each with its own segments', () => {
    const expanded = legs.map((session, index) => ({ ...session, segments: [{ id: `g${index}`, media: [] }] }));
    expect(sessionsOf(record(legs), page(expanded))).toEqual(expanded);
    expect(sessionsOf(record(legs), page([...expanded].reverse()))).toEqual(expanded);
    expect(sessionsOf(record(expanded), page(legs))).toEqual(expanded);
    expect(sessionsOf(record(legs), record([...expanded].reverse()))).toEqual(expanded);
  });

  test('Those that nothing tells apart are completed in the order of their places', () => {
    const alike = [leg('svc'), leg('svc'), leg('svc')];
    const expanded = alike.map((session, index) => ({ ...session, segments: [{ id: `g${index}` }] }));
    expect(sessionsOf(record(alike), record(expanded), record(alike))).toEqual(expanded);
    expect(sessionsOf(record(alike), page(expanded), page(alike))).toEqual(expanded);
    const last = [leg('svc'), leg('svc', { segments: [{ id: 'g' }] })];
    expect(sessionsOf(record(last), record(last.map(({ segments: _none, ...rest }) => rest)))).toEqual(last);
    expect(sessionsOf(record(last.map(({ segments: _none, ...rest }) => rest)), record(last))).toEqual(last);
  });

  test('Two that are equal in all are two where one copy has both, however often it comes', () => {
    const both = [leg('svc'), leg('svc')];
    expect(sessionsOf(record(both), record(both), page(both), page(both.slice(1)))).toEqual(both);
  });

  test('Any copies and pages of them change nothing when they come again, and come back from an export', () => {
    const value = fc.constantFrom(undefined, null, 'a', 'b');
    const session = fc
      .record({
        id: fc.constantFrom('x', 'y'),
        reason: value,
        name: value,
        segments: fc.array(fc.constantFrom('g', 'h')),
      })
      .map(({ id, reason, name, segments }) => ({
        ...{ id, failureInfo: { reason }, caller: { name } },
        segments: segments.map((one) => ({ id: one })),
      }))
      .map((json) => parseJson(JSON.stringify(json)) as Json);
    const list = fc.array(session, { maxLength: 5 });
    const property = fc.property(list, fc.boolean(), fc.array(list, { maxLength: 3 }), (first, isCut, pages) => {
      const values = [record(first, isCut ? cut : {}), ...pages.map(page)];
      const stored = arrived(values);
      for (const value of values) expect(arrived([value], stored)).toBe(stored);
      expect(stored.sessions.length).toBeGreaterThanOrEqual(first.length);
      expect(readGraphRecord(parseJson(stringifyJson(toGraphPayload(stored))))).toEqual(stored);
    });
    fc.assert(property, { numRuns: 300 });
  });

  // One compared with each other one with all its members takes minutes.
  test('Of very many, those that are equal are found in as many steps as there are', () => {
    const many = Array.from({ length: 4_000 }, (_, index) => leg(`svc-${index}`));
    const further = Array.from({ length: 4_000 }, (_, index) => leg(`svc-${index + 2_000}`));
    expect(sessionsOf(record(many, cut), page(further), page(many))).toHaveLength(6_000);
  });
});

describe('Copies of one session', () => {
  const completed = (own: Json, other: Json) => sessionsOf(record([leg('svc', own)]), page([leg('svc', other)]));

  test('An empty list of segments, media, streams or modalities is completed, as null is', () => {
    const segments = file('empty-segments-page').value as Json[];
    expect(sessionsOf(file('empty-segments'), file('empty-segments-page'))).toEqual(segments);
    const media = (streams: unknown) => ({ segments: [{ id: 'g', media: [{ label: 'main-audio', streams }] }] });
    for (const nothing of [[], null, undefined]) {
      const whole = [leg('svc', media([{ streamId: '1' }]))];
      expect(completed(media(nothing), media([{ streamId: '1' }]))).toEqual(whole);
      expect(completed(media([{ streamId: '1' }]), media(nothing))).toEqual(whole);
      expect(completed({ modalities: nothing }, { modalities: ['video'] })).toEqual([
        leg('svc', { modalities: ['video'] }),
      ]);
    }
  });

  test('Segments complete each other by their places', () => {
    const short = {
      segments: [
        { id: 'g', failureInfo: null },
        { id: 'g', failureInfo: { reason: 'x' } },
      ],
    };
    const long = {
      segments: [{ id: 'g', media: [{ label: 'a' }] }, { id: 'g', media: [{ label: 'b' }] }, { id: 'h' }],
    };
    const whole = [
      { id: 'g', failureInfo: null, media: [{ label: 'a' }] },
      { id: 'g', failureInfo: { reason: 'x' }, media: [{ label: 'b' }] },
      { id: 'h' },
    ];
    expect(completed(short, long)).toEqual([leg('svc', { segments: whole })]);
    expect(completed(long, short)).toEqual([leg('svc', { segments: whole })]);
  });

  test('Annotations, the order of modalities, the case of GUIDs and integers as text tell no two apart', () => {
    const own = { 'caller@odata.context': 'a', modalities: ['audio', 'video'], isTest: false };
    const one = { ...own, caller: { '@odata.type': '#a', associatedIdentity: { id: ID }, cpuCoresCount: 8 } };
    const other = { 'caller@odata.context': 'b', modalities: ['video', 'audio'], isTest: false };
    const two = {
      ...other,
      caller: { '@odata.type': '#b', associatedIdentity: { id: ID.toUpperCase() }, cpuCoresCount: '8' },
    };
    expect(completed(one, two)).toEqual([leg('svc', one)]);
  });

  test('Whole seconds become the ticks of the other copy', () => {
    const ticks = { startDateTime: '2026-01-01T10:00:00.1234567Z' };
    expect(completed({}, ticks)).toEqual([leg('svc', ticks)]);
    expect(completed(ticks, {})).toEqual([leg('svc', ticks)]);
    expect(completed(ticks, { startDateTime: '2026-01-01T10:00:01Z' })).toHaveLength(2);
  });

  test('Where two whole copies have one session of an id, they are of one, and what is stored stays', () => {
    const other = leg('other', { segments: [{ id: 'g' }] });
    expect(sessionsOf(record([leg('svc')]), record([other]))).toEqual([leg('svc', { segments: [{ id: 'g' }] })]);
  });

  test('A member may have any name', () => {
    const named = parseJson('{"__proto__":{"a":1},"constructor":"x"}') as Json;
    const [session] = sessionsOf(record([{ id: 's' }]), page([{ id: 's', ...named }])) as [Json];
    expect(stringifyJson(session)).toBe('{"id":"s","__proto__":{"a":1},"constructor":"x"}');
  });
});
