import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { startStandaloneServer } from '@apollo/server/standalone';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import { guid } from '../support/asking.js';

/** A subgraph of someone else, served on this machine. */
export interface Neighbour {
  name: string;
  url: string;
  sdl: string;
  /** The Authorization header of each request, in order. */
  authorizations: (string | undefined)[];
  stop(): Promise<void>;
}

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])';
const PAGE_INFO = `type PageInfo @shareable {
  hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }`;
const PAGE = { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null };

/** Owns `User`: everything about a person but the calls. */
export const USERS_SDL = `${LINK}
type Query { user(id: ID!): User  users: UserConnection! }
type UserConnection { nodes: [User!]!  pageInfo: PageInfo! }
type User @key(fields: "id") { id: ID!  name: String! }
${PAGE_INFO}`;

/** References records by key and adds to them; its host is an Identity of Graph's. */
export const MEETINGS_SDL = `${LINK}
type Query { meetings(first: Int!): MeetingConnection! }
type MeetingConnection { nodes: [Meeting!]!  pageInfo: PageInfo! }
type Meeting @key(fields: "id") { id: ID!  subject: String!  host: Identity!  callRecords: [CallRecord]! }
type CallRecord @key(fields: "id") { id: ID!  meeting: Meeting! }
type Identity @shareable { id: ID  displayName: String  tenantId: String }
${PAGE_INFO}`;

export const nameOf = (id: string) => `Person ${Number(id.slice(-12))}`;

/** Knows the people of the ids given. */
export const startUsers = (ids: readonly string[], port = 0) =>
  start('users', USERS_SDL, port, {
    Query: {
      user: (_root: unknown, { id }: { id: string }) => ({ id }),
      users: () => ({ nodes: ids.map((id) => ({ id })), pageInfo: PAGE }),
    },
    User: {
      __resolveReference: ({ id }: { id: string }) => (ids.includes(id) ? { id } : null),
      name: ({ id }: { id: string }) => nameOf(id),
    },
  });

/** One meeting a record, and one more, which has `first` records. */
export const startMeetings = () =>
  start('meetings', MEETINGS_SDL, 0, {
    Query: {
      meetings: (_root: unknown, { first }: { first: number }) => ({ nodes: [{ id: 'all', first }], pageInfo: PAGE }),
    },
    Meeting: {
      subject: ({ id }: { id: string }) => `About ${id}`,
      host: () => ({ id: guid(0, 1), displayName: 'The host', tenantId: null }),
      callRecords: ({ first }: { first: number }) =>
        Array.from({ length: first }, (_, index) => ({ id: guid(index + 1) })),
    },
    CallRecord: { meeting: ({ id }: { id: string }) => ({ id }) },
  });

async function start(name: string, sdl: string, port: number, resolvers: object): Promise<Neighbour> {
  const authorizations: (string | undefined)[] = [];
  const schema = buildSubgraphSchema({ typeDefs: parse(sdl), resolvers: resolvers as never });
  const server = new ApolloServer({
    schema,
    stopOnTerminationSignals: false,
    plugins: [ApolloServerPluginInlineTraceDisabled(), ApolloServerPluginLandingPageDisabled()],
  });
  const { url } = await startStandaloneServer(server, {
    listen: { host: '127.0.0.1', port },
    context: async ({ req }) => {
      authorizations.push(req.headers.authorization);
      return {};
    },
  });
  return { name, url, sdl, authorizations, stop: () => server.stop() };
}
