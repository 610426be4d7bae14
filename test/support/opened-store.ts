import { readFile } from 'node:fs/promises';
import type { CreateCallRecordInput } from '../../src/domain/call-record.js';
import { type CallRecordDocument, Fetched } from '../../src/domain/document.js';
import { CallType, Modality } from '../../src/domain/enums.js';
import { type CallRecordFilter, type CallRecordOrder, DEFAULT_ORDER } from '../../src/domain/filter.js';
import { graphItems, readGraphRecord } from '../../src/domain/graph-payload.js';
import type { RecordPart } from '../../src/domain/merge.js';
import { parseJson } from '../../src/platform/json.js';
import type { Position } from '../../src/domain/page.js';
import type { ListQuery } from '../../src/store/query/read-records.js';
import { type Column, SCALAR_COLUMNS } from '../../src/store/rows/row-mapping.js';
import type { Store } from '../../src/store/store.js';

/** An empty store of its own, and what removes it. */
export interface OpenedStore {
  store: Store;
  cleanup: () => Promise<void>;
}

export type OpenStore = () => Promise<OpenedStore>;

/** Runs the work on an empty store and removes it. */
export async function withStore(open: OpenStore, work: (store: Store) => Promise<void>): Promise<void> {
  const { store, cleanup } = await open();
  try {
    await work(store);
  } finally {
    await cleanup();
  }
}

/** Stores that were used and emptied, which open sooner than new ones: for a group that opens hundreds. */
export function reusedStores(open: OpenStore): OpenStore {
  const idle: OpenedStore[] = [];
  afterAll(() => Promise.all(idle.map(({ cleanup }) => cleanup())));
  return async () => {
    const opened = idle.pop() ?? (await open());
    const empty = async () => {
      const ids = await matching(opened.store, null);
      let left = ids.length;
      for await (const deleted of opened.store.deleteMany(ids)) left -= deleted;
      expect(left).toBe(0);
      idle.push(opened);
    };
    return { store: opened.store, cleanup: empty };
  };
}

/** A store that the tests of a group share and do not change. */
export function sharedStore(open: OpenStore, documents: () => Promise<CallRecordDocument[]>): () => Store {
  let opened: OpenedStore;
  beforeAll(async () => {
    opened = await open();
    await opened.store.import(await documents());
  });
  afterAll(() => opened.cleanup());
  return () => opened.store;
}

export const PEOPLE: readonly Column[] = [...SCALAR_COLUMNS, 'organizer', 'participants'];

export const guid = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

/** A whole document, as an import of one record gives it. */
export function documentOf(number: number, changes: Partial<CallRecordDocument> = {}): CallRecordDocument {
  return {
    id: guid(number),
    version: 1n,
    type: 'peerToPeer',
    modalities: ['audio'],
    startDateTime: '2026-02-25T18:52:21',
    endDateTime: '2026-02-25T18:52:46',
    lastModifiedDateTime: '2026-02-25T19:00:00',
    joinWebUrl: null,
    organizer: null,
    participants: [],
    participantsFetched: Fetched.wholly,
    sessions: [],
    sessionsFetched: Fetched.none,
    extension: null,
    ...changes,
  };
}

/** A validated input for `create`. */
export function inputOf(changes: Partial<CreateCallRecordInput> = {}): CreateCallRecordInput {
  return {
    version: 1n,
    type: CallType.peerToPeer,
    modalities: [Modality.audio],
    startDateTime: '2026-02-25T18:52:21.2169889',
    endDateTime: '2026-02-25T18:52:46.7640013',
    joinWebUrl: null,
    organizer: { user: { id: '821809f5-0000-0000-0000-3b5136c0e777', displayName: 'Abbie Wilkins' } },
    participants: [{ phone: { id: '+14255550123' } }],
    ...changes,
  };
}

export interface Asked {
  filter?: CallRecordFilter | null;
  visibleTo?: string | null;
  order?: CallRecordOrder;
  limit?: number;
  fromEnd?: boolean;
  after?: Position | null;
  before?: Position | null;
}

export function listQuery(asked: Asked = {}): ListQuery {
  const { filter = null, visibleTo = null, order = DEFAULT_ORDER } = asked;
  const { limit = 500, fromEnd = false, after = null, before = null } = asked;
  return { filter, visibleTo, order, page: { limit, fromEnd, after, before }, columns: PEOPLE };
}

/** The ids of all records that match, in order; `count` must say the same number. */
export async function matching(store: Store, filter: CallRecordFilter | null, visibleTo?: string): Promise<string[]> {
  const list = listQuery({ filter, visibleTo });
  const { records, hasMore } = await store.list(list);
  expect(hasMore).toBe(false);
  expect(await store.count(list)).toBe(records.length);
  return records.map(({ id }) => id).sort();
}

/** A fixture's JSON, without the loss of a digit. */
export async function readFixture(name: string): Promise<Record<string, unknown>> {
  const text = await readFile(new URL(`../fixtures/graph/${name}.json`, import.meta.url), 'utf8');
  return parseJson(text) as Record<string, unknown>;
}

/** The records of a fixture, as an import reads them. */
export async function fixtureRecords(name: string): Promise<CallRecordDocument[]> {
  const found = graphItems(await readFixture(name));
  if ('part' in found) throw new Error(`${name} is a page of a part of a record`);
  return found.items.map(readGraphRecord);
}

/** The one record of a fixture. */
export async function fixtureRecord(name: string): Promise<CallRecordDocument> {
  return (await fixtureRecords(name))[0] as CallRecordDocument;
}

/** A page of participants, as it is fetched by its own URL. */
export async function fixturePart(name: string): Promise<RecordPart> {
  const found = graphItems(await readFixture(name));
  if (!('part' in found)) throw new Error(`${name} is no page of a part of a record`);
  return found.part;
}

/** The whole documents in the store, by id. */
export async function stored(store: Store): Promise<CallRecordDocument[]> {
  const documents: CallRecordDocument[] = [];
  for await (const document of store.documents()) documents.push(document);
  return documents;
}

/** Erases somebody; resolves to how many records were rewritten. */
export async function eraseFrom(store: Store, id: string): Promise<number> {
  let records = 0;
  for await (const some of store.forgetting.erase(id)) records += some;
  return records;
}

/** How many transactions are committed while the work is done; a create in one statement is one by itself. */
export async function countCommits(store: Store, work: () => Promise<unknown>): Promise<number> {
  let commits = 0;
  const stop = store.onStatement(({ sql }) => (commits += /^commit$|^with insert.* where 1 \//is.test(sql) ? 1 : 0));
  await work();
  stop();
  return commits;
}
