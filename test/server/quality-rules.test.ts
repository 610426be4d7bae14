import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Fetched } from '../../src/domain/document.js';
import { MediaKind, QUALITY_RULES, QualityClass } from '../../src/domain/quality.js';
import { QualityDimension } from '../../src/domain/quality-groups.js';
import { keepJudged } from '../../src/server/quality-rules.js';
import { openStore, type Store } from '../../src/store/store.js';
import { temporaryFolder } from '../support/harness.js';
import { documentOf, matching } from '../support/opened-store.js';

const ANNA = 'aaaaaaaa-0000-4000-8000-00000000000a';
const RECORDS = 120;
const POOR = { quality: [QualityClass.POOR] };

let folder: string;
let store: Store;

/** Calls of Anna's with a poor session each, which other rules took to be good. */
beforeEach(async () => {
  folder = await temporaryFolder();
  store = await openStore(`file:${join(folder, 'a.sqlite')}`);
  const streams = [{ packetUtilization: 900, averageJitter: 'PT0.05S' }];
  const caller = { associatedIdentity: { id: ANNA } };
  const sessions = [{ caller, segments: [{ media: [{ label: 'main-audio', streams }] }] }];
  const told = { participants: [{ user: { id: ANNA } }], sessions, sessionsFetched: Fetched.wholly };
  await store.import(Array.from({ length: RECORDS }, (_, number) => documentOf(number, told)));
  const database = new Database(store.location);
  database.exec('update call_records set quality_rules = 0, quality_bits = 1');
  database.exec('update call_record_people set quality_bits = 1');
  database.exec('delete from call_record_streams');
  database.close();
});

afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const logTo = (lines: object[]) => {
  const write = (line: object) => lines.push(line);
  return { info: write, warn: write } as never;
};

test('Calls that were judged by earlier rules are judged anew, for everybody and for each person, and the log tells', async () => {
  expect(await matching(store, POOR)).toEqual([]);
  const lines: object[] = [];
  await keepJudged(store, { log: logTo(lines), signal: new AbortController().signal });
  expect(await matching(store, POOR)).toHaveLength(RECORDS);
  expect(await matching(store, POOR, ANNA)).toHaveLength(RECORDS);
  const asked = { dimension: QualityDimension.MEDIA_KIND, limit: 10, minimumStreams: 0 };
  expect(await store.statistics.streams({ filter: null, visibleTo: null }, asked)).toEqual([
    { value: MediaKind.AUDIO, goodStreams: 0, poorStreams: 2 * RECORDS, unclassifiedStreams: 0 },
  ]);
  expect(lines.at(-1)).toMatchObject({ judged: RECORDS, rules: QUALITY_RULES });
  expect(await store.changes(BigInt(RECORDS), 10)).toEqual([]);
});

test('Judging goes on where it ended, and starts nothing where all is judged', async () => {
  const lines: object[] = [];
  const end = new AbortController();
  const judging = {
    hasJudgedBefore: () => store.hasJudgedBefore(),
    lease: (name: string, holder: string, seconds: number) => store.lease(name, holder, seconds),
    releaseLease: (name: string, holder: string) => store.releaseLease(name, holder),
    judgeAnew: async (limit: number) => {
      const judged = await store.judgeAnew(limit);
      end.abort();
      return judged;
    },
  };
  await keepJudged(judging, { log: logTo(lines), signal: end.signal });
  const judged = await matching(store, POOR);
  expect(judged.length).toBeGreaterThan(0);
  expect(judged.length).toBeLessThan(RECORDS);
  await keepJudged(store, { log: logTo(lines), signal: new AbortController().signal });
  expect(await matching(store, POOR)).toHaveLength(RECORDS);
  const told = lines.length;
  await keepJudged(store, { log: logTo(lines), signal: new AbortController().signal });
  expect(lines).toHaveLength(told);
});

test('One process of those that share a database judges', async () => {
  await store.lease('quality', 'another process', 60);
  const end = new AbortController();
  const lines: object[] = [];
  const judging = keepJudged(store, { log: logTo(lines), signal: end.signal, retryMs: 10 });
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await matching(store, POOR)).toEqual([]);
  await store.releaseLease('quality', 'another process');
  await judging;
  expect(await matching(store, POOR)).toHaveLength(RECORDS);
});
