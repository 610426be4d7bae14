import { jest } from '@jest/globals';
import { getIntrospectionQuery, ValidationContext } from 'graphql';
import { CREATE, createInput, startTestServer, type TestServer } from '../support/harness.js';
import { codes, dataOf, IMPORT, importAll, importRecord } from '../support/asking.js';
import { holdClock } from '../support/held-clock.js';

const started: TestServer[] = [];
async function start(settings: Record<string, string> = {}): Promise<TestServer> {
  const server = await startTestServer(settings);
  started.push(server);
  return server;
}
let server: TestServer;
beforeAll(async () => {
  // Documents at the other limits nest more lists than an operation may reach records by default.
  server = await start({ MAX_RECORDS: '1000000000', RATE_LIMIT: '0' });
});
afterEach(() => jest.restoreAllMocks());
afterAll(() => Promise.all(started.map((one) => one.end())));

const times = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index));
const LEAVES: Record<string, string> = { callRecords: 'totalCount', organizer: 'endpointType' };
/** What nests fields to the depth given below a record. */
const below = (depth: number): string => {
  const round = ['organizer', 'user', 'account', 'callRecords', 'nodes'];
  const path = times(depth - 1, (index) => round[index % round.length] as string);
  return `{ ${path.join(' { ')} { ${LEAVES[path.at(-1) as string] ?? 'id'} ${'} '.repeat(path.length)} }`;
};
const nested = (depth: number) => `{ callRecord(id: "x") ${below(depth - 1)} }`;
const deletes = (count: number) =>
  `mutation { ${times(count, (index) => `d${index}: deleteCallRecord(id: "x")`).join(' ')} }`;

async function expectTooComplex(at: TestServer, query: string, message: RegExp): Promise<void> {
  const answer = await at.ask(query);
  expect([answer.status, codes(answer)]).toEqual([400, ['QUERY_TOO_COMPLEX']]);
  expect(answer.errors?.[0]?.message).toMatch(message);
  expect(answer.data).toBeUndefined();
}

describe('Limits of a document by default', () => {
  test('2,000 tokens pass, 2,001 are QUERY_TOO_COMPLEX', async () => {
    // The list is too long for a filter, but that is found out only when the document runs.
    const ask = (tokens: number) =>
      server.ask(`{ callRecords(filter: { type: [${'unknown '.repeat(tokens - 16)}] }) { totalCount } }`);
    expect(codes(await ask(2_000))).toEqual(['BAD_USER_INPUT']);
    const refused = await ask(2_001);
    expect([refused.status, codes(refused)]).toEqual([400, ['QUERY_TOO_COMPLEX']]);
  });

  test('A depth of 15 passes, 16 is QUERY_TOO_COMPLEX', async () => {
    dataOf(await server.ask(nested(15)));
    await expectTooComplex(server, nested(16), /depth of 16; at most 15/);
  });

  test('100 aliases pass, 101 are QUERY_TOO_COMPLEX', async () => {
    const query = (aliases: number) =>
      `{ callRecords { nodes { ${times(aliases, (index) => `a${index}: id`).join(' ')} } } }`;
    dataOf(await server.ask(query(100)));
    await expectTooComplex(server, query(101), /aliases is 101/);
  });

  test('40 root fields pass, 41 are QUERY_TOO_COMPLEX', async () => {
    const query = (fields: number) =>
      `{ ${times(fields, (index) => `r${index}: callRecord(id: "x") { id }`).join(' ')} }`;
    dataOf(await server.ask(query(40)));
    await expectTooComplex(server, query(41), /root fields is 41/);
  });

  test('10 mutations pass, 11 are QUERY_TOO_COMPLEX and none of them runs', async () => {
    dataOf(await server.ask(deletes(10)));
    const remove = jest.spyOn(server.store, 'delete');
    await expectTooComplex(server, deletes(11), /mutations in one request is 11/);
    expect(remove).not.toHaveBeenCalled();
  });
});

