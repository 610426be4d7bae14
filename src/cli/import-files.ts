import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { CallRecordDocument } from '../domain/document.js';
import { CallRecordsError, formatViolations } from '../domain/errors.js';
import { graphItems, readGraphRecord } from '../domain/graph-payload.js';
import { parseJson } from '../domain/json.js';
import type { RecordPart } from '../domain/merge.js';
import { engineOptions, type StoreConfig } from '../config.js';
import { openStore, type Store } from '../store/store.js';
import { splitJsonValues } from './json-values.js';
import { Progress } from './progress.js';

const BATCH = 2_000;
/** Pages of records that come later in the input; more would not be constant memory. */
const WAITING_LIMIT = 10_000;
const REJECTED_SHOWN = 100;
const BYTES_PER_MB = 1_000_000;

interface Place {
  file: string;
  line: number;
}

/** Imports files (`-`: standard input) and prints a summary; throws if anything was rejected. */
export async function importFiles(config: StoreConfig, files: string[]): Promise<void> {
  const store = await openStore(config.databaseUrl, engineOptions(config));
  const progress = new Progress(await totalBytes(files), 'MB', BYTES_PER_MB);
  try {
    const run = new ImportRun(store);
    for (const file of files) await importFile(run, file, progress);
    await run.finish();
    progress.stop();
    run.summary.print();
    if (run.summary.rejected > 0)
      throw new Error(`${run.summary.rejected} of the records could not be imported; all others were.`);
  } finally {
    progress.stop();
    await store.close();
  }
}

async function importFile(run: ImportRun, file: string, progress: Progress): Promise<void> {
  const stream = file === '-' ? process.stdin : createReadStream(file, { highWaterMark: 1 << 20 });
  for await (const value of splitJsonValues(
    progress.through(stream as AsyncIterable<Buffer>, ({ length }) => length),
  )) {
    const place = { file, line: value.line };
    if ('error' in value) run.summary.reject(place, value.error);
    else await run.take(value.text, place);
  }
}

/** Collects records into transactions; pages of parts wait until their record is there. */
class ImportRun {
  readonly summary = new Summary();
  private batch: CallRecordDocument[] = [];
  private readonly waiting: { part: RecordPart; place: Place }[] = [];

  constructor(private readonly store: Store) {}

  async take(text: string, place: Place): Promise<void> {
    let found: ReturnType<typeof graphItems>;
    try {
      found = graphItems(parseJson(text));
    } catch (error) {
      this.summary.reject(place, reasonOf(error));
      return;
    }
    if ('part' in found) this.wait(found.part, place);
    else for (const item of found.items) await this.add(item, place);
  }

  async finish(): Promise<void> {
    await this.flush();
    for (const { part, place } of this.waiting) {
      const outcome = await this.store.importPart(part);
      if (outcome === null)
        this.summary.reject(place, `a page of ${part.part} of the record ${part.id}, which is not stored`);
      else this.summary.count(outcome);
    }
  }

  private wait(part: RecordPart, place: Place): void {
    if (this.waiting.length < WAITING_LIMIT) this.waiting.push({ part, place });
    else this.summary.reject(place, 'too many pages of parts in one import; import them in a run of their own');
  }

  private async add(item: unknown, place: Place): Promise<void> {
    try {
      this.batch.push(readGraphRecord(item));
    } catch (error) {
      this.summary.reject(place, reasonOf(error));
    }
    if (this.batch.length >= BATCH) await this.flush();
  }

  private async flush(): Promise<void> {
    const { batch } = this;
    this.batch = [];
    if (batch.length > 0) for (const outcome of await this.store.import(batch)) this.summary.count(outcome);
  }
}

/** Why a value cannot be imported; throws on if that is no fault of the value. */
function reasonOf(error: unknown): string {
  if (error instanceof SyntaxError) return error.message;
  if (!(error instanceof CallRecordsError)) throw error;
  return error.violations ? formatViolations(error.violations) : error.message;
}

class Summary {
  rejected = 0;
  private readonly counts = { created: 0, updated: 0, unchanged: 0 };
  private readonly start = performance.now();

  count(outcome: keyof Summary['counts']): void {
    this.counts[outcome] += 1;
  }

  reject({ file, line }: Place, reason: string): void {
    this.rejected += 1;
    if (this.rejected <= REJECTED_SHOWN) console.error(`${file}:${line}: rejected: ${reason}`);
    else if (this.rejected === REJECTED_SHOWN + 1) console.error('further rejected records are only counted');
  }

  print(): void {
    const { created, updated, unchanged } = this.counts;
    const seconds = (performance.now() - this.start) / 1000;
    const rate = Math.round((created + updated + unchanged + this.rejected) / seconds);
    console.log(
      `created ${created}, updated ${updated}, unchanged ${unchanged}, rejected ${this.rejected} in ${seconds.toFixed(1)} s (${rate} records/s)`,
    );
  }
}

async function totalBytes(files: string[]): Promise<number | null> {
  if (files.includes('-')) return null;
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  return sizes.reduce((total, size) => total + size, 0);
}
