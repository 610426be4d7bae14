import fc from 'fast-check';
import type { CreateCallRecordInput } from '../../src/domain/call-record.js';
import { type CallRecordDocument, newDocument } from '../../src/domain/document.js';
import { CallType } from '../../src/domain/enums.js';
import {
  type CallRecordFilter,
  type CallRecordOrder,
  CallRecordOrderField,
  OrderDirection,
} from '../../src/domain/filter.js';
import { merge } from '../../src/domain/merge.js';
import type { Position } from '../../src/domain/page.js';
import type { Store } from '../../src/store/store.js';
import { ownDatabases } from '../support/own-databases.js';
import { documentOf, guid, listQuery, stored } from '../support/opened-store.js';
import { document, filter, holds, involves, PERSON } from './contract/oracle-property.js';
import { sortedIds } from './contract/ordering.js';

/** What a store must hold, and what its records are called in both stores. */
interface Oracle {
  documents: Map<string, CallRecordDocument>;
  names: Map<string, string>;
}

interface Subject extends Oracle {
  store: Store;
}

interface Ask {
  asked: CallRecordFilter | null;
  order: CallRecordOrder;
  limit: number;
  visibleTo: string | null;
}

interface Imported {
  number: number;
  version: bigint;
  changes: Partial<CallRecordDocument>;
}

type Operation =
  | { create: Partial<CallRecordDocument>; key: string | null }
  | { import: Imported[] }
  | { remove: number }
  | { ask: Ask };

const ask = fc.record({
  asked: fc.option(filter),
  order: fc.record({
    field: fc.constantFrom(...Object.values(CallRecordOrderField)),
    direction: fc.constantFrom(...Object.values(OrderDirection)),
  }),
  limit: fc.integer({ min: 1, max: 4 }),
  visibleTo: fc.option(fc.constant(PERSON), { freq: 1 }),
});
const imported = fc.record({
  number: fc.nat({ max: 5 }),
  version: fc.bigInt({ min: 1n, max: 3n }),
  changes: document,
});
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ create: document, key: fc.option(fc.constantFrom('a', 'b')) }) },
  { weight: 3, arbitrary: fc.record({ import: fc.array(imported, { minLength: 1, maxLength: 6 }) }) },
  { weight: 1, arbitrary: fc.record({ remove: fc.nat({ max: 9 }) }) },
  { weight: 4, arbitrary: fc.record({ ask }) },
);

const TYPES = Object.values(CallType);

function inputFrom(changes: Partial<CallRecordDocument>): CreateCallRecordInput {
  const known = TYPES.find((type) => (type as string) === changes.type) ?? CallType.unknown;
  return { ...documentOf(0, changes), type: known } as unknown as CreateCallRecordInput;
}

/** Applies an operation to a store and its oracle, and gives what the store answered with names in place of ids. */
async function apply(subject: Subject, one: Operation): Promise<unknown> {
  if ('create' in one) return create(subject, inputFrom(one.create), one.key);
  if ('import' in one) return importAll(subject, one.import);
  if ('remove' in one) return remove(subject, one.remove);
  return list(subject, one.ask);
}

async function create({ store, documents, names }: Subject, input: CreateCallRecordInput, key: string | null) {
  try {
    const record = await store.create(input, { caller: 'c', idempotencyKey: key });
    if (!documents.has(record.id)) {
      names.set(record.id, `created ${names.size}`);
      documents.set(record.id, newDocument(input, record.id, record.lastModifiedDateTime));
    }
    return { ...record, id: names.get(record.id), lastModifiedDateTime: null };
  } catch (error) {
    return (error as { code: string }).code;
  }
}

async function importAll({ store, documents, names }: Subject, all: Imported[]) {
  const incoming = all.map(({ number, version, changes }) => documentOf(number, { ...changes, version }));
  const expected = incoming.map((next) => {
    const current = documents.get(next.id);
    const merged = current ? merge(current, next) : next;
    names.set(next.id, next.id);
    if (!merged) return 'unchanged';
    documents.set(next.id, merged);
    return current ? 'updated' : 'created';
  });
  const outcomes = await store.import(incoming);
  expect(outcomes).toEqual(expected);
  return outcomes;
}

async function remove({ store, documents, names }: Subject, index: number) {
  const id = [...names.keys()][index] ?? guid(99);
  const removed = await store.delete(id);
  expect(removed).toBe(documents.delete(id));
  return [names.get(id), removed];
}

/** All pages from both ends, and the count, against the oracle. */
async function list({ store, documents, names }: Subject, { asked, order, limit, visibleTo }: Ask) {
  const expected = [...documents.values()].filter(
    (one) => (asked === null || holds(one, asked)) && (visibleTo === null || involves(one, visibleTo)),
  );
  const query = { filter: asked, order, limit, visibleTo };
  expect(await store.count(listQuery(query))).toBe(expected.length);
  const ids = sortedIds(expected, order.field, order.direction);
  for (const fromEnd of [false, true]) {
    let edge: Position | null = null;
    const read: string[] = [];
    do {
      const { records, positions, hasMore } = await store.list(
        listQuery({ ...query, fromEnd, ...(fromEnd ? { before: edge } : { after: edge }) }),
      );
      const page = records.map(({ id }) => id);
      read.splice(fromEnd ? 0 : read.length, 0, ...page);
      edge = hasMore ? ((fromEnd ? positions[0] : positions.at(-1)) as Position) : null;
    } while (edge);
    expect(read).toEqual(ids);
  }
  return ids.map((id) => names.get(id)).sort();
}

/** Each run makes a database of its own, which a loaded machine takes a second or more for. */
const MAKING_DATABASES_MS = 300_000;

describe('The engines', () => {
  const { inFile, onServer } = ownDatabases();

  test(
    'After any operations, both answer as one another and as plain JavaScript does, record for record and digit for digit',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(operation, { minLength: 4, maxLength: 20, size: 'max' }), async (operations) => {
          const stores = [await (await inFile()).open(), await (await onServer()).open()];
          const [one, other] = stores.map((store) => ({ store, documents: new Map(), names: new Map() })) as [
            Subject,
            Subject,
          ];
          try {
            for (const each of operations) expect(await apply(other, each)).toEqual(await apply(one, each));
            for (const subject of [one, other]) {
              const byId = (a: CallRecordDocument, b: CallRecordDocument) => (a.id < b.id ? -1 : 1);
              expect(await stored(subject.store)).toEqual([...subject.documents.values()].sort(byId));
            }
            const changes = (subject: Subject) =>
              subject.store
                .changes(null, 1_000)
                .then((all) =>
                  all.map((change) => ({ ...change, changedAt: null, recordId: subject.names.get(change.recordId) })),
                );
            expect(await changes(other)).toEqual(await changes(one));
          } finally {
            await Promise.all(stores.map((store) => store.close()));
          }
        }),
        { numRuns: 50 },
      );
    },
    MAKING_DATABASES_MS,
  );
});
