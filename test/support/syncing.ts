import { setTimeout as wait } from 'node:timers/promises';
import { join } from 'node:path';
import { readConfig } from '../../src/config.js';
import { toGraphPayload } from '../../src/domain/written-payload.js';
import { openStore, type Store } from '../../src/store/store.js';
import type { Clock, SyncLog } from '../../src/sync/clock.js';
import { Summary } from '../../src/sync/summary.js';
import { Sync } from '../../src/sync/sync.js';
import { stored } from './opened-store.js';
import type { FakeGraph, FakeRecord } from './fake-graph.js';

/** A clock that runs so many times faster, so that an hour is waited for in seconds. */
export function fastClock(times: number): Clock {
  const start = Date.now();
  return {
    now: () => start + (Date.now() - start) * times,
    wait: async (ms, signal) => {
      await wait(Math.max(0, ms) / times, undefined, { signal });
    },
  };
}

export const HOURS = 3_600_000;
export const recordId = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

const person = (number: number) => ({
  id: recordId(number),
  identity: { user: { id: recordId(number), displayName: `Person ${number}` } },
});

/** A record that began so many hours ago, with so many people and as many sessions of two segments. */
export function fakeRecord(number: number, { hoursAgo = 5, people = 2, version = 1 } = {}): FakeRecord {
  const start = Date.now() - hoursAgo * HOURS;
  const time = (ms: number) => new Date(ms).toISOString();
  const [startDateTime, endDateTime] = [time(start), time(start + 60_000)];
  const segment = (session: number, index: number) => ({
    id: recordId(session * 100 + index),
    startDateTime,
    endDateTime,
  });
  const numbers = Array.from({ length: people }, (_, index) => number * 1000 + index);
  return {
    id: recordId(number),
    version,
    startDateTime,
    members: {
      ...{ type: 'groupCall', modalities: ['audio'], endDateTime, lastModifiedDateTime: endDateTime, joinWebUrl: null },
      organizer_v2: person(number),
    },
    participants: numbers.map((one) => ({ ...person(one), note: `of version ${version}` })),
    sessions: numbers.map((one) => ({
      ...{ id: recordId(one), startDateTime, endDateTime, note: `of version ${version}` },
      segments: [segment(one, 1), segment(one, 2)],
    })),
  };
}

const SILENT: SyncLog = { info: () => undefined, warn: () => undefined };

/** A sync of a fake Graph into a store, and what it has found to fail. */
export interface Syncing {
  store: Store;
  sync: Sync;
  failures: [string, string][];
  log: { facts: object; message: string }[];
  clock: Clock;
  /** One pass; what it has done. */
  pass(sinceMs?: number | null): Promise<ReturnType<Summary['facts']>>;
}

/** Opens a store by its URL, and a sync with a clock of which an hour is some seconds. */
export async function syncInto(
  graph: FakeGraph,
  databaseUrl: string,
  { settings = {}, times = 1_000 }: { settings?: Record<string, string>; times?: number } = {},
): Promise<Syncing> {
  const { graph: config } = readConfig(graph.settings(settings));
  if (!config) throw new Error('Nothing to sync with');
  const store = await openStore(databaseUrl);
  const failures: [string, string][] = [];
  const log: Syncing['log'] = [];
  const warn = (facts: object, message: string) => log.push({ facts, message });
  const clock = fastClock(times);
  graph.now = () => clock.now();
  const sync = new Sync({ config, store, log: { ...SILENT, warn }, clock });
  const pass = async (sinceMs: number | null = null) => {
    const summary = new Summary((id, reason) => failures.push([id, reason]));
    await sync.pass(summary, sinceMs, new AbortController().signal, () => undefined);
    return summary.facts();
  };
  return { store, sync, failures, log, clock, pass };
}

export const fileIn = (folder: string) => `file:${join(folder, 'callrecords.sqlite')}`;

/** What a store holds of each record: its version, and the notes and numbers of what is in it. */
export async function heldIn(store: Store): Promise<Record<string, unknown>> {
  const documents = await stored(store);
  return Object.fromEntries(
    documents.map((document) => {
      const json = toGraphPayload(document) as {
        participants_v2: { note: string }[];
        sessions: FakeRecord['sessions'];
      };
      const { id, version } = document;
      return [id, described(Number(version), json.participants_v2, json.sessions)];
    }),
  );
}

/** The same of what Graph has. */
export function expectedOf(records: Iterable<FakeRecord>): Record<string, unknown> {
  return Object.fromEntries(
    [...records].map(({ id, version, participants, sessions }) => [id, described(version, participants, sessions)]),
  );
}

function described(version: number, participants: Record<string, unknown>[], sessions: FakeRecord['sessions']) {
  return {
    version,
    participants: participants.map(({ note, id }) => `${String(id)} ${String(note)}`),
    sessions: sessions.map(({ note, id, segments }) => `${String(id)} ${String(note)} ${segments.length}`),
  };
}
