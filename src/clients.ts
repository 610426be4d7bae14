/**
 * For frontends: what caches, code generators and the handling of errors need to know beside the schema, as the plain
 * options of the clients. It imports nothing at run time.
 */
import type { ErrorCode, Violation } from './domain/errors.js';

export type { Violation };

/**
 * Types that have an `id` and yet are values of what holds them: in another call, or in another kind of identity, the
 * same id has another name. A cache that keeps objects by `id` shows one of these names in all of them.
 */
const VALUES = ['Identity', 'UserIdentity', 'Person'] as const;
/** Types without an `id`, which are kept with what holds them, too. */
const PARTS = [
  'IdentitySet',
  'CallRecordConnection',
  'CallRecordEdge',
  'PageInfo',
  'ErasePersonPayload',
  'ImportCallRecordsPayload',
  ...(['SessionConnection', 'SessionEdge', 'Session', 'CallQuality', 'Segment', 'FailureInfo', 'Media'] as const),
  ...(['MediaStream', 'DeviceInfo', 'NetworkInfo', 'TraceRouteHop', 'UserFeedback', 'FeedbackToken'] as const),
  ...(['ParticipantEndpoint', 'ServiceEndpoint', 'OtherEndpoint'] as const),
  ...(['ClientUserAgent', 'ServiceUserAgent', 'OtherUserAgent'] as const),
  ...(['CallRecordStatistics', 'CallTypeCount', 'ModalityCount', 'OrganizerCount', 'ParticipantCount'] as const),
  ...(['TimeBucket', 'HourOfWeek', 'Range', 'QualityStatistics', 'QualityGroup', 'SyncStatus'] as const),
  ...(['CallRecordChange', 'CallRecordChangePage'] as const),
] as const;
type Unkeyed = (typeof VALUES)[number] | (typeof PARTS)[number];

/** For urql's Graphcache, beside the {@link resolvers}: `cacheExchange({ keys, resolvers })`. */
export const keys = Object.fromEntries([...VALUES, ...PARTS].map((name) => [name, () => null])) as Record<
  Unkeyed,
  () => null
>;

/** For Relay: `new Environment({ getDataID, network, store })`. Undefined for what is kept with what holds it. */
export function getDataID(value: { readonly [field: string]: unknown }, typeName: string): string | undefined {
  return (VALUES as readonly string[]).includes(typeName) ? undefined : (value['id'] as string | undefined);
}

/**
 * What the scalars are in TypeScript, for `config.scalars` of GraphQL Code Generator and `customScalarTypes` of Relay's
 * compiler. An Int64 is a number up to 2^53-1 and a decimal string beyond; a DateTimeOffset has up to seven fractional
 * digits, of which a `Date` would keep three.
 */
export const scalars = { DateTimeOffset: 'string', Duration: 'string', Int64: 'number | string' } as const;

/** For Apollo Client, which must be told which types a fragment on an interface holds for. */
export const possibleTypes = {
  Node: ['CallRecord'],
  Endpoint: ['ParticipantEndpoint', 'ServiceEndpoint', 'OtherEndpoint'],
  UserAgent: ['ClientUserAgent', 'ServiceUserAgent', 'OtherUserAgent'],
};

/** What an error of an answer carries as `extensions`; codes beside ours are Apollo Server's own. */
export interface ErrorExtensions {
  code: ErrorCode | (string & {});
  /** Of `BAD_USER_INPUT`: the rules that are broken, the first 100 of them; each path begins with the argument. */
  violations?: Violation[];
}

/**
 * The extensions of an answer's errors, whatever client tells of them: Apollo Client's `CombinedGraphQLErrors`, urql's
 * `CombinedError`, or the answer itself, as a network function for Relay gets it. None for all else, such as a network
 * that is away.
 */
export function extensionsOf(failure: unknown): ErrorExtensions[] {
  const { errors, graphQLErrors = errors } = (failure ?? {}) as { errors?: unknown; graphQLErrors?: unknown };
  if (!Array.isArray(graphQLErrors)) return [];
  return (graphQLErrors as { extensions?: Partial<ErrorExtensions> }[]).map(({ extensions }) => ({
    code: '',
    ...extensions,
  }));
}

