import type { CallRecordFilter, IdentityFilter } from '../domain/filter.js';
import type { Store } from './store.js';

/** The reads of one request. */
export class Reads {
  /** Whether anything about calls was read at all, even a count. */
  hasRead = false;
  /** The number of records read; a record counts each time. */
  records = 0;
  /** The values by which people were asked for: ids, sign-in names, names, and parts of these. */
  readonly people = new Set<string>();

  /** Notes a read that is not one of the watched store's. The caller counts its records. */
  follow(filter: CallRecordFilter | null): void {
    this.hasRead = true;
    this.askFor(filter);
  }

  /** Notes the people whom a filter asks for. */
  askFor(filter: CallRecordFilter | null | undefined): void {
    if (!filter) return;
    for (const asked of [filter.organizer, filter.participant]) this.askForIdentity(asked);
    for (const other of [...(filter.and ?? []), ...(filter.or ?? []), filter.not]) this.askFor(other);
  }

  private askForIdentity(asked: IdentityFilter | null | undefined): void {
    const { id, userPrincipalName, displayName } = asked ?? {};
    for (const text of [...(id ?? []), userPrincipalName, displayName]) if (text != null) this.people.add(text);
  }
}

/** Members of a store that reveal nothing about anybody's calls. All others do. */
const NO_READS = new Set<string | symbol>([
  ...(['create', 'createRow', 'createDocument', 'import', 'importParts', 'delete'] as const),
  ...(['lastChange', 'concernedBy', 'onCommit', 'hasJudgedBefore'] as const),
] satisfies (keyof Store | keyof Store['statistics'])[]);

/** The store, with a note taken of each read. */
export function watchedStore(store: Store, reads: Reads): Store {
  return watched(store, reads);
}

function watched<Target extends object>(target: Target, reads: Reads): Target {
  return new Proxy(target, {
    get(_target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (name === 'statistics') return watched(member as Store['statistics'], reads);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]): unknown => {
        const result: unknown = Reflect.apply(member, target, args);
        if (NO_READS.has(name)) return result;
        reads.hasRead = true;
        noteAsked(name, args, reads);
        if (!(result instanceof Promise)) return result;
        return result.then((found: unknown) => {
          reads.records += recordsIn(name, found);
          return found;
        });
      };
    },
  });
}

/** Methods whose first argument is a list of users, or one person. */
const OF_PEOPLE = new Set<string | symbol>([
  'listOfUsers',
  'listTextsOfUsers',
  'haveOutside',
  'countOfUsers',
  'findSelf',
]);

function noteAsked(name: string | symbol, args: readonly unknown[], reads: Reads): void {
  if (OF_PEOPLE.has(name)) for (const id of [args[0]].flat()) reads.people.add(id as string);
  for (const argument of args) {
    if (typeof argument !== 'object' || argument === null) continue;
    const { filter, search } = argument as { filter?: CallRecordFilter | null; search?: unknown };
    reads.askFor(filter);
    if (typeof search === 'string') reads.people.add(search);
  }
}

/** These reads count no records: sessions are read with their record, and changes have their records read. */
const OF_NO_RECORDS = new Set<string | symbol>([
  'findSessions',
  'changes',
  'haveOutside',
  'countOfUsers',
  'listPeople',
]);

function recordsIn(name: string | symbol, found: unknown): number {
  if (OF_NO_RECORDS.has(name) || typeof found !== 'object' || found === null) return 0;
  if (found instanceof Map) {
    const pages = [...found.values()] as { records?: unknown[]; rows?: unknown[] }[];
    return pages.reduce((sum, { records, rows }) => sum + ((records ?? rows)?.length ?? 1), 0);
  }
  const { records, rows, documents, document } = found as Record<string, unknown[] | undefined>;
  return (records ?? rows ?? documents)?.length ?? (document ? 1 : 0);
}
