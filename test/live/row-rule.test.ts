import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { ChangeKind } from '../../src/domain/change.js';
import type { CallRecordDocument } from '../../src/domain/document.js';
import { readGraphRecord } from '../../src/domain/graph-payload.js';
import { readPage } from '../../src/graphql/live/change-page.js';
import { openStore, type Store } from '../../src/store/store.js';
import { importRecord } from '../support/asking.js';
import { temporaryFolder } from '../support/harness.js';

const ADA = 'aaaaaaaa-0000-4000-8000-00000000000a';
const BOB = 'bbbbbbbb-0000-4000-8000-00000000000b';
const RECORDS = 4;

let folder: string;
/** One with the records of everybody, one that holds those of Ada while she is in them. */
let all: Store;
let own: Store;
beforeAll(async () => {
  folder = await temporaryFolder();
  all = await openStore(`file:${join(folder, 'all.sqlite')}`);
  own = await openStore(`file:${join(folder, 'own.sqlite')}`);
});
afterAll(async () => {
  await all.close();
  await own.close();
  await rm(folder, { recursive: true });
});

/** A step of a writer: a record gets these people, or goes. */
interface Step {
  number: number;
  people: string[] | null;
  /** Whether Ada reads before the next step. */
  reads: boolean;
}
const steps = fc.array(
  fc.record<Step>({
    number: fc.integer({ min: 1, max: RECORDS }),
    people: fc.option(fc.constantFrom([ADA], [BOB], [ADA, BOB]), { freq: 4 }),
    reads: fc.boolean(),
  }),
  { minLength: 1, maxLength: 25 },
);

/** A reader that keeps what it is told, and goes on from the cursor of the last page. */
class Reader {
  readonly kept = new Map<string, string>();
  readonly kinds: string[] = [];
  private after: string | null = null;

  constructor(
    private readonly store: Store,
    private readonly visibleTo: string | null,
  ) {}

  async read(): Promise<void> {
    for (let hasMore = true; hasMore;) {
      const after = this.after === null ? await this.store.lastChange() : BigInt(this.after);
      const view = { visibleTo: this.visibleTo, filter: null, columns: ['id', 'version'] as const };
      const page = await readPage(this.store, { view, after, limit: 2 });
      for (const { kind, callRecordId, callRecord } of page.changes) {
        this.kinds.push(`${kind} ${callRecordId}`);
        if (kind === ChangeKind.DELETED) this.kept.delete(callRecordId as string);
        else this.kept.set(callRecordId as string, String(callRecord?.version));
      }
      this.after = Buffer.from(page.endCursor, 'base64url').toString().slice(2);
      ({ hasMore } = page);
    }
  }
}

/** Has both stores written and read as the steps say. */
async function run(sequence: readonly Step[]): Promise<{ told: Reader; expected: Reader }> {
  for (const store of [all, own]) for await (const { id } of store.documents()) await store.delete(id);
  const told = new Reader(all, ADA);
  const expected = new Reader(own, null);
  const read = () => Promise.all([told.read(), expected.read()]);
  await read();
  for (const [index, { number, people, reads }] of sequence.entries()) {
    const document = documentOf(number, BigInt(index + 1), people ?? [BOB]);
    if (people === null) await all.delete(document.id);
    else await all.import([document]);
    if (people?.includes(ADA)) await own.import([document]);
    else await own.delete(document.id);
    if (reads) await read();
  }
  await read();
  return { told, expected };
}

describe('What one person is told of changes', () => {
  test('Read now and then, it leaves what a database tells that holds their records alone', async () => {
    const property = fc.asyncProperty(steps, async (sequence) => {
      const { told, expected } = await run(sequence);
      expect([...told.kept].sort()).toEqual([...expected.kept].sort());
    });
    await fc.assert(property, { numRuns: 40 });
  });

  test('Read after each change, it is the same, change by change', async () => {
    const property = fc.asyncProperty(steps, async (sequence) => {
      const { told, expected } = await run(sequence.map((step) => ({ ...step, reads: true })));
      expect(told.kinds).toEqual(expected.kinds);
    });
    await fc.assert(property, { numRuns: 30 });
  });
});

function documentOf(number: number, version: bigint, ids: string[]): CallRecordDocument {
  const participants = ids.map((id) => ({ user: { id } }));
  return readGraphRecord({
    ...importRecord(number),
    version: Number(version),
    organizer: participants[0],
    participants,
  });
}