/** The rules that the errors of an answer say are broken, to be shown beside what they are about. */
export function violationsOf(failure: unknown): Violation[] {
  return extensionsOf(failure).flatMap(({ violations = [] }) => violations);
}

type Cursor = string | null | undefined;

/** A page as Apollo's cache holds it. */
interface Page {
  edges?: readonly object[];
  nodes?: readonly object[];
  pageInfo?: { startCursor?: Cursor; endCursor?: Cursor; hasNextPage?: boolean; hasPreviousPage?: boolean };
}

/** Pages that are joined: with the cursors of their items, as far as these are known. */
interface Pages extends Page {
  cursors?: { edges?: readonly Cursor[]; nodes?: readonly Cursor[] };
}

/** As much as is used here of what Apollo Client gives to policies; the types of what it keeps are its own. */
interface CacheAccess {
  args: { [name: string]: unknown } | null;
  canRead: (value: never) => boolean;
  readField: (name: string, from: never) => unknown;
  toReference: (object: { __typename: string; id: string }) => unknown;
}

/**
 * Joins the pages of one filter and order as Apollo's `relayStylePagination` does, but also those of `nodes`, of which
 * that keeps the last page alone.
 */
const pages = {
  keyArgs: ['filter', 'orderBy'],
  read: withoutEvicted,
  merge(existing: Pages = {}, incoming: Page, access: CacheAccess): Pages {
    const joined: Pages = { ...existing, ...incoming, pageInfo: incoming.pageInfo ?? existing.pageInfo };
    for (const list of ['nodes', 'edges'] as const) {
      const items = incoming[list];
      if (!items) continue;
      const known = existing.cursors?.[list] ?? [];
      const { before, after } = placeOf(known, access.args);
      const around = <Item>(kept: readonly Item[], page: readonly Item[]) => [
        ...kept.slice(0, before),
        ...page,
        ...kept.slice(after),
      ];
      joined[list] = around(existing[list] ?? [], items);
      joined.cursors = { ...joined.cursors, [list]: around(known, cursorsOf(items, incoming, access)) };
      joined.pageInfo = {
        ...joined.pageInfo,
        ...(before > 0 && keptOf(existing.pageInfo, ['startCursor', 'hasPreviousPage'])),
        ...(after < known.length && keptOf(existing.pageInfo, ['endCursor', 'hasNextPage'])),
      };
    }
    return joined;
  },
};

/** What the cache has evicted, as a deleted record, is in no list. */
function withoutEvicted(existing: Pages | undefined, { canRead, readField }: CacheAccess): Pages | undefined {
  if (!existing) return undefined;
  const { edges, nodes } = existing;
  // Undefined is what was not asked for.
  const isThere = (node: unknown) => node === undefined || canRead(node as never);
  return {
    ...existing,
    ...(edges && { edges: edges.filter((edge) => isThere(readField('node', edge as never))) }),
    ...(nodes && { nodes: nodes.filter(isThere) }),
  };
}

/** Where a page belongs among the items of these cursors: as many stay before it, and those from `after` on behind it. */
function placeOf(cursors: readonly Cursor[], args: CacheAccess['args']): { before: number; after: number } {
  const end = cursors.length;
  const at = (cursor: unknown) => cursors.indexOf(cursor as Cursor);
  if (args?.['after'] != null) return { before: at(args['after']) + 1 || end, after: end };
  if (args?.['before'] != null) return { before: 0, after: Math.max(at(args['before']), 0) };
  return { before: 0, after: end };
}

/** The cursor of each item: edges may tell it, the page tells the first and the last. */
function cursorsOf(items: readonly object[], { pageInfo }: Page, { readField }: CacheAccess): Cursor[] {
  return items.map(
    (item, index) =>
      (readField('cursor', item as never) as Cursor) ??
      (index === items.length - 1 ? pageInfo?.endCursor : index === 0 ? pageInfo?.startCursor : undefined),
  );
}

/** What joined pages keep of where they began, or ended. */
function keptOf(pageInfo: Page['pageInfo'], names: readonly (keyof NonNullable<Page['pageInfo']>)[]): Page['pageInfo'] {
  return Object.fromEntries(
    names.filter((name) => pageInfo && name in pageInfo).map((name) => [name, pageInfo?.[name]]),
  );
}