describe('Limits of a document that are set', () => {
  test.each([
    ['MAX_TOKENS', '20', '{ callRecords { nodes { id } } }', `{ ${'__typename '.repeat(19)}}`],
    ['MAX_DEPTH', '3', '{ callRecords { nodes { id } } }', '{ callRecords { edges { node { id } } } }'],
    ['MAX_ALIASES', '1', '{ a: __typename }', '{ a: callRecords { b: totalCount } }'],
    ['MAX_ROOT_FIELDS', '2', '{ a: __typename b: __typename }', '{ a: __typename b: __typename c: __typename }'],
    ['MAX_MUTATIONS', '1', deletes(1), deletes(2)],
  ])('%s=%s lets %s pass and refuses %s', async (name, value, passes, refused) => {
    const limited = await start({ [name]: value });
    dataOf(await limited.ask(passes));
    expect(codes(await limited.ask(refused))).toEqual(['QUERY_TOO_COMPLEX']);
  });

  test('A MAX_PAGE_SIZE below the 50 records of a page by default makes that the default', async () => {
    const limited = await start({ MAX_PAGE_SIZE: '2' });
    await importAll(
      limited,
      [1, 2, 3].map((number) => importRecord(number)),
    );
    for (const query of ['{ callRecords { nodes { id } } }', '{ callRecords(first: null) { nodes { id } } }'])
      expect(dataOf(await limited.ask(query)).callRecords.nodes).toHaveLength(2);
    const given = 'query ($first: Int) { callRecords(first: $first) { nodes { id } } }';
    expect(dataOf(await limited.ask(given, {})).callRecords.nodes).toHaveLength(2);
    expect(codes(await limited.ask(given, { first: 50 }))).toEqual(['BAD_USER_INPUT']);
  });

  test('MAX_PAGE_SIZE and MAX_BODY_BYTES are kept', async () => {
    const limited = await start({ MAX_PAGE_SIZE: '5', MAX_BODY_BYTES: '1024' });
    expect(codes(await limited.ask('{ callRecords(first: 6) { nodes { id } } }'))).toEqual(['BAD_USER_INPUT']);
    dataOf(await limited.ask('{ callRecords(first: 5) { nodes { id } } }'));
    expect((await limited.ask(`{ __typename } #${'x'.repeat(1024)}`)).status).toBe(413);
  });
});

describe('Fragments', () => {
  test('What a fragment holds counts at each place where it is spread', async () => {
    const aliases = times(51, (index) => `a${index}: id`).join(' ');
    await expectTooComplex(
      server,
      `{ callRecords { nodes { ...A } edges { node { ... on CallRecord { ...A } } } } } fragment A on CallRecord { ${aliases} }`,
      /aliases is 102/,
    );
    const roots = times(21, (index) => `t${index}: __typename`).join(' ');
    const spread = `query { ...R ... on Query { ...R } } fragment R on Query { ${roots} }`;
    await expectTooComplex(server, spread, /root fields is 42/);
  });

  test('Depth counts through fragments, inline ones and named ones', async () => {
    const query = (depth: number) =>
      `{ callRecords { ... on CallRecordConnection { nodes { ...F } } } } fragment F on CallRecord ${below(depth - 2)}`;
    dataOf(await server.ask(query(15)));
    await expectTooComplex(server, query(16), /depth of 16/);
  });

  test.each([
    [10, /aliases is 1024/],
    [16, /too many selections/],
  ])('Fragments that double at each of %i levels are looked up a few times each and refused', async (levels, why) => {
    const fragments = times(
      levels,
      (level) => `fragment F${level} on CallRecord { ...F${level + 1} ...F${level + 1} }`,
    );
    const last = `fragment F${levels} on CallRecord { a: id }`;
    const lookUp = jest.spyOn(ValidationContext.prototype, 'getFragment');
    await expectTooComplex(server, `{ callRecords { nodes { ...F0 } } } ${fragments.join(' ')} ${last}`, why);
    // By all rules together. One that followed each spread would look up 2 ** levels.
    expect(lookUp.mock.calls.length).toBeGreaterThan(levels);
    expect(lookUp.mock.calls.length).toBeLessThan(16 * levels);
  });

  test('Fragments that spread each other in a circle are refused by validation', async () => {
    const answer = await server.ask('{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }');
    expect([answer.status, codes(answer)]).toEqual([400, ['GRAPHQL_VALIDATION_FAILED']]);
  });

  test('230 fields of one name are answered, though each is compared with each other', async () => {
    const query = `{ callRecords { nodes { ${'organizer { user { id } } '.repeat(230)} } } }`;
    expect(dataOf(await server.ask(query))).toEqual({ callRecords: { nodes: [] } });
  });
});

test.each([
  ['the root', (fields: string) => `{ ${fields} }`],
  ['a record', (fields: string) => `{ callRecords { nodes { ${fields} } } }`],
])('1,000 times one field of %s, too many to compare, are QUERY_TOO_COMPLEX', async (_where, query) => {
  await expectTooComplex(server, query('__typename '.repeat(1_000)), /too many fields/);
});

