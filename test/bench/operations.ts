/** What the data set offers to ask for. */
export interface Samples {
  /** Ids of records, at random. */
  ids: string[];
  /** People with at least 20 calls. */
  users: string[];
  /** Those with the most calls. */
  busiest: string[];
  /** Every record by its start and its id, in the order of ids, which is that of chance. */
  all: { start: string; id: string }[];
  /** The place of the 50,000th record, newest first (or the middle of a smaller set), for each server that reads its own kind. */
  deep: { cursor: string; start: string; id: string };
}

/** One kind of request: to us, to the GraphQL peers and to the raw server, for the same answer. */
export interface Operation {
  name: string;
  clients: number;
  /** Bodies to send in turn. */
  ours: (samples: Samples) => object[];
  peers: (samples: Samples) => object[];
  raw: (samples: Samples) => object[];
  /** Only in a comparison with PostGraphile. */
  postgraphile?: (samples: Samples) => object[];
  /** Whether each client has bodies of its own, so that none is sent twice while there are others. */
  once?: boolean;
  /** From somebody who sees only their own calls, where they get as much as others do. */
  delegated?: (samples: Samples) => object[];
}

const SCALARS = 'id version type modalities startDateTime endDateTime durationSeconds joinWebUrl participantCount';
const PEOPLE =
  'organizer { user { id displayName } phone { id } } participants { user { id displayName tenantId } phone { id } guest { id displayName } }';
const RECORD = `${SCALARS} ${PEOPLE}`;
const LEAN = `${SCALARS} organizer { user { id displayName } }`;
const PAGE = `nodes { ${RECORD} } pageInfo { hasNextPage endCursor }`;

const one = (selection: string) => `query One($id: ID!) { callRecord(id: $id) { ${selection} } }`;
const FIRST = `query Page($after: String) { callRecords(first: 50, after: $after) { ${PAGE} } }`;
const COUNTED = `query Counted { callRecords(first: 50) { totalCount ${PAGE} } }`;
const OF_USER = `query Newest($user: ID!) { callRecords(first: 20, filter: { participant: { id: [$user] } }) { ${PAGE} } }`;
const OF_USER_OF_PEERS = `query Newest($user: ID!) { callRecords(first: 20, participant: $user) { ${PAGE} } }`;
const OF_PERSON = OF_USER.replace('first: 20', 'first: 50');
const OF_PERSON_OF_PEERS = OF_USER_OF_PEERS.replace('first: 20', 'first: 50');
const entities = (selection: string) =>
  `query Entities($representations: [_Any!]!) { _entities(representations: $representations) { ... on CallRecord { ${selection} } } }`;
const entitiesOfPeers = (selection: string) => `query Entities($ids: [ID!]!) { entities(ids: $ids) { ${selection} } }`;
const BY_NAME = `query Named($name: String!) { callRecords(first: 50, filter: { participant: { displayName: $name } }) { ${PAGE} } }`;
const CREATE = `mutation Create($input: CreateCallRecordInput!) { createCallRecord(input: $input) { id version lastModifiedDateTime } }`;

/** Our cursor of a place in the list that begins with the newest. */
export const cursorOf = (start: string, id: string): string => Buffer.from(`Sd|${start}|${id}`).toString('base64url');

const HUNDRED = 100;

function hundreds(ids: string[]): string[][] {
  return Array.from({ length: 20 }, (_, index) =>
    Array.from({ length: HUNDRED }, (_, place) => ids[(index * 37 + place * 7) % ids.length] as string),
  );
}

const person = (id: string, displayName: string) => ({ user: { id, displayName } });

/** Creates of four participants each, all valid; older than all others, so that pages stay what they are. */
function creates({ users }: Samples): object[] {
  return Array.from({ length: 50 }, (_, index) => {
    const people = [0, 1, 2, 3].map((place) =>
      person(users[(index * 4 + place) % users.length] as string, `P${place}`),
    );
    return {
      version: 1,
      type: 'groupCall',
      modalities: ['audio', 'video'],
      startDateTime: `2001-10-31T10:${String(index).padStart(2, '0')}:21.2169889Z`,
      endDateTime: `2001-10-31T11:${String(index).padStart(2, '0')}:46.7640013Z`,
      joinWebUrl: 'https://teams.microsoft.com/l/meetup-join/19%3ameeting_bench%40thread.v2/0',
      organizer: people[0],
      participants: people,
    };
  });
}

function createAt(clients: number): Operation {
  const graphql = (samples: Samples) => creates(samples).map((input) => ({ query: CREATE, variables: { input } }));
  return {
    name: `create, ${clients} client${clients === 1 ? '' : 's'}`,
    clients,
    ours: graphql,
    peers: graphql,
    raw: (samples) => creates(samples).map((input) => ({ create: input })),
  };
}

