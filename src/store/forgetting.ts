import { randomUUID } from 'node:crypto';
import { setInterval, setTimeout as wait } from 'node:timers/promises';
import { daysAgo } from '../domain/date-time.js';
import { withoutPeople } from '../domain/forgetting.js';
import type { Retention } from '../domain/forgetting.js';
import { identityKey } from '../domain/identity.js';
import type { Kysely } from 'kysely';
import type { Engine } from './engine/engine.js';
import { loadDocuments } from './query/read-documents.js';
import { forgetTallies } from './statistics/tallies.js';
import { deleteRecords, endedBefore } from './write/delete-records.js';
import {
  allRecords,
  eraseFrom,
  eraseFromChanges,
  eraseFromKeys,
  everybody,
  recordsNaming,
  recordsOf,
} from './write/erase-person.js';
import { ErasedPeople, type Write } from './write/erased-people.js';
import { awaitImports, Forgotten } from './write/forgotten.js';
import { FORGETTING, releaseLease, takeLease } from './engine/leases.js';
import type { Tables } from './rows/tables.js';
import { Pace } from './write/pace.js';
import { type DetailsStep, pruneDetails } from './write/prune-details.js';

/** The lease ends this long after a process that held it was killed. Then another process may forget. */
const LEASE_SECONDS = 10;
const RENEWED_EVERY_MS = 3_000;
const LEASE_ASKED_EVERY_MS = 200;
/** The pause between two transactions. It is longer than a writer waits before it tries again to lock the file. */
const LET_IN_MS = 5;

/** The list of erased people, if the data is on a server. */
const ERASURE_FILE = 'db/erased-people';

/** How a store forgets: its retention, and its list of erased people. */
export interface ForgettingOptions extends Partial<Retention> {
  /** The key of the hashes of erased people. By default a key is made in the file of the list. */
  erasureKey?: string | null;
  /** The file of that list, which outlives a restored database; by default beside the database. */
  erasureFile?: string | null;
}

/** The record of what a store has forgotten. `path`: the database's file, or null if it has none. */
export function forgottenBy(engine: Engine, path: string | null, options: ForgettingOptions): Forgotten {
  const { retentionDays = null, personalDetailDays = null, erasureKey: key = null } = options;
  const file = options.erasureFile ?? (path === null ? ERASURE_FILE : `${path}.erased`);
  return new Forgotten(engine, new ErasedPeople(engine, { file, key }), { retentionDays, personalDetailDays });
}

/** The result of one step of pruning. */
export interface Pruned {
  /** Records deleted because they were past retention. */
  deleted: number;
  /** Records that have lost their personal details. */
  stripped: number;
}

/** The part of {@link Forgetting} that a store offers. */
export type Forgets = Pick<Forgetting, 'open' | 'erase' | 'count' | 'isUnfinished' | 'finish' | 'prune' | 'close'>;

/**
 * Forgets records past retention, and people who ask for it. It works in small steps beside all other work, one process
 * at a time. A run that is cut short is finished by another run.
 */
export class Forgetting {
  private readonly pace = new Pace();

  constructor(
    private readonly engine: Engine,
    private readonly forgotten: Forgotten,
    private readonly write: Write,
  ) {}

  /** Reads the list of erased people, before anything is written. */
  open(): Promise<void> {
    return this.forgotten.people.open(this.write);
  }

  /**
   * Replaces the id by a random one wherever it stands, and sets the names, devices and addresses to null. When it
   * ends, nothing of the person is left, and nothing of them is stored any more. Yields how many records each step has
   * rewritten; none while another process erases.
   */
  erase(id: string): AsyncGenerator<number> {
    return this.leased(FORGETTING.erasure, 0, this.eraseOne(id));
  }

  /** How many records would be rewritten. */
  async count(id: string): Promise<number> {
    try {
      return (await this.recordsWith(id)).size;
    } catch (error) {
      throw this.engine.unavailable(error) ?? error;
    }
  }

  private async recordsWith(id: string): Promise<ReadonlySet<string>> {
    const key = identityKey(id);
    const erased = (one: string) => (one === key ? randomUUID() : null);
    const found = new Set<string>();
    for await (const ids of recordsOf(this.engine, key, this.pace)) ids.forEach((one) => found.add(one));
    for await (const ids of recordsNaming(this.engine, key, this.pace)) {
      const documents = await loadDocuments(
        this.engine.reader,
        ids.filter((one) => !found.has(one)),
      );
      for (const document of documents.values())
        if (withoutPeople(document, erased, key) !== document) found.add(document.id);
    }
    return found;
  }

  /** Whether data of an erased person may be left: an erasure was cut short, or a backup was restored. */
  async isUnfinished(): Promise<boolean> {
    return (await this.forgotten.people.unfinished()).size > 0;
  }

  /** Completes unfinished erasures; yields as `erase` does. */
  finish(): AsyncGenerator<number> {
    return this.leased(FORGETTING.erasure, 0, this.finishAll());
  }

  /** Deletes or strips the records that are past by the settings. */
  prune(): AsyncGenerator<Pruned> {
    return this.leased(FORGETTING.retention, { deleted: 0, stripped: 0 }, this.pruneAll());
  }

  /** Whether the settings limit the age of records or of personal details. */
  get forgetsByAge(): boolean {
    const { retentionDays, personalDetailDays } = this.forgotten.retention;
    return retentionDays !== null || personalDetailDays !== null;
  }

  async close(): Promise<void> {}

