import { type CallRecordDocument, isObject, type JsonObject } from '../domain/document.js';
import { CallRecordsError, formatViolations } from '../domain/errors.js';
import { readGraphRecord } from '../domain/graph-payload.js';
import { parseInt64 } from '../domain/int64.js';
import type { GraphClient } from './graph-client.js';
import { GraphRefusal } from './graph-errors.js';
import type { RecordBudget } from './host-pace.js';
import { CALL_RECORDS, nextLink, pagesFrom } from './lister.js';

/** A record whose version rises each time is tried so often, and then later. */
const READINGS = 5;

/** A record that exists, but cannot be fetched whole now. */
export class NotYet extends Error {
  override readonly name = 'NotYet';
}

/**
 * Fetches a whole record, with all people and sessions of one version. `version`: the version that was listed, or null
 * if none was. Rejects with `NotYet` if Graph does not have that version yet, or sends another one each time.
 */
export async function fetchRecord(
  client: GraphClient,
  id: string,
  version: bigint | null,
  signal: AbortSignal,
): Promise<CallRecordDocument> {
  const reading = new Reading(client, id, signal);
  let known = version ?? (await reading.version());
  for (let read = 1; read <= READINGS; read++) {
    // The version is read before the sessions, and again after everything else. If it is the same, all parts are of it.
    const sessions = await reading.sessions();
    const { record, latest } = await reading.record();
    if (latest < known) throw new NotYet(`version ${known} is listed, and version ${latest} is answered`);
    if (latest === known) return documentOf(id, { ...record, sessions });
    known = latest;
  }
  throw new NotYet('its version rises each time it is read');
}

/** Requests for one record, within its budget. */
class Reading {
  private readonly path: string;

  constructor(
    private readonly client: GraphClient,
    private readonly id: string,
    private readonly signal: AbortSignal,
  ) {
    this.path = `${CALL_RECORDS}/${id}`;
  }

  async version(): Promise<bigint> {
    return versionOf(await this.get(`${this.path}?$select=id,version`));
  }

  async sessions(): Promise<JsonObject[]> {
    const sessions = await this.all(`${this.path}/sessions?$expand=segments`, 'first');
    for (const session of sessions) await this.complete(session, 'segments');
    return sessions;
  }

  /** The record with all its people, and its version after their last page. */
  async record(): Promise<{ record: JsonObject; latest: bigint }> {
    const record = await this.get(`${this.path}?$expand=participants_v2`);
    if (record.participants_v2 === undefined)
      record.participants_v2 = await this.all(`${this.path}/participants_v2`, 'first');
    else if (!(await this.complete(record, 'participants_v2'))) return { record, latest: versionOf(record) };
    const latest = await this.version();
    // Otherwise its own members are of the version before.
    return latest === versionOf(record) ? { record, latest } : this.record();
  }

  /** Adds the following pages to a list in an object; false if there are none. */
  private async complete(object: JsonObject, name: string): Promise<boolean> {
    const link = nextLink(object, `${name}@odata.nextLink`);
    if (link === null) return false;
    const own = Array.isArray(object[name]) ? (object[name] as unknown[]) : [];
    object[name] = [...own, ...(await this.all(link, 'further'))];
    delete object[`${name}@odata.nextLink`];
    return true;
  }

  private get(path: string): Promise<JsonObject> {
    return this.client.get(path, this.signal, { record: this.id, page: 'first' });
  }

  private async all(path: string, page: RecordBudget['page']): Promise<JsonObject[]> {
    const items: JsonObject[] = [];
    for await (const some of pagesFrom(this.client, path, this.signal, { record: this.id, page })) items.push(...some);
    return items;
  }
}

function versionOf({ version }: JsonObject): bigint {
  try {
    return parseInt64(version);
  } catch (error) {
    throw new GraphRefusal(0, `the version of the record: ${(error as Error).message}`);
  }
}

function documentOf(id: string, payload: JsonObject): CallRecordDocument {
  try {
    const document = readGraphRecord(payload);
    if (document.id === id) return document;
  } catch (error) {
    if (!(error instanceof CallRecordsError)) throw error;
    throw new GraphRefusal(0, error.violations ? formatViolations(error.violations) : error.message);
  }
  throw new GraphRefusal(0, `another record is answered, ${isObject(payload) ? String(payload.id) : ''}`);
}
