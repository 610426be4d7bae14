import { post, RECORD, startTestServer, type TestServer } from '../support/harness.js';
import { clear, dataOf, guid, importAll, importRecord, problem, storePayloads, totalCount } from '../support/asking.js';

const PAGE = `query Page($first: Int, $after: String, $last: Int, $before: String, $filter: CallRecordFilter, $orderBy: CallRecordOrder) {
  callRecords(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
    edges { cursor node { id } } nodes { id } totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;
const [ANNA, BEN] = ['aaaaaaaa-0000-4000-8000-00000000000a', 'bbbbbbbb-0000-4000-8000-00000000000b'];
const user = (id: string) => ({ user: { id } });

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.end());

async function page(variables: object = {}) {
  const connection = dataOf(await server.ask(PAGE, variables)).callRecords;
  const numbers: number[] = connection.nodes.map(({ id }: { id: string }) => Number(id.slice(-12)));
  return { ...connection, numbers };
}
const recoded = (cursor: string, change: (text: string) => string) =>
  Buffer.from(change(Buffer.from(cursor, 'base64url').toString())).toString('base64url');
const pageProblem = async (variables: object) => problem(await server.ask(PAGE, variables));

describe('callRecord', () => {
  beforeAll(() => importAll(server, [importRecord(1, { id: 'abcdef00-0000-4000-8000-0000000000aa' })]));
  afterAll(() => clear(server));
  const read = async (id: string) =>
    dataOf(await server.ask('query ($id: ID!) { callRecord(id: $id) { id } }', { id }));

  test.each(['abcdef00-0000-4000-8000-0000000000aa', 'ABCDEF00-0000-4000-8000-0000000000AA'])(
    'A record is found by its id in any case (%s), and shows it in lower case',
    async (id) => {
      expect(await read(id)).toEqual({ callRecord: { id: 'abcdef00-0000-4000-8000-0000000000aa' } });
    },
  );

  test.each([guid(99), 'no-guid', '', '%', "' or 1=1 --", '\u0000'])(
    'It is null for the id %j that no record has',
    async (id) => {
      expect(await read(id)).toEqual({ callRecord: null });
    },
  );
});

describe('Pages of callRecords', () => {
  beforeAll(() =>
    importAll(
      server,
      Array.from({ length: 5 }, (_, index) => importRecord(index + 1)),
    ),
  );
  afterAll(() => clear(server));

  test('Without arguments the newest start comes first', async () => {
    expect((await page()).numbers).toEqual([5, 4, 3, 2, 1]);
  });

  test('Edges and nodes hold the same records, and pageInfo the cursors of the outermost', async () => {
    const { edges, nodes, pageInfo } = await page({ first: 3 });
    expect(edges.map(({ node }: { node: object }) => node)).toEqual(nodes);
    expect(pageInfo).toMatchObject({ startCursor: edges[0].cursor, endCursor: edges[2].cursor });
  });

  test('Going forward by endCursor meets each record once, and hasNextPage turns false at the end', async () => {
    const one = await page({ first: 2 });
    const two = await page({ first: 2, after: one.pageInfo.endCursor });
    const three = await page({ first: 2, after: two.pageInfo.endCursor });
    expect([one.numbers, two.numbers, three.numbers]).toEqual([[5, 4], [3, 2], [1]]);
    expect([one, two, three].map(({ pageInfo }) => pageInfo.hasNextPage)).toEqual([true, true, false]);
    expect([one, two, three].map(({ pageInfo }) => pageInfo.hasPreviousPage)).toEqual([false, true, true]);
  });

  test('Going backward by startCursor meets each record once, in the order of the list', async () => {
    const one = await page({ last: 2 });
    const two = await page({ last: 2, before: one.pageInfo.startCursor });
    const three = await page({ last: 2, before: two.pageInfo.startCursor });
    expect([one.numbers, two.numbers, three.numbers]).toEqual([[2, 1], [4, 3], [5]]);
    expect([one, two, three].map(({ pageInfo }) => pageInfo.hasPreviousPage)).toEqual([true, true, false]);
    expect([one, two, three].map(({ pageInfo }) => pageInfo.hasNextPage)).toEqual([false, true, true]);
  });

  test('A page that ends exactly with the list has no next page', async () => {
    expect((await page({ first: 5 })).pageInfo.hasNextPage).toBe(false);
    expect((await page({ last: 5 })).pageInfo.hasPreviousPage).toBe(false);
  });

  test('after and before together cut out what lies between', async () => {
    const { edges } = await page();
    expect((await page({ after: edges[0].cursor, before: edges[4].cursor })).numbers).toEqual([4, 3, 2]);
  });

  test('Below two aliases of a list, one alias may stand for different members, in an operation with statistics, too', async () => {
    const list = 'callRecords(first: 1) { all: nodes { it: type } nodes { it: organizer { kind } } }';
    const told = { callRecords: { all: [{ it: 'peerToPeer' }], nodes: [{ it: { kind: 'USER' } }] } };
    for (const beside of ['', 'callRecordStatistics { count }'])
      expect(dataOf(await server.ask(`{ ${list} ${beside} }`))).toMatchObject(told);
  });

  test('totalCount counts the whole list on every page', async () => {
    const { pageInfo } = await page({ first: 4 });
    expect(await page({ first: 4, after: pageInfo.endCursor })).toMatchObject({ totalCount: 5, numbers: [1] });
  });

  test('first: 0 is an empty page that still tells whether there is more', async () => {
    const pageInfo = { hasNextPage: true, hasPreviousPage: false, startCursor: null, endCursor: null };
    expect(await page({ first: 0 })).toMatchObject({ edges: [], nodes: [], totalCount: 5, pageInfo });
  });

  test('first: 0 of a list without records has no next page', async () => {
    const empty = await page({ first: 0, filter: { id: [] } });
    expect(empty).toMatchObject({ totalCount: 0, pageInfo: { hasNextPage: false, hasPreviousPage: false } });
  });

  test('A cursor holds its place when its record has been deleted', async () => {
    await importAll(server, [importRecord(6)]);
    const { pageInfo } = await page({ first: 1 });
    await server.store.delete(guid(6));
    expect((await page({ first: 2, after: pageInfo.endCursor })).numbers).toEqual([5, 4]);
  });

  test('last alone does not collide with the default of first, as a literal and as a variable', async () => {
    expect(dataOf(await server.ask('{ callRecords(last: 1) { nodes { id } } }')).callRecords.nodes).toHaveLength(1);
    expect((await page({ last: 1 })).numbers).toEqual([1]);
    expect((await page({ last: 1, first: null })).numbers).toEqual([1]);
  });

  test('first together with last is an error, as literals and as variables', async () => {
    const expected = { code: 'BAD_USER_INPUT', rules: { last: 'exclusive' } };
    expect(problem(await server.ask('{ callRecords(first: 1, last: 1) { totalCount } }'))).toMatchObject(expected);
    expect(await pageProblem({ first: 1, last: 1 })).toMatchObject(expected);
  });

  test.each([
    [{ first: -1 }, { first: 'minimum' }],
    [{ last: -1 }, { last: 'minimum' }],
    [{ first: 501 }, { first: 'maximum' }],
    [{ last: 501 }, { last: 'maximum' }],
    [{ after: 'bm9uc2Vuc2U' }, { after: 'cursor' }],
    [{ before: '' }, { before: 'cursor' }],
    [{ after: Buffer.from("Sd|2026-01-01T00:00:00' or 1=1|x").toString('base64url') }, { after: 'cursor' }],
    [
      { first: 501, last: -1, after: 'x' },
      { first: 'maximum', last: 'minimum', after: 'cursor' },
    ],
  ])('The arguments %j are refused by their rule', async (variables, rules) => {
    const found = await pageProblem(variables);
    expect(found).toMatchObject({ code: 'BAD_USER_INPUT', rules });
  });

  test('first and last of 500 are allowed', async () => {
    expect((await page({ first: 500 })).numbers).toHaveLength(5);
    expect((await page({ last: 500 })).numbers).toHaveLength(5);
  });

  test.each([{ field: 'END_DATE_TIME' }, { field: 'DURATION' }, { direction: 'ASC' }])(
    'A cursor of the default order is refused in the order %j',
    async (orderBy) => {
      const { pageInfo } = await page({ first: 1 });
      const variables = { after: pageInfo.endCursor, orderBy };
      expect(await pageProblem(variables)).toMatchObject({ code: 'BAD_USER_INPUT', rules: { after: 'cursor' } });
    },
  );

  test.each<[string, (cursor: string) => string]>([
    ['with characters behind it', (cursor) => `${cursor}!!`],
    ['with padding', (cursor) => `${cursor}=`],
    ['with blanks before it', (cursor) => `  ${cursor}`],
    ['with its id in upper case', (cursor) => recoded(cursor, (text) => text.replace(/\|0{8}(.{28})$/, '|ABCDEF00$1'))],
    ['of a date that is none', (cursor) => recoded(cursor, (text) => text.replace(/2026-01-15T/, '2026-99-99T'))],
    ['of a date-time that is stored otherwise', (cursor) => recoded(cursor, (text) => text.replace(/:00\|/, ':00.0|'))],
    ['with one part more', (cursor) => recoded(cursor, (text) => `${text}|`)],
  ])('A cursor %s is refused', async (_how, change) => {
    const { pageInfo } = await page({ first: 1 });
    const after = change(pageInfo.endCursor);
    expect(after).not.toBe(pageInfo.endCursor);
    expect(await pageProblem({ after })).toMatchObject({ code: 'BAD_USER_INPUT', rules: { after: 'cursor' } });
  });

  test('A cursor of a duration beyond 64 bits, or with a zero before it, is refused', async () => {
    for (const ticks of ['9223372036854775808', '01', '-0', '1.5', '']) {
      const after = Buffer.from(`Dd|${ticks}|${guid(1)}`).toString('base64url');
      const found = await pageProblem({ after, orderBy: { field: 'DURATION' } });
      expect(found).toMatchObject({ code: 'BAD_USER_INPUT', rules: { after: 'cursor' } });
    }
  });

  test('A cursor cut short is refused', async () => {
    const { pageInfo } = await page({ first: 1 });
    const variables = { after: pageInfo.endCursor.slice(0, -4) };
    expect(await pageProblem(variables)).toMatchObject({ code: 'BAD_USER_INPUT', rules: { after: 'cursor' } });
  });
});

describe('Orders of callRecords', () => {
  const at = (start: string, end: string, modified: string) => ({
    startDateTime: `2026-01-15T${start}Z`,
    endDateTime: `2026-01-15T${end}Z`,
    lastModifiedDateTime: `2026-01-16T${modified}Z`,
  });
  beforeAll(() =>
    importAll(server, [
      importRecord(1, at('10:00:00.12', '10:30:00', '03:00:00')),
      importRecord(2, at('10:00:00.1', '10:10:00', '02:00:00')),
      importRecord(3, at('10:00:00.1', '10:20:00.5', '01:00:00')),
    ]),
  );
  afterAll(() => clear(server));

  test.each([
    ['START_DATE_TIME', [2, 3, 1]],
    ['END_DATE_TIME', [2, 3, 1]],
    ['LAST_MODIFIED_DATE_TIME', [3, 2, 1]],
    ['DURATION', [2, 3, 1]],
  ])('%s orders by time, ties by id, and DESC is the reverse of ASC', async (field, ascending) => {
    expect((await page({ orderBy: { field, direction: 'ASC' } })).numbers).toEqual(ascending);
    expect((await page({ orderBy: { field } })).numbers).toEqual([...ascending].reverse());
  });

  test('Pages in the order DURATION go on behind the longest call that there can be', async () => {
    const times = { startDateTime: '0001-01-01T00:00:00Z', endDateTime: '9999-12-31T23:59:59.9999999Z' };
    await importAll(server, [importRecord(9, times)]);
    const orderBy = { field: 'DURATION' };
    const { numbers, pageInfo } = await page({ first: 1, orderBy });
    expect(numbers).toEqual([9]);
    expect((await page({ after: pageInfo.endCursor, orderBy })).numbers).toEqual([1, 3, 2]);
    await server.store.delete(guid(9));
  });

  test.each(['START_DATE_TIME', 'END_DATE_TIME', 'LAST_MODIFIED_DATE_TIME', 'DURATION'])(
    'Pages of one in the order %s meet each record once',
    async (field) => {
      const whole = await page({ orderBy: { field } });
      const met: number[] = [];
      for (let after: string | null = null, next = true; next;) {
        const one: Awaited<ReturnType<typeof page>> = await page({ first: 1, after, orderBy: { field } });
        met.push(...one.numbers);
        after = one.pageInfo.endCursor;
        next = one.pageInfo.hasNextPage;
      }
      expect(met).toEqual(whole.numbers);
    },
  );
});

describe('Filters of callRecords', () => {
  const url = 'https://teams.microsoft.com/l/meetup-join/19%3ameeting';
  beforeAll(() =>
    storePayloads(server, [
      importRecord(1, { type: 'groupCall', joinWebUrl: url, modalities: ['audio', 'video'], organizer: user(ANNA) }),
      importRecord(2, { type: 'holographic', modalities: ['smell', 'taste', 'audio'], organizer: user(BEN) }),
      importRecord(3, {
        modalities: ['data'],
        endDateTime: '2026-01-15T13:03:00.0000001Z',
        organizer: { phone: { id: '+1555' } },
        participants: [{ guest: { id: 'teamsvisitor:x', displayName: 'Zoë 100%_Guest', tenantId: guid(7, 7) } }],
      }),
    ]),
  );
  afterAll(() => clear(server));

  const filters: [object, number[]][] = [
    [{}, [3, 2, 1]],
    [{ id: [guid(2), guid(3).toUpperCase(), 'x'] }, [3, 2]],
    [{ id: [] }, []],
    [{ type: ['groupCall'] }, [1]],
    [{ type: ['peerToPeer', 'unknownFutureValue'] }, [3, 2]],
    [{ modalities: { hasAny: ['video', 'data'] } }, [3, 1]],
    [{ modalities: { hasAll: ['audio', 'unknownFutureValue'] } }, [2]],
    [{ startDateTime: { gt: '2026-01-15T12:01:00Z', lte: '2026-01-15T14:02:00+02:00' } }, [2]],
    [{ endDateTime: { eq: '2026-01-15T13:03:00.0000001Z' } }, [3]],
    [{ lastModifiedDateTime: { lt: '2026-01-15T12:05:00Z' } }, [2, 1]],
    [{ durationSeconds: { gte: 3600.0000001 } }, [3]],
    [{ durationSeconds: { gt: 59.5, lt: 61 } }, [2, 1]],
    [{ organizer: { id: [ANNA.toUpperCase()] } }, [1]],
    [{ organizer: { kind: ['PHONE'] } }, [3]],
    [{ participant: { id: ['+14255550123'] } }, [2, 1]],
    [{ participant: { displayName: 'zoË 100%_g' } }, [3]],
    [{ participant: { displayName: '1000_' } }, []],
    [{ participant: { tenantId: [guid(7, 7)], kind: ['GUEST', 'USER'] } }, [3]],
    [{ joinWebUrl: url }, [1]],
    [{ not: { joinWebUrl: url } }, [3, 2]],
    [{ or: [{ type: ['groupCall'] }, { modalities: { hasAll: ['data'] } }] }, [3, 1]],
    [{ or: [] }, []],
    [{ and: [] }, [3, 2, 1]],
    [{ and: [{ organizer: { kind: ['USER'] } }, { not: { organizer: { id: [BEN] } } }], type: null }, [1]],
  ];
  test.each(filters)('%j, sent as a variable, finds %j in the page and in totalCount', async (filter, expected) => {
    expect(await page({ filter })).toMatchObject({ numbers: expected, totalCount: expected.length });
  });

  test('Numbers that JSON writes with a fraction or an exponent are read as the numbers they are', async () => {
    const query = 'query ($n: Int, $f: CallRecordFilter) { callRecords(first: $n, filter: $f) { totalCount } }';
    const body = `{"query":${JSON.stringify(query)},"variables":{"n":1e1,"f":{"durationSeconds":{"gte":60.0,"lt":6.1e1},"id":[12345678901234567890,"${guid(1)}"]}}}`;
    expect(dataOf(await post(`${server.url}/graphql`, body, server.token)).callRecords.totalCount).toBe(1);
  });

  test.each([
    [{ type: ['conference'] }, { 'filter.type.0': 'enum' }],
    [{ startDateTime: { gt: 'yesterday' } }, { 'filter.startDateTime.gt': 'DateTimeOffset' }],
    [
      { subject: 'x', or: [{ durationSeconds: { gt: '1' } }] },
      { 'filter.or.0.durationSeconds.gt': 'type', 'filter.subject': 'unknown' },
    ],
    [{ id: Array(501).fill(guid(1)) }, { 'filter.id': 'maximum' }],
    [{ and: Array(101).fill({ type: ['unknown'] }) }, { filter: 'maximum' }],
    [{ or: Array(11).fill({ not: { participant: { id: Array(460).fill('a') } } }) }, { filter: 'maximum' }],
    [{ or: Array(100).fill({}) }, { filter: 'maximum' }],
    [{ and: [{ or: [{ type: ['unknown'] }, ...Array(50).fill({})] }, ...Array(50).fill({})] }, { filter: 'maximum' }],
  ])('A filter that breaks rules (%#) is BAD_USER_INPUT, with the path of each', async (filter, rules) => {
    expect(await pageProblem({ filter })).toMatchObject({ code: 'BAD_USER_INPUT', rules });
  });

  test('A filter whose lists hold 5,000 members in all is answered, however it is looked up', async () => {
    const ids = (count: number) => Array.from({ length: count }, (_, index) => `nobody-${index}`);
    const filters: object[] = [
      { or: Array(10).fill({ id: ids(500) }) },
      { and: Array(10).fill({ participant: { id: ids(500) } }) },
      { organizer: { id: ids(500), tenantId: ids(500) }, or: Array(8).fill({ organizer: { id: ids(500) } }) },
    ];
    for (const filter of filters) expect((await page({ filter })).totalCount).toBe(0);
  });

  test('A filter that nests as many conditions as there may be is answered, those of no constraint among them', async () => {
    let filter: object = { type: ['unknown'] };
    for (let depth = 0; depth < 9; depth++) filter = { or: [{ not: filter }, ...Array(9).fill({ and: null })] };
    expect((await page({ filter })).totalCount).toBe(3);
    expect((await page({ filter: { or: Array(99).fill({ participant: {}, organizer: {} }) } })).totalCount).toBe(3);
  });

  test('What is wrong with the page and with the filter is told at once', async () => {
    const filter = { id: Array(501).fill(guid(1)) };
    const found = await pageProblem({ first: -1, after: 'x', filter });
    expect(found.rules).toEqual({ first: 'minimum', after: 'cursor', 'filter.id': 'maximum' });
  });

  test('Members of enumerations that this version does not know read as unknownFutureValue, once in a list', async () => {
    const query = 'query ($id: ID!) { callRecord(id: $id) { type modalities } }';
    expect(dataOf(await server.ask(query, { id: guid(2) })).callRecord).toEqual({
      type: 'unknownFutureValue',
      modalities: ['unknownFutureValue', 'audio'],
    });
  });
});

describe('The calls of a user', () => {
  beforeAll(() =>
    importAll(server, [
      importRecord(1, { organizer: user(ANNA), participants: [user(ANNA.toUpperCase()), user(BEN)] }),
      importRecord(2, { organizer: user(BEN), participants: [user(BEN)] }),
      importRecord(3, { organizer: user(ANNA), participants: [{ user: { id: 'visitor' } }] }),
    ]),
  );
  afterAll(() => clear(server));
  const CALLS = `query ($id: ID!, $first: Int, $filter: CallRecordFilter) { callRecord(id: $id) {
    participants { user { id account { id callRecords(first: $first, filter: $filter) {
      nodes { ...Record } edges { node { id } } totalCount pageInfo { hasNextPage } } } } } } } ${RECORD}`;
  const calls = async (number: number, variables: object = {}) =>
    dataOf(await server.ask(CALLS, { id: guid(number), ...variables })).callRecord.participants.map(
      ({ user: { account } }: { user: { account: { callRecords: { nodes: { id: string }[] } } | null } }) =>
        account && { ...account.callRecords, nodes: account.callRecords.nodes.map(({ id }) => Number(id.slice(-12))) },
    );

  test('Below an account are the calls the user organized or took part in, whatever the case of the id', async () => {
    const [anna, ben] = await calls(1);
    expect(anna).toMatchObject({ nodes: [3, 1], totalCount: 2, pageInfo: { hasNextPage: false } });
    expect(ben).toMatchObject({ nodes: [2, 1], totalCount: 2 });
  });

  test('An account has one id, in lower case, whatever the case in the call; a reference has that of its owner', async () => {
    const query = `query ($id: ID!, $owned: ID!) {
      callRecord(id: $id) { organizer { user { id account { id } } } participants { user { id account { id } } } }
      _entities(representations: [{ __typename: "User", id: $owned }]) { ... on User { id callRecords { totalCount } } } }`;
    const owned = ANNA.toUpperCase();
    const { callRecord, _entities } = dataOf(await server.ask(query, { id: guid(1), owned }));
    expect(callRecord.organizer.user).toEqual({ id: ANNA, account: { id: ANNA } });
    expect(callRecord.participants[0].user).toEqual({ id: owned, account: { id: ANNA } });
    expect(_entities).toEqual([{ id: owned, callRecords: { totalCount: 2 } }]);
  });

  test('They page and filter as the list of all calls does', async () => {
    const [anna] = await calls(1, { first: 1 });
    expect(anna).toMatchObject({ nodes: [3], totalCount: 2, pageInfo: { hasNextPage: true } });
    const [filtered] = await calls(1, { filter: { organizer: { id: [BEN] } } });
    expect(filtered).toMatchObject({ nodes: [], totalCount: 0 });
  });

  test('A visitor without a directory id has no account', async () => expect(await calls(3)).toEqual([null]));

  test('A whole record below an account equals the record itself', async () => {
    const [participant] = dataOf(await server.ask(CALLS, { id: guid(2) })).callRecord.participants;
    const [, record] = participant.user.account.callRecords.nodes;
    const own = await server.ask(`query ($id: ID!) { callRecord(id: $id) { ...Record } } ${RECORD}`, { id: guid(1) });
    expect(record).toEqual(dataOf(own).callRecord);
  });
});

test('totalCount of an empty database is 0', async () => expect(await totalCount(server)).toBe(0));