  private async *eraseOne(id: string): AsyncGenerator<number> {
    const { people } = this.forgotten;
    const key = identityKey(id);
    const replacement = await people.suppress(id, this.write);
    yield* this.rewrite(recordsOf(this.engine, key, this.pace), { key, replacement });
    // A write under way may have begun before it knew of this erasure.
    await people.known();
    await this.write(awaitImports);
    yield* this.rewrite(recordsOf(this.engine, key, this.pace), { key, replacement });
    yield* this.rewrite(recordsNaming(this.engine, key, this.pace), { key, replacement });
    await eraseFromKeys(this.engine, { key, replacement }, this.write);
    yield 0;
    await eraseFromChanges(this.engine, { key, replacement }, this.write);
    yield 0;
    await this.leaveNoTrace();
    await people.complete([people.hash(key)], this.write);
  }

  private async *rewrite(
    pages: AsyncIterable<string[]>,
    { key, replacement }: { key: string; replacement: string },
  ): AsyncGenerator<number> {
    const erased = { id: key, replacementOf: (one: string) => (one === key ? replacement : null) };
    for await (const ids of pages) yield ids.length === 0 ? 0 : await this.eraseFrom(ids, erased);
  }

  private eraseFrom(ids: readonly string[], erased: Parameters<typeof eraseFrom>[3]): Promise<number> {
    return this.step(ids.length, (transaction) => eraseFrom(this.engine, transaction, ids, erased));
  }

  /** One transaction on so many records. After it other work has its turn. */
  private async step<Result>(records: number, work: (transaction: Kysely<Tables>) => Promise<Result>): Promise<Result> {
    const result = await this.write((transaction) => this.pace.keep(records, () => work(transaction)));
    await wait(LET_IN_MS);
    return result;
  }

  private async *finishAll(): AsyncGenerator<number> {
    const { people } = this.forgotten;
    const left = await people.unfinished();
    if (left.size === 0) return;
    for await (const keys of everybody(this.engine)) {
      for (const key of keys) if (left.delete(people.hash(key))) yield* this.eraseOne(key);
      yield 0;
    }
    if (left.size === 0) return;
    // These people are in no call, but their ids may stand where no index leads.
    const { replacementOf } = people;
    for await (const ids of allRecords(this.engine, this.pace)) yield await this.eraseFrom(ids, { replacementOf });
    await this.leaveNoTrace();
    await people.complete([...left.keys()], this.write);
  }

  private async *pruneAll(): AsyncGenerator<Pruned> {
    const { retentionDays, personalDetailDays } = this.forgotten.retention;
    let forgotten = 0;
    const steps = [
      ...(retentionDays === null ? [] : [this.deletePast(retentionDays)]),
      ...(personalDetailDays === null ? [] : [this.stripPast(personalDetailDays)]),
    ];
    for (const some of steps)
      for await (const step of some) {
        forgotten += step.deleted + step.stripped;
        yield step;
      }
    if (forgotten > 0) await this.leaveNoTrace();
  }

  private async leaveNoTrace(): Promise<void> {
    await this.write(forgetTallies);
    await this.engine.leaveNoTrace();
  }

  private async *deletePast(days: number): AsyncGenerator<Pruned> {
    const end = daysAgo(days);
    for (;;) {
      const ids = await endedBefore(this.engine.reader, end, this.pace.records);
      if (ids.length === 0) return;
      const deleted = await this.step(ids.length, (open) => deleteRecords(this.engine, open, ids));
      yield { deleted, stripped: 0 };
    }
  }

  private async *stripPast(days: number): AsyncGenerator<Pruned> {
    const end = daysAgo(days);
    let after: DetailsStep['next'] = null;
    do {
      const asked = { end, after, limit: this.pace.records };
      const step: DetailsStep = await this.step(asked.limit, (open) => pruneDetails(this.engine, open, asked));
      yield { deleted: 0, stripped: step.stripped };
      after = step.next;
    } while (after !== null);
  }

  /** Passes the steps on if no other process does the same work. If one does, yields once that nothing was done. */
  private async *leased<Step>(
    name: keyof typeof FORGETTING,
    nothing: Step,
    steps: AsyncGenerator<Step>,
  ): AsyncGenerator<Step> {
    const lease = { name, holder: randomUUID(), seconds: LEASE_SECONDS };
    const take = () => this.write((transaction) => takeLease(this.engine, transaction, lease));
    while ((await take()) === null) {
      yield nothing;
      await wait(LEASE_ASKED_EVERY_MS);
    }
    const ended = new AbortController();
    const renewing = keepRenewed(take, ended.signal);
    let isLost = false;
    renewing.catch(() => (isLost = true));
    try {
      for await (const step of steps) {
        yield step;
        if (isLost) await renewing;
      }
    } catch (error) {
      throw this.engine.unavailable(error) ?? error;
    } finally {
      ended.abort();
      await renewing.catch(() => undefined);
      await this.write((transaction) => releaseLease(transaction, name, lease.holder));
    }
  }
}

/**
 * Renews a lease, however long a step lasts, until the signal is aborted. Rejects if somebody else has it. While the
 * database cannot be written, nobody else gets it either.
 */
async function keepRenewed(take: () => Promise<unknown>, ended: AbortSignal): Promise<void> {
  for await (const _tick of setInterval(RENEWED_EVERY_MS, null, { signal: ended })) {
    const lease = await take().catch(() => undefined);
    if (lease === null) throw new Error('another process has taken over');
  }
}