/** A record that some list has brought is there by its id, too, before the server is asked. */
function readRecord(existing: unknown, { args, toReference }: CacheAccess): unknown {
  const id = args?.['id'];
  if (existing !== undefined || typeof id !== 'string') return existing;
  return toReference({ __typename: 'CallRecord', id: id.toLowerCase() });
}

/** For Apollo Client: `new InMemoryCache({ typePolicies })`, or spread among policies of your own. */
export const typePolicies = {
  Identity: { keyFields: false as const },
  UserIdentity: { keyFields: false as const },
  Person: { keyFields: false as const },
  Query: { fields: { callRecords: pages, callRecord: readRecord } },
  User: { fields: { callRecords: pages } },
};

type Arguments = { readonly [name: string]: unknown };

/** As much as is used here of what urql's Graphcache gives to resolvers. */
interface GraphcacheAccess {
  inspectFields: (entity: string) => readonly { fieldKey: string; fieldName: string; arguments: Arguments | null }[];
  resolve: (entity: string, field: string, args?: never) => unknown;
}

/**
 * Joins the pages of one filter and order, from the first one on, as far as each begins where the one before ends.
 * Graphcache's `relayPagination` joins whatever pages it has: where the first one was asked for again, and new records
 * have moved others on, those between it and the second one are gone from the list. What is asked for from the end
 * (`last`, `before`) is a page of its own.
 */
function followingPages(
  _parent: unknown,
  args: Arguments,
  cache: GraphcacheAccess,
  { parentKey, fieldName }: { parentKey: string; fieldName: string },
) {
  const asked = cache.resolve(parentKey, fieldName, args as never) as string | undefined;
  if (typeof asked !== 'string' || args['last'] != null || args['before'] != null) return asked;
  const pages = cache
    .inspectFields(parentKey)
    .filter((field) => field.fieldName === fieldName && selectionOf(field.arguments) === selectionOf(args));
  const pageAfter = (cursor: unknown) => {
    const those = pages.filter((page) => (page.arguments?.['after'] ?? null) === cursor);
    const field = those.find((page) => page.arguments?.['first'] === args['first']) ?? those[0];
    return field && (cache.resolve(parentKey, field.fieldKey) as string);
  };
  const following: string[] = [];
  for (let page = pageAfter(null); page && !following.includes(page); page = pageAfter(endOf(page, cache)))
    following.push(page);
  return following.length > 0 ? joinedPages(following, cache) : asked;
}

/** What decides which records a list has, and in which order. */
function selectionOf(args: Arguments | null): string {
  const { after: _after, first: _first, ...rest } = args ?? {};
  return JSON.stringify(
    Object.entries(rest)
      .filter(([, value]) => value != null)
      .sort(),
  );
}

/** The cursor of the last item of a page, by which the next page is asked for. */
function endOf(page: string, cache: GraphcacheAccess): unknown {
  return cache.resolve(cache.resolve(page, 'pageInfo') as string, 'endCursor');
}

function joinedPages(pages: string[], cache: GraphcacheAccess) {
  const itemsOf = (list: string) => pages.flatMap((page) => (cache.resolve(page, list) ?? []) as string[]);
  const infoOf = (page: string | undefined, name: string) =>
    cache.resolve(cache.resolve(page as string, 'pageInfo') as string, name) as string;
  const [first, last] = [pages[0], pages.at(-1)];
  return {
    __typename: 'CallRecordConnection',
    // What has moved between two answers is in the list once.
    edges: [...new Map(itemsOf('edges').map((edge) => [cache.resolve(edge, 'node') ?? edge, edge])).values()],
    nodes: [...new Set(itemsOf('nodes'))],
    pageInfo: {
      __typename: 'PageInfo',
      startCursor: infoOf(first, 'startCursor'),
      hasPreviousPage: infoOf(first, 'hasPreviousPage'),
      endCursor: infoOf(last, 'endCursor'),
      hasNextPage: infoOf(last, 'hasNextPage'),
    },
  };
}

/** For urql's Graphcache: `cacheExchange({ keys, resolvers })`. */
export const resolvers = {
  Query: { callRecords: followingPages },
  User: { callRecords: followingPages },
};