test('A variable of more than 200 members is refused before each of them is read', async () => {
  const members = (count: number) => Object.fromEntries(times(count, (index) => `m${index}`).map((name) => [name, 1]));
  const ask = async (count: number) => {
    const { status, errors } = await server.ask(CREATE, {
      input: createInput({ organizer: { user: members(count) } }),
    });
    const violations = errors?.[0]?.extensions.violations as { path: unknown; rule: string }[];
    return { status, violations };
  };
  const allowed = await ask(200);
  expect([allowed.status, allowed.violations.length]).toEqual([400, 100]);
  const path = ['input', 'organizer', 'user'];
  expect(await ask(201)).toMatchObject({ status: 400, violations: [{ path, rule: 'maximum' }] });
});

describe('A message', () => {
  const long = 'x'.repeat(1_000);
  const cut = `${'x'.repeat(100)}…`;

  test.each<[string, string, object]>([
    ['a field', `{ ${long} }`, {}],
    ['a value', '{ callRecords(after: "%") { totalCount } }'.replace('after: "%"', `first: "${long}"`), {}],
    ['a name in a variable', CREATE, { input: createInput({ [long]: 1 }) }],
    ['a value in a variable', CREATE, { input: createInput({ type: long }) }],
  ])('quotes 100 characters of %s, in its violations too', async (_what, query, variables) => {
    const { text } = await server.ask(query, variables);
    expect(text).toContain(cut);
    expect(text).not.toContain('x'.repeat(101));
  });

  test('quotes 100 characters of a property at the REST door', async () => {
    const response = await fetch(`${server.url}/v1.0/communications/callRecords`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${server.token}` },
      body: JSON.stringify(createInput({ [long]: 1 })),
    });
    const text = await response.text();
    expect([response.status, text]).toEqual([400, expect.stringContaining(cut)]);
    expect(text).not.toContain('x'.repeat(101));
  });
});

test('Of very many references that are none, 10 are told, and the others are answered', async () => {
  const query = 'query ($all: [_Any!]!) { _entities(representations: $all) { ... on User { id } } }';
  const user = { __typename: 'User', id: 'someone' };
  const { data, errors = [] } = await server.ask(query, { all: [...(Array(200_000).fill(1) as unknown[]), user] });
  expect(errors.map(({ path }) => path?.[1])).toEqual(Array.from({ length: 10 }, (_, index) => index));
  expect(data._entities.filter((one: unknown) => one !== null)).toEqual([{ id: 'someone' }]);
});

describe('Introspection', () => {
  test('The standard introspection query, with its deepest options, passes the limits', async () => {
    const query = getIntrospectionQuery({
      descriptions: true,
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      schemaDescription: true,
      inputValueDeprecation: true,
      oneOf: true,
    });
    const { __schema } = dataOf(await server.ask(query));
    expect(__schema.types.map(({ name }: { name: string }) => name)).toContain('CallRecord');
  });

  test('Introspection that nests beyond it, or repeats itself under aliases, is refused', async () => {
    const deep = `{ __schema { types { ${'fields { type { '.repeat(8)} name ${'} } '.repeat(8)} } } }`;
    expect([(await server.ask(deep)).status, codes(await server.ask(deep))]).toEqual([
      400,
      ['GRAPHQL_VALIDATION_FAILED'],
    ]);
    const wide = `{ __schema { ${times(101, (index) => `t${index}: types { name }`).join(' ')} } }`;
    await expectTooComplex(server, wide, /aliases is 101/);
  });

  test('The SDL for a gateway passes the limits', async () => {
    expect(dataOf(await server.ask('{ _service { sdl } }'))._service.sdl).toContain('type CallRecord');
  });
});

describe('Errors', () => {
  test('An answer tells at most 10 errors', async () => {
    const unknown = await server.ask(`{ ${times(25, (index) => `nope${index}`).join(' ')} }`);
    expect(unknown.errors).toHaveLength(10);
    const thrown = await server.ask(
      `{ ${times(25, (index) => `a${index}: callRecords(first: -1) { totalCount }`).join(' ')} }`,
    );
    expect(thrown.errors?.length).toBeLessThanOrEqual(10);
    expect(codes(thrown)).toContain('BAD_USER_INPUT');
  });

  test('Each of 10 mutations that fail is told by an error of its own, and the others still run', async () => {
    const remove = jest.spyOn(server.store, 'delete').mockRejectedValue(new Error('x'));
    const answer = await server.ask(deletes(10));
    expect(answer.errors).toHaveLength(10);
    expect(remove).toHaveBeenCalledTimes(10);
  });

  test('A fault of ours is masked: no message, no stack, but a request-id to find it by', async () => {
    const secret = 'select password from /etc/secret.sqlite';
    jest.spyOn(server.store, 'count').mockRejectedValue(new TypeError(secret));
    const answer = await server.ask('{ callRecords { totalCount } }');
    expect(answer.errors).toHaveLength(1);
    expect(answer.errors?.[0]?.extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR' });
    expect(answer.text).not.toMatch(/secret|TypeError|stack|\.ts|\.js|node_modules/);
    expect(answer.headers.get('request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('A create that fails in the store is masked, too, and the next one succeeds', async () => {
    jest.spyOn(server.store, 'createRow').mockRejectedValueOnce(new Error('secret'));
    const failed = await server.ask(CREATE, { input: createInput() });
    expect(codes(failed)).toEqual(['INTERNAL_SERVER_ERROR']);
    expect(failed.text).not.toContain('secret');
    dataOf(await server.ask(CREATE, { input: createInput() }));
  });
});

describe('RATE_LIMIT', () => {
  beforeEach(holdClock);
  afterEach(() => jest.useRealTimers());

  test('Beyond it is RATE_LIMITED: 429 with Retry-After, after which the caller may return', async () => {
    const limited = await start({ RATE_LIMIT: '5' });
    const ask = () => limited.ask('{ callRecord(id: "x") { id } }');
    const answers = await Promise.all(times(12, () => '').map(ask));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(7);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
    for (const answer of refused) {
      expect(codes(answer)).toEqual(['RATE_LIMITED']);
      expect(answer.headers.get('retry-after')).toBe('1');
    }
    jest.advanceTimersByTime(999);
    expect((await ask()).status).toBe(429);
    jest.advanceTimersByTime(1);
    expect((await ask()).status).toBe(200);
  });

  test('A request in which the points run out is answered 200 with what they sufficed for, and Retry-After', async () => {
    const limited = await start({ RATE_LIMIT: '12' });
    dataOf(await limited.ask(IMPORT, { records: [importRecord(1)] }));
    const id = importRecord(1).id as string;
    const find = `callRecord(id: "${id}") { id }`;
    jest.advanceTimersByTime(1_000);
    dataOf(await limited.ask('{ callRecords(first: 500) { nodes { id } } }'));
    const answer = await limited.ask(`{ a: ${find} b: ${find} }`);
    expect(answer).toMatchObject({ status: 200, data: { a: { id }, b: null } });
    expect(answer.errors).toMatchObject([{ path: ['b'], extensions: { code: 'RATE_LIMITED' } }]);
    expect(answer.headers.get('retry-after')).toBe('1');
  });

  test('A larger page costs more: of 11 points, 500 records leave none, and 450 one', async () => {
    for (const [first, status] of [
      [500, 429],
      [450, 200],
    ] as const) {
      const limited = await start({ RATE_LIMIT: '11' });
      const query = `{ callRecords(first: ${first}) { nodes { id } } }`;
      const answers = [limited.ask(query), limited.ask('{ callRecord(id: "x") { id } }')];
      expect((await Promise.all(answers)).map((answer) => answer.status).sort()).toEqual([200, status]);
    }
  });

  test('What costs more than any second has is QUERY_TOO_COMPLEX, in one field or in all of a request', async () => {
    const limited = await start({ RATE_LIMIT: '20' });
    const list = 'callRecords(first: 500) { totalCount }';
    const answer = await limited.ask(`{ a: ${list} b: ${list} }`);
    expect(codes(answer)).toEqual(['QUERY_TOO_COMPLEX']);
    expect(answer.errors?.[0]?.message).toMatch(/22 cost points.* 20 a second/);
    expect(answer.headers.get('retry-after')).toBeNull();
    const records = times(200, () => '').map((_, index) => importRecord(index));
    expect(codes(await limited.ask(IMPORT, { records }))).toEqual(['QUERY_TOO_COMPLEX']);
    expect(await limited.store.count({ filter: null, visibleTo: null })).toBe(0);
  });

  test('Each caller has a budget of its own', async () => {
    const limited = await start({ RATE_LIMIT: '3' });
    const [anna, ben] = [await limited.mint({ user: 'anna' }), await limited.mint({ user: 'ben' })];
    const query = '{ callRecords { totalCount } }';
    const annas = await Promise.all(times(6, () => '').map(() => limited.ask(query, {}, anna)));
    expect(annas.map(({ status }) => status)).toContain(429);
    expect((await limited.ask(query, {}, ben)).status).toBe(200);
  });

  test('0 switches it off', async () => {
    const free = await start({ RATE_LIMIT: '0' });
    const answers = await Promise.all(
      times(50, () => '').map(() => free.ask('{ callRecords(first: 500) { nodes { id } } }')),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  });
});
