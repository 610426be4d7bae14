import { type GraphQLObjectType } from 'graphql';
import { pageCost } from '../../domain/cost.js';
import { formatSessionCursor, parseSessionRange, type SessionRange } from '../../domain/session.js';
import type { SessionsPage, StoredSession } from '../../store/query/read-sessions.js';
import { type Selected, selectedBelow } from '../look-ahead.js';
import { askedOf, pageInfoOf, type SessionsArgs } from '../session-resolver.js';
import { NULL } from './json-leaves.js';
import { type JsonWriter, jsonWriter } from './json-writer.js';
import { NotCompiled } from './not-compiled.js';
import { objectWriter, type Writer } from './object-writer.js';
import { argumentsReader, objectType, pay, type PlanScope, type Request } from './plan.js';

/** A page of sessions, and their record. */
interface PageOfRecord {
  recordId: string;
  page: SessionsPage;
}

/** `CallRecord.sessions` at one place of a selection. */
export interface SelectedSessions {
  /** Throws if graphql-js has to report wrong arguments, or to read a page after the first. */
  range(request: Request): SessionRange;
  isCounted: boolean;
  write: Writer<PageOfRecord>;
}

export function sessionsWriter(scope: PlanScope, selected: Selected, record: GraphQLObjectType): SelectedSessions {
  const definition = record.getFields()[selected.name];
  if (!definition) throw new NotCompiled('no sessions');
  const fields = selectedBelow(scope, objectType(scope.schema, 'SessionConnection'), selected.nodes);
  const readArguments = argumentsReader<SessionsArgs>({ selected, definition });
  return {
    isCounted: fields.some(({ name }) => name === 'totalCount'),
    range: (request) => {
      const range = parseSessionRange(readArguments(request), request.context.limits.maxPageSize);
      if (range.after !== null) throw new NotCompiled('a page after the first');
      return range;
    },
    write: objectWriter('SessionConnection', fields, (field) => connectionField(scope, field)),
  };
}

function connectionField(scope: PlanScope, field: Selected): Writer<PageOfRecord> {
  if (field.name === 'nodes') {
    const write = nodeWriter(scope, field);
    return listWriter(({ document }) => write(document));
  }
  if (field.name === 'edges') return edgesWriter(scope, field);
  if (field.name === 'totalCount') return ({ page }) => String(page.totalCount);
  if (field.name === 'pageInfo') return pageInfoWriter(scope, field);
  throw new NotCompiled(`SessionConnection.${field.name}`);
}

function nodeWriter(scope: PlanScope, field: Selected): JsonWriter {
  return jsonWriter(scope, objectType(scope.schema, 'Session'), field);
}

/** A session that cannot be shown is left out. */
function listWriter(write: (session: StoredSession, recordId: string) => string): Writer<PageOfRecord> {
  return ({ recordId, page }) => {
    let text = '';
    for (const session of page.sessions) {
      const written = write(session, recordId);
      if (written !== NULL) text += text === '' ? written : `,${written}`;
    }
    return `[${text}]`;
  };
}

/** An edge with its written session. */
interface Edge {
  node: string;
  cursor: string;
}

function edgesWriter(scope: PlanScope, { nodes }: Selected): Writer<PageOfRecord> {
  const fields = selectedBelow(scope, objectType(scope.schema, 'SessionEdge'), nodes);
  const whole = fields.filter(({ name }) => name === 'node');
  if (whole.length > 1) throw new NotCompiled('a session written twice');
  const writeNode = nodeWriter(scope, whole[0] ?? NOTHING);
  const write = objectWriter<Edge>('SessionEdge', fields, ({ name }) => {
    if (name === 'node') return ({ node }) => node;
    if (name === 'cursor') return ({ cursor }) => `"${cursor}"`;
    throw new NotCompiled(`SessionEdge.${name}`);
  });
  return listWriter(({ position, document }, recordId) => {
    const node = writeNode(document);
    return node === NULL ? NULL : write({ node, cursor: formatSessionCursor({ recordId, position }) });
  });
}

/** The selection of a session without any fields. */
const NOTHING: Selected = { key: 'node', name: 'node', nodes: [] };

function pageInfoWriter(scope: PlanScope, { nodes }: Selected): Writer<PageOfRecord> {
  const fields = selectedBelow(scope, objectType(scope.schema, 'PageInfo'), nodes);
  return objectWriter<PageOfRecord>('PageInfo', fields, ({ name }) => ({ recordId, page }) => {
    const info = pageInfoOf(recordId, page);
    return JSON.stringify(info[name as keyof typeof info]);
  });
}

/** By the ids of records; null for a record whose sessions were never fetched. */
type Pages = ReadonlyMap<string, SessionsPage | null>;

/** The sessions of the records of one answer, by their selections. */
export class ReadSessions {
  private constructor(private readonly pages: ReadonlyMap<SelectedSessions, Pages>) {}

  static readonly none = new ReadSessions(new Map());

  /**
   * Reads the selected sessions of records, in one statement for each different page of them. It reads only those of
   * `needed` records, as the answer has the others already. All are paid for.
   */
  static async of(
    selected: readonly SelectedSessions[],
    request: Request,
    { ids, needed }: { ids: readonly string[]; needed: readonly string[] },
  ): Promise<ReadSessions> {
    if (selected.length === 0 || ids.length === 0) return ReadSessions.none;
    const { context } = request;
    const { store, asker } = context;
    const read = new Map<string, Promise<Pages>>();
    const pages = new Map<SelectedSessions, Pages>();
    for (const one of selected) {
      const asked = askedOf(one.range(request), context, one.isCounted);
      const key = `${asked.limit} ${asked.isCounted}`;
      if (!read.has(key)) {
        await pay(request, pageCost(ids.length * asked.limit));
        read.set(key, needed.length > 0 ? store.findSessions(needed, asked, asker) : Promise.resolve<Pages>(new Map()));
      }
      pages.set(one, await (read.get(key) as Promise<Pages>));
    }
    return new ReadSessions(pages);
  }

  write(selected: SelectedSessions, recordId: string): string {
    const page = this.pages.get(selected)?.get(recordId) ?? null;
    return page === null ? NULL : selected.write({ recordId, page });
  }
}
