import { type CallRecordDocument, isObject } from '../domain/document.js';
import { CallRecordsError, formatViolations } from '../domain/errors.js';
import { savedAnswers } from '../domain/foreign-files.js';
import { graphItems, readGraphRecord } from '../domain/graph-payload.js';
import { isGuid } from '../domain/identity.js';
import { parseJson } from '../platform/json.js';
import type { Store } from '../store/store.js';
import type { ImportReporter, Place } from './reporter.js';
import { BYTES_PER_MB, type PartPage, WaitingPages } from './waiting-pages.js';

/** The most records of a transaction, and the most bytes of their JSON: a record can have megabytes of sessions. */
const BATCH = 2_000;
const BATCH_BYTES = 16 * BYTES_PER_MB;

/** Collects records into transactions. Pages of parts are added after the records that came before them. */
export class ImportRun {
  private batch: CallRecordDocument[] = [];
  private batchBytes = 0;
  private readonly pages: WaitingPages;

  constructor(
    private readonly store: Pick<Store, 'import' | 'importParts'>,
    private readonly reporter: ImportReporter,
  ) {
    this.pages = new WaitingPages(store, reporter);
  }

  /** Takes the text of one JSON value: a record, a page of a record's part, or a saved response that holds some. */
  async take(text: string, place: Place): Promise<void> {
    let answers: ReturnType<typeof savedAnswers>;
    try {
      answers = savedAnswers(parseJson(text));
    } catch (error) {
      this.reporter.reject(place, `${reasonOf(error)}${extentOf(text, place)}`);
      return;
    }
    const bytes = Buffer.byteLength(text) / answers.length;
    for (const one of answers) {
      if ('failure' in one) this.reporter.reject(place, one.failure);
      else await this.takeAnswer(one.answer, bytes, place);
    }
  }

  private async takeAnswer(answer: unknown, bytes: number, place: Place): Promise<void> {
    let found: ReturnType<typeof graphItems>;
    try {
      found = graphItems(answer);
    } catch (error) {
      this.reporter.reject(place, reasonOf(error));
      return;
    }
    if ('part' in found) await this.addPage({ part: found.part, bytes, place });
    else for (const item of found.items) await this.add(item, bytes / found.items.length, place);
  }

  /** Imports the rest, after the last value. */
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
      this.reporter.reject(place, reasonOf(error));
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
    if (batch.length > 0) for (const outcome of await this.store.import(batch)) this.reporter.count(outcome);
  }
}

/** Says up to which line a value reaches that is not JSON; empty if it is all on one line. */
function extentOf(text: string, place: Place): string {
  const height = text.split('\n').length;
  return height > 1 ? `, in a value up to line ${place.line + height - 1}` : '';
}

/** Why a value cannot be imported. Rethrows an error that is not the value's fault. */
function reasonOf(error: unknown): string {
  if (error instanceof SyntaxError) return error.message;
  if (!(error instanceof CallRecordsError)) throw error;
  return error.violations ? formatViolations(error.violations) : error.message;
}
