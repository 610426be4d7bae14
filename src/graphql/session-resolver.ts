import 'reflect-metadata';
import type { GraphQLResolveInfo } from 'graphql';
import { Args, ArgsType, Ctx, Directive, Field, FieldResolver, Info, Int, Resolver, Root } from 'type-graphql';
import { CallRecord } from '../domain/call-record.js';
import { parseJson } from '../platform/json.js';
import type { PageInfo } from '../domain/page.js';
import {
  formatSessionCursor,
  parseSessionRange,
  requireOwnCursor,
  SessionConnection,
  SESSIONS_PAGE_SIZE,
} from '../domain/session.js';
import type { SessionsAsked, SessionsPage } from '../store/query/read-sessions.js';
import type { GraphQLContext } from './context.js';
import { LookAhead } from './look-ahead.js';

/** The arguments of a record's sessions. */
@ArgsType()
export class SessionsArgs {
  @Field(() => Int, {
    nullable: true,
    defaultValue: SESSIONS_PAGE_SIZE,
    description:
      'Sessions from the first one on, or after `after`: 0 to 500 unless the server sets another limit. Each counts as a record does toward what an operation may reach.',
  })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'Only sessions after this cursor of the same call.' })
  after?: string | null;
}

/** The assumed number of sessions of a call, for gateways that estimate costs before they plan. */
const SESSIONS_SIZE = `@listSize(assumedSize: ${SESSIONS_PAGE_SIZE}, slicingArguments: ["first"], sizedFields: ["edges", "nodes"], requireOneSlicingArgument: false)`;

/** Connections whose sessions are stored JSON; see `readFromJson`. */
interface JsonConnection {
  edges: { node: unknown; cursor: string }[];
  nodes: unknown[];
  pageInfo: PageInfo;
  totalCount: number;
}

@Resolver(() => CallRecord)
export class SessionResolver {
  @FieldResolver(() => SessionConnection, {
    nullable: true,
    description:
      'What went on between each two endpoints, in the order of Graph; null where that was never fetched. Whoever may see calls of their own only sees the sessions in which they are the caller or the callee. A session without an id or a time is left out.',
  })
  @Directive(SESSIONS_SIZE)
  async sessions(
    @Root() { id }: CallRecord,
    @Args(() => SessionsArgs) args: SessionsArgs,
    @Ctx() context: GraphQLContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<JsonConnection | null> {
    const { budget, limits, loaders } = context;
    const range = parseSessionRange(args, limits.maxPageSize);
    requireOwnCursor(range, id);
    const selected = LookAhead.of(info);
    const asked = askedOf(range, context, selected.has('totalCount'));
    const read = () => loaders.sessions(id, asked, context);
    const page = await (budget?.listOfMany(read) ?? read());
    if (page === null) return null;
    budget?.reach(page.sessions.length);
    return toConnection(id, page);
  }
}

/** The store's query for these arguments. */
export function askedOf(
  { limit, after }: ReturnType<typeof parseSessionRange>,
  { caller }: Pick<GraphQLContext, 'caller'>,
  isCounted: boolean,
): SessionsAsked {
  return { visibleTo: caller.visibleTo, limit, after: after?.position ?? null, isCounted };
}

/** The position of a page among the sessions of its record. */
export function pageInfoOf(recordId: string, { sessions, hasMore, hasBefore }: SessionsPage): PageInfo {
  const cursorOf = (session: SessionsPage['sessions'][number] | undefined) =>
    session ? formatSessionCursor({ recordId, position: session.position }) : null;
  return {
    hasNextPage: hasMore,
    hasPreviousPage: hasBefore,
    startCursor: cursorOf(sessions[0]),
    endCursor: cursorOf(sessions.at(-1)),
  };
}

function toConnection(recordId: string, page: SessionsPage): JsonConnection {
  const edges = page.sessions.map(({ position, document }) => ({
    node: parseJson(document.toString()),
    cursor: formatSessionCursor({ recordId, position }),
  }));
  return {
    edges,
    nodes: edges.map(({ node }) => node),
    pageInfo: pageInfoOf(recordId, page),
    totalCount: page.totalCount,
  };
}