const CLIENTS = 16;

/** A page by a part of a name, which only we can be asked for. */
export const byName = (name: string): object => ({ query: BY_NAME, variables: { name } });

/** One record by its id: of a thousand asked for over and over, or of all, each once. */
function oneRecord(name: string, selection: string, once = false): Operation {
  const ids = (samples: Samples) => (once ? samples.all.map(({ id }) => id) : samples.ids);
  const graphql = (samples: Samples) => ids(samples).map((id) => ({ query: one(selection), variables: { id } }));
  const raw = (samples: Samples) => ids(samples).map((id) => (selection === LEAN ? { lean: id } : { one: id }));
  return { name, clients: CLIENTS, once, ours: graphql, peers: graphql, raw };
}

/** A hundred records by reference. */
function hundredEntities(name: string, selection: string, once = false): Operation {
  const some = ({ all, ids }: Samples) => (once ? chunks(all.map(({ id }) => id)) : hundreds(ids));
  return {
    name,
    clients: CLIENTS,
    once,
    ours: (samples) =>
      some(samples).map((of) => ({
        query: entities(selection),
        variables: { representations: of.map((id) => ({ __typename: 'CallRecord', id })) },
      })),
    peers: (samples) => some(samples).map((of) => ({ query: entitiesOfPeers(selection), variables: { ids: of } })),
    raw: (samples) => some(samples).map((of) => (selection === LEAN ? { leanEntities: of } : { entities: of })),
  };
}

const chunks = (ids: string[]) =>
  Array.from({ length: Math.ceil(ids.length / HUNDRED) }, (_, index) =>
    ids.slice(index * HUNDRED, (index + 1) * HUNDRED),
  );

/** Everything that is measured, in this order. */
export const OPERATIONS: Operation[] = [
  oneRecord('one record', RECORD),
  oneRecord('one record, each once', RECORD, true),
  oneRecord('one record, lean', LEAN),
  oneRecord('one record, lean, each once', LEAN, true),
  {
    name: 'page of 50 with everybody',
    clients: CLIENTS,
    ours: () => [{ query: FIRST }],
    peers: () => [{ query: FIRST }],
    raw: () => [{ page: { first: 50 } }],
  },
  {
    name: 'page of 50 with everybody, each once',
    clients: CLIENTS,
    once: true,
    ours: ({ all }) =>
      all.map(({ start, id }) => ({ query: FIRST, variables: { after: cursorOf(start.replace('Z', ''), id) } })),
    peers: ({ all }) => all.map(({ start, id }) => ({ query: FIRST, variables: { after: `${start}|${id}` } })),
    raw: ({ all }) => all.map(({ start, id }) => ({ page: { first: 50, after: [start, id] } })),
  },
  {
    name: 'newest 20 of a user',
    clients: CLIENTS,
    ours: ({ users }) => users.map((user) => ({ query: OF_USER, variables: { user } })),
    peers: ({ users }) => users.map((user) => ({ query: OF_USER_OF_PEERS, variables: { user } })),
    raw: ({ users }) => users.map((user) => ({ ofUser: { user, first: 20 } })),
  },
  {
    name: "50 of a person's own",
    clients: CLIENTS,
    ours: ({ busiest }) => busiest.map((user) => ({ query: OF_PERSON, variables: { user } })),
    delegated: () => [{ query: FIRST }],
    peers: ({ busiest }) => busiest.map((user) => ({ query: OF_PERSON_OF_PEERS, variables: { user } })),
    raw: ({ busiest }) => busiest.map((user) => ({ ofUser: { user, first: 50 } })),
  },
  {
    name: 'page 50,000 deep',
    clients: CLIENTS,
    ours: ({ deep }) => [{ query: FIRST, variables: { after: deep.cursor } }],
    peers: ({ deep }) => [{ query: FIRST, variables: { after: `${deep.start}|${deep.id}` } }],
    raw: ({ deep }) => [{ page: { first: 50, after: [deep.start, deep.id] } }],
  },
  {
    name: 'page with totalCount',
    clients: CLIENTS,
    ours: () => [{ query: COUNTED }],
    peers: () => [{ query: COUNTED }],
    raw: () => [{ page: { first: 50, count: true } }],
  },
  hundredEntities('_entities of 100', RECORD),
  hundredEntities('_entities of 100, each once', RECORD, true),
  hundredEntities('_entities of 100, lean', LEAN),
  hundredEntities('_entities of 100, lean, each once', LEAN, true),
  createAt(1),
  createAt(16),
  createAt(64),
];

/** Those whose names have one of these parts, which semicolons separate; all where there are none. */
export function operationsNamed(parts: string): Operation[] {
  const wanted = parts.split(';');
  return OPERATIONS.filter(({ name }) => wanted.some((part) => name.includes(part)));
}
