import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { ReplacementOf } from '../../domain/forgetting.js';
import { identityKey } from '../../domain/identity.js';
import { chunksOf } from '../../platform/chunks.js';
import type { Engine } from '../engine/engine.js';
import type { ErasedPeopleTable, Tables } from '../rows/tables.js';
import { addToFile, type Erased, keyInFile, readErasureFile } from './erasure-file.js';

/** Where the key and the copy of the list are. The copy outlives a restored database. */
export interface ErasureOptions {
  file: string;
  /** Replaces the key in the file. */
  key: string | null;
}

/** Writes in one transaction of the store, with its retries. */
export type Write = <Result>(work: (transaction: Kysely<Tables>) => Promise<Result>) => Promise<Result>;

/** The maximum age of the list in a process that writes. Other processes may have erased somebody since. */
const KNOWN_MS = 250;
const REMEMBERED = 50_000;
const ROWS_AT_ONCE = 1_000;
/** The prefix of an id that tells the kind of the identity; see `kindOfId`. */
const FORM = /^(\+|8:acs:|teamsvisitor:)/;

type Row = Omit<ErasedPeopleTable, 'is_complete'>;

/**
 * The erased people, by keyed hashes of their ids. The same id always gets the same replacement, so that a record
 * imported twice stays one record. Each replacement is random: no two have anything in common.
 */
export class ErasedPeople {
  /** Replacements by the hash of the id. */
  private replacements = new Map<string, string>();
  private readonly remembered = new LRUCache<string, { replacement: string | null }>({ max: REMEMBERED });
  private readAt = -Infinity;
  private key: string | null;

  constructor(
    private readonly engine: Engine,
    private readonly options: ErasureOptions,
  ) {
    this.key = options.key;
  }

  /**
   * Merges the list in the database with its copy beside it. A person in the copy alone has come back with a backup.
   */
  async open(write: Write): Promise<void> {
    await this.read();
    const { erased } = readErasureFile(this.options.file);
    const missing = erased.filter(({ person }) => !this.replacements.has(person));
    if (missing.length > 0) await this.add(missing, write);
    this.keepInFile();
  }

  /** The replacement of an id; null if nobody with that id was erased. */
  readonly replacementOf: ReplacementOf = (key) => {
    if (this.isEmpty) return null;
    const known = this.remembered.get(key);
    if (known) return known.replacement;
    const replacement = this.replacements.get(this.hash(key)) ?? null;
    this.remembered.set(key, { replacement });
    return replacement;
  };

  get isEmpty(): boolean {
    return this.replacements.size === 0;
  }

  /** Reads the additions of other processes, unless the list was read a moment ago. */
  async refresh(): Promise<void> {
    if (performance.now() - this.readAt > KNOWN_MS) await this.read();
  }

  /** Changes each time somebody is added. */
  get generation(): number {
    return this.replacements.size;
  }

  /** Resolves when all processes that write know the people whom this one has added. */
  known(): Promise<void> {
    return wait(2 * KNOWN_MS);
  }

  /** Adds a person: from then on nothing of them is stored any more. Resolves to the replacement of the id. */
  async suppress(id: string, write: Write): Promise<string> {
    await this.read();
    const person = this.hash(identityKey(id));
    const replacement = this.replacements.get(person) ?? (FORM.exec(id)?.[0] ?? '') + randomUUID();
    await this.add([{ person, replacement }], write);
    this.keepInFile();
    return this.replacements.get(person) as string;
  }

  /** The people of whom data may be left, by the hashes of their ids. */
  async unfinished(): Promise<Map<string, string>> {
    const rows = await this.engine.reader
      .selectFrom('erased_people')
      .select(['person_hash', 'replacement'])
      .where('is_complete', '=', 0)
      .execute();
    return new Map(rows.map((row) => [row.person_hash, row.replacement]));
  }

  /** Notes that nothing of these people is left. */
  async complete(hashes: readonly string[], write: Write): Promise<void> {
    for (const some of chunksOf(hashes))
      await write((transaction) =>
        transaction.updateTable('erased_people').set({ is_complete: 1 }).where('person_hash', 'in', some).execute(),
      );
  }

  /** The keyed hash of an id. */
  hash(key: string): string {
    return this.hmac(`id ${key}`);
  }

  /** Takes over the list of a store that is copied; throws if the two lists have different keys. */
  async adopt(other: ErasedPeople, write: Write): Promise<void> {
    await Promise.all([this.read(), other.read()]);
    if (other.isEmpty) return;
    this.key ??= keyInFile(this.options.file, other.key as string);
    if (this.key !== other.key)
      throw new Error('People were erased there with another key than here: set ERASURE_KEY to one key for both.');
    const added = [...other.replacements]
      .filter(([person]) => !this.replacements.has(person))
      .map(([person, replacement]) => ({ person, replacement }));
    await this.add(added, write);
    this.keepInFile();
    await this.complete(
      added.map(({ person }) => person),
      write,
    );
  }

  private async add(erased: readonly Erased[], write: Write): Promise<void> {
    const key_hash = this.hmac('key');
    const rows = erased.map(({ person, replacement }) => ({
      person_hash: person,
      key_hash,
      replacement,
      is_complete: 0,
    }));
    for (const some of chunksOf(rows, ROWS_AT_ONCE))
      await write((transaction) =>
        transaction
          .insertInto('erased_people')
          .values([...some])
          // The first process to add a person decides the replacement.
          .onConflict((conflict) => conflict.column('person_hash').doUpdateSet({ is_complete: 0 }))
          .execute(),
      );
    await this.read();
  }

  /** Reads the additions of other processes. */
  async read(database: Kysely<Tables> = this.engine.reader): Promise<void> {
    this.readAt = performance.now();
    const { count } = await database
      .selectFrom('erased_people')
      .select((rows) => rows.fn.countAll<number | string>().as('count'))
      .executeTakeFirstOrThrow();
    if (Number(count) === this.replacements.size) return;
    const rows = await database
      .selectFrom('erased_people')
      .select(['person_hash', 'key_hash', 'replacement'])
      .execute();
    this.requireKey(rows);
    this.replacements = new Map(rows.map((row) => [row.person_hash, row.replacement]));
    this.remembered.clear();
  }

  private requireKey(rows: readonly Row[]): void {
    this.key ??= readErasureFile(this.options.file).key;
    if (this.key !== null && rows.every(({ key_hash }) => key_hash === this.hmac('key'))) return;
    throw new Error(
      `People were erased from ${this.engine.location} with another key than ${this.options.file} or ERASURE_KEY holds: ` +
        'without it they would come back. Bring that file, or set ERASURE_KEY.',
    );
  }

  /** Writes people whom other processes have added to this machine's copy, too. */
  private keepInFile(): void {
    if (this.isEmpty) return;
    const { file } = this.options;
    const { erased } = readErasureFile(file);
    const kept = new Set(erased.map(({ person }) => person));
    for (const [person, replacement] of this.replacements)
      if (!kept.has(person)) addToFile(file, { person, replacement });
  }

  private hmac(text: string): string {
    this.key ??= keyInFile(this.options.file);
    return createHmac('sha256', this.key).update(text).digest('base64url');
  }
}
