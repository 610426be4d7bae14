import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type CallRecordDocument, isObject } from '../domain/document.js';
import { CallRecordsError, formatViolations } from '../domain/errors.js';
import { savedAnswers } from '../domain/foreign-files.js';
import { graphItems, readGraphRecord } from '../domain/graph-payload.js';
import { isGuid } from '../domain/identity.js';
import { parseJson } from '../domain/json.js';
import { engineOptions, type StoreConfig } from '../config.js';
import { openStore, type Store } from '../store/store.js';
import { ImportSummary, type Place } from './import-summary.js';
import { splitJsonValues } from './json-values.js';
import { Progress } from './progress.js';
import { BYTES_PER_MB, type PartPage, WaitingPages } from './waiting-pages.js';

/** Records in one transaction: so many, or of so many bytes of JSON, as a record can have megabytes of sessions. */
const BATCH = 2_000;
const BATCH_BYTES = 16 * BYTES_PER_MB;

/**
 * Imports files (`-`: standard input) and prints a summary; throws if anything was rejected, and before anything is
 * imported if one of the files cannot be found or is a folder.
 */
export async function importFiles(config: StoreConfig, files: string[]): Promise<void> {
  const total = await totalBytes(files);
  const store = await openStore(config.databaseUrl, engineOptions(config));
  const progress = new Progress(total, 'MB', BYTES_PER_MB);
  try {
    const run = new ImportRun(store);
    for (const file of files) await importFile(run, file, progress);
    await run.finish();
    progress.stop();
    run.summary.print();
    if (run.summary.rejected > 0)
      throw new Error(
        `${run.summary.rejected} of the values could not be imported, nor what stands within; all others were.`,
      );
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

/** Collects records into transactions; pages of parts are added after the records that came before them. */
class ImportRun {
  readonly summary = new ImportSummary();
  private batch: CallRecordDocument[] = [];
  private batchBytes = 0;
  private readonly pages: WaitingPages;

  constructor(private readonly store: Store) {
    this.pages = new WaitingPages(store, this.summary);
  }

  async take(text: string, place: Place): Promise<void> {
    let answers: ReturnType<typeof savedAnswers>;
    try {
      answers = savedAnswers(parseJson(text));
    } catch (error) {
      this.summary.reject(place, `${reasonOf(error)}${extentOf(text, place)}`);
      return;
    }
    const bytes = Buffer.byteLength(text) / answers.length;
    for (const one of answers) {
      if ('failure' in one) this.summary.reject(place, one.failure);
      else await this.takeAnswer(one.answer, bytes, place);
    }
  }

  private async takeAnswer(answer: unknown, bytes: number, place: Place): Promise<void> {
    let found: ReturnType<typeof graphItems>;
    try {
      found = graphItems(answer);
    } catch (error) {
      this.summary.reject(place, reasonOf(error));
      return;
    }
    if ('part' in found) await this.addPage({ part: found.part, bytes, place });
    else for (const item of found.items) await this.add(item, bytes / found.items.length, place);
  }

  async finish(): Promise<void> {
    await this.flush();
    await this.pages.finish();
  }

  private async addPage(page: PartPage): Promise<void> {
    this.pages.add(page);
    if (!this.pages.areDue) return;
    await this.flush();
    await this.pages.importOldest();
  }

  private async add(item: unknown, bytes: number, place: Place): Promise<void> {
    let document: CallRecordDocument;
    try {
      document = readGraphRecord(item);
    } catch (error) {
      this.summary.reject(place, reasonOf(error));
      if (isObject(item) && typeof item.id === 'string' && isGuid(item.id))
        this.pages.meetRejected(item.id.toLowerCase());
      return;
    }
    if (this.pages.meet(document)) {
      await this.flush();
      await this.pages.importOfVersions();
    }
    this.batch.push(document);
    this.batchBytes += bytes;
    if (this.batch.length >= BATCH || this.batchBytes >= BATCH_BYTES) await this.flush();
  }

  private async flush(): Promise<void> {
    const { batch } = this;
    this.batch = [];
    this.batchBytes = 0;
    if (batch.length > 0) for (const outcome of await this.store.import(batch)) this.summary.count(outcome);
  }
}

/** Up to which line a value reaches that is no JSON. */
function extentOf(text: string, place: Place): string {
  const height = text.split('\n').length;
  return height > 1 ? `, in a value up to line ${place.line + height - 1}` : '';
}

/** Why a value cannot be imported; throws on if that is no fault of the value. */
function reasonOf(error: unknown): string {
  if (error instanceof SyntaxError) return error.message;
  if (!(error instanceof CallRecordsError)) throw error;
  return error.violations ? formatViolations(error.violations) : error.message;
}

async function totalBytes(files: string[]): Promise<number | null> {
  const sizes = await Promise.all(files.filter((file) => file !== '-').map(sizeOf));
  return files.includes('-') ? null : sizes.reduce((total, size) => total + size, 0);
}

async function sizeOf(file: string): Promise<number> {
  const status = await stat(file);
  if (status.isDirectory()) throw new Error(`${file} is a folder; name the files in it.`);
  return status.size;
}
