import { createReader } from '../../src/domain/create-input.js';
import { badUserInput, type CallRecordsError, gather, type Violation } from '../../src/domain/errors.js';
import { fromImport } from '../../src/domain/import-input.js';
import { buildCallRecordsSchema } from '../../src/graphql/schema.js';
import { CREATE, createInput, startTestServer, type TestServer } from '../support/harness.js';
import { dataOf, guid, IMPORT, importRecord, problem, totalCount } from '../support/asking.js';

const parseCreateInput = createReader(await buildCallRecordsSchema());

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.end());

/** The rules broken, by path, of a request that must write nothing. */
async function rules(query: string, variables: object): Promise<Record<string, string>> {
  const before = await totalCount(server);
  const found = problem(await server.ask(query, variables));
  expect(found.code).toBe('BAD_USER_INPUT');
  expect(await totalCount(server)).toBe(before);
  return found.rules;
}
const createRules = (changes: object, idempotencyKey?: string) =>
  rules(CREATE, { input: createInput(changes), idempotencyKey });

describe('Everything wrong with a create is told at once', () => {
  const participants = [{}, { phone: { id: 5.5 } }, { phone: { id: '+1' }, guest: {} }, { endpointType: 'fax' }];

  test('A participant that cannot be read hides nothing of the others, nor of itself', async () => {
    expect(await createRules({ participants })).toEqual({
      'input.participants.0': 'identity',
      'input.participants.1.phone.id': 'type',
      'input.participants.2.guest': 'identity',
      'input.participants.3.endpointType': 'enum',
      'input.participants.3': 'identity',
    });
  });

  test('An identity that cannot be read in part is still checked in the rest', async () => {
    const user = { id: 'x'.repeat(1025), displayName: true, tenantId: 'a\0b' };
    expect(await createRules({ organizer: { user, phone: 'none', guest: { tenantId: 7.5 } } })).toEqual({
      'input.organizer.user.id': 'length',
      'input.organizer.user.displayName': 'type',
      'input.organizer.user.tenantId': 'characters',
      'input.organizer.phone': 'type',
      'input.organizer.guest.tenantId': 'type',
      'input.organizer.guest': 'identity',
    });
  });

  test('A key that breaks a rule is told with what is wrong with the input', async () => {
    const expected = { 'input.version': 'minimum', idempotencyKey: 'length' };
    expect(await createRules({ version: 0 }, '')).toEqual(expected);
    expect(await createRules({ version: 0, type: 'fax' }, '')).toEqual({ ...expected, 'input.type': 'enum' });
  });

  test('A number as id and a single value in place of a list are no errors beside others', async () => {
    const people = { organizer: { user: { id: 5 } }, participants: { phone: { id: 7 } }, modalities: 'audio' };
    expect(await createRules({ ...people, type: 'fax' })).toEqual({ 'input.type': 'enum' });
    dataOf(await server.ask(CREATE, { input: createInput(people) }));
  });

  test('JSON that is read without GraphQL is told the same', () => {
    const violations: Violation[] = [];
    gather(violations, () => parseCreateInput(createInput({ participants }), ['input']));
    expect(badUserInput(violations).violations?.map(({ path, rule }) => [path.join('.'), rule])).toEqual([
      ['input.participants.1.phone.id', 'type'],
      ['input.participants.3.endpointType', 'enum'],
      ['input.participants.0', 'identity'],
      ['input.participants.2.guest', 'identity'],
      ['input.participants.3', 'identity'],
    ]);
  });
});

describe('Text that would not come back as it came is refused', () => {
  test.each([
    ['a NUL', '\0'],
    ['half of a surrogate pair', '\ud800'],
    ['the other half of a surrogate pair', '\udc00'],
  ])('%s in a joinWebUrl or an idempotencyKey', async (_what, character) => {
    const joinWebUrl = `https://a.example/${character}x`;
    const expected = { 'input.joinWebUrl': 'characters', idempotencyKey: 'characters' };
    expect(await createRules({ joinWebUrl }, `k${character}`)).toEqual(expected);
  });

  test.each([
    ['a NUL', '\0'],
    ['half of a surrogate pair', '\ud800'],
  ])('%s in a name or an id, of a create and of an import alike', async (_what, character) => {
    const text = `a${character}`;
    const organizer = { user: { id: text, displayName: text, tenantId: text, userPrincipalName: text } };
    const participants = [{ phone: { id: text } }];
    const wrong = ['user.id', 'user.displayName', 'user.tenantId', 'user.userPrincipalName'];
    const paths = [...wrong.map((member) => `organizer.${member}`), 'participants.0.phone.id'];
    const expected = (root: string) => Object.fromEntries(paths.map((path) => [`${root}.${path}`, 'characters']));
    expect(await createRules({ organizer, participants })).toEqual(expected('input'));
    const records = [importRecord(1, { organizer, participants })];
    expect(await rules(IMPORT, { records })).toEqual(expected('records.0'));
  });

  test.each([...'\0\b\t\n\r\u001e\u001f'].map((character) => [JSON.stringify(character), character]))(
    'The control character %s in a joinWebUrl, of a create and of an import alike',
    async (_name, character) => {
      const joinWebUrl = `https://a.example/${character}x`;
      expect(await createRules({ joinWebUrl })).toEqual({ 'input.joinWebUrl': 'characters' });
      const records = [importRecord(1, { joinWebUrl })];
      expect(await rules(IMPORT, { records })).toEqual({ 'records.0.joinWebUrl': 'characters' });
    },
  );

  test('A whole surrogate pair is Unicode text', async () => {
    dataOf(
      await server.ask(CREATE, { input: createInput({ joinWebUrl: 'https://a.example/😀' }), idempotencyKey: '😀' }),
    );
  });
});

describe('Everything wrong with an import is told at once', () => {
  test('An enumeration member that is unknown hides no version or id that is wrong, in whichever record', async () => {
    const records = [
      importRecord(1, { version: 0 }),
      importRecord(2, { type: 'fax', id: 'no-guid' }),
      7,
      importRecord(4, { startDateTime: 'today', organizer: { user: { id: 'a\0b' } }, subject: 'x' }),
    ];
    expect(await rules(IMPORT, { records })).toEqual({
      'records.0.version': 'minimum',
      'records.1.type': 'enum',
      'records.1.id': 'guid',
      'records.2': 'type',
      'records.3.startDateTime': 'DateTimeOffset',
      'records.3.organizer.user.id': 'characters',
      'records.3.subject': 'unknown',
    });
  });
});

const NOON = '2026-01-15T12:00:00';
/** As they are once they have been read. */
const TIMES = { startDateTime: NOON, endDateTime: NOON, lastModifiedDateTime: NOON };
/** More than a call of a function takes arguments. */
const VERY_MANY = 130_000;

/** Counted no further. */
const ENOUGH = { values: '5000 or more', more: '4900 or more' };

/** What an error tells, and of how much. */
function toldOf({ message, violations }: { message: string; violations: Violation[] }) {
  const [, values, more] = /^(.*) values are not valid: .* and (\d+ .*)$/.exec(message) ?? [];
  return { told: violations.length, values, more, first: violations[0]?.path.join('.') };
}

describe('However much is wrong, an error tells the first 100 violations, and how many more there are up to 5,000', () => {
  async function told(query: string, variables: object) {
    const { errors = [] } = await server.ask(query, variables);
    expect(errors.map(({ extensions }) => extensions.code as string)).toEqual(['BAD_USER_INPUT']);
    const [{ message, extensions }] = errors as [{ message: string; extensions: { violations: Violation[] } }];
    return toldOf({ message, violations: extensions.violations });
  }
  const people = (count: number, person: object): object[] => Array(count).fill(person) as object[];

  test('of what breaks rules, and of that beside what cannot be read', async () => {
    const input = createInput({ participants: people(VERY_MANY, {}) });
    const expected = { told: 100, ...ENOUGH, first: 'input.participants.0' };
    expect(await told(CREATE, { input })).toEqual(expected);
    const beside = { ...expected, first: 'input.version' };
    expect(await told(CREATE, { input: { ...input, version: 'x' } })).toEqual(beside);
    const counted = { ...input, participants: people(4_998, {}), version: 'x' };
    expect(await told(CREATE, { input: counted })).toEqual({ ...beside, values: '4999', more: '4899 more' });
  });

  test('of what cannot be read, which graphql-js gives up telling at 50', async () => {
    const unread = (count: number) => createInput({ participants: people(count, { user: { id: {} } }) });
    const first = 'input.participants.0.user.id';
    expect(await told(CREATE, { input: unread(101) })).toEqual({ told: 100, values: '101', more: '1 more', first });
    const none = createInput({ participants: Array(VERY_MANY).fill(1) });
    expect(await told(CREATE, { input: none })).toEqual({ told: 100, ...ENOUGH, first: 'input.participants.0' });
    const { rules: all } = problem(await server.ask(CREATE, { input: unread(51) }));
    expect(Object.keys(all)).toHaveLength(51);
  });

  test('of an import', async () => {
    const records = [importRecord(1, { id: 'x', participants: people(100, { user: { id: '\0' } }) })];
    expect(await told(IMPORT, { records })).toEqual({
      told: 100,
      values: '101',
      more: '1 more',
      first: 'records.0.id',
    });
    const none = { told: 100, ...ENOUGH, first: 'records.0' };
    expect(await told(IMPORT, { records: Array(VERY_MANY).fill(1) })).toEqual(none);
    const many = Array.from({ length: 400 }, (_, index) => ({ ...records[0], id: `${index}` }));
    expect(await told(IMPORT, { records: many })).toEqual({ ...none, first: 'records.0.id' });
  });

  test.each<[string, () => unknown, string]>([
    [
      'a create',
      () => parseCreateInput(createInput({ participants: people(VERY_MANY, { none: 1 }) }), []),
      'participants.0.none',
    ],
    [
      'an import',
      () =>
        fromImport(
          [{ ...importRecord(1), ...TIMES, participants: people(VERY_MANY, { user: { id: 5 } }) } as never],
          [],
        ),
      '0.participants.0.user.id',
    ],
  ])('of %s that is read without GraphQL', (_what, read, first) => {
    const violations: Violation[] = [];
    gather(violations, read);
    const error: CallRecordsError = badUserInput(violations);
    expect(toldOf({ message: error.message, violations: error.toldViolations ?? [] })).toEqual({
      told: 100,
      ...ENOUGH,
      first,
    });
  });
});

describe('An argument that its variable makes null, in spite of a default', () => {
  const TOTAL = 'query ($v: Boolean = true) { callRecords { totalCount @include(if: $v) pageInfo { hasNextPage } } }';
  const ROOT = 'query ($v: Boolean = false) { callRecords @skip(if: $v) { totalCount } }';
  const ID = 'query ($v: ID = "x") { callRecord(id: $v) { id } }';
  const VERSION = `mutation ($v: Int64 = 1) { createCallRecord(input: { version: $v, type: unknown, modalities: [],
    startDateTime: "2026-02-25T18:52:21Z", endDateTime: "2026-02-25T18:52:21Z", organizer: {}, participants: [] }) { id } }`;

  test.each<[string, string, Record<string, string>, RegExp]>([
    ['of a directive', TOTAL, { if: 'required' }, /^Argument "if" of non-null type "Boolean!" must not be null\.$/],
    ['of a directive at the root', ROOT, { if: 'required' }, /^Argument "if" of non-null type /],
    ['of a field', ID, { id: 'required' }, /^Argument "id" of non-null type "ID!" must not be null\.$/],
    ['within an argument', VERSION, { input: 'type' }, /^Argument "input" has invalid value /],
  ])('%s is refused as the client’s error, each time', async (_where, query, rules, message) => {
    await server.ask(query, {});
    for (let time = 0; time < 2; time++) {
      const answer = await server.ask(query, { v: null });
      expect(problem(answer)).toEqual({ status: 200, code: 'BAD_USER_INPUT', rules });
      expect(answer.errors?.[0]?.message).toMatch(message);
    }
  });
});

describe('A variable without the value that it must have is named, with the place where it is declared', () => {
  const ONE = 'query One($id: ID!) { callRecord(id: $id) { id } }';
  const NOT_PROVIDED = 'Variable "$id" of required type "ID!" was not provided.';
  const IS_NULL = 'Variable "$id" of non-null type "ID!" must not be null.';
  const hint = (names: string) => `${NOT_PROVIDED} Sent, but not declared by the operation: ${names}.`;

  test.each<[string, object, string]>([
    ['is missing', {}, NOT_PROVIDED],
    ['is null', { id: null }, IS_NULL],
    ['is misspelt, with what was sent in its place', { idd: guid(1) }, hint('"idd"')],
    ['is one of many that are misspelt', { a: 1, b: 2, c: 3, d: 4 }, hint('"a", "b", "c" and others')],
    ['is missing beside what can be no variable', { 'i d': 1, '': 2, ['x'.repeat(101)]: 3 }, NOT_PROVIDED],
    ['is null beside one that is not declared', { id: null, idd: guid(1) }, IS_NULL],
  ])('that %s', async (_how, variables, message) => {
    const { errors } = await server.ask(ONE, variables);
    expect(errors).toEqual([
      {
        message: `id: ${message}`,
        locations: [{ line: 1, column: 11 }],
        extensions: { code: 'BAD_USER_INPUT', violations: [{ path: ['id'], rule: 'required', message }] },
      },
    ]);
  });

  test('in a list, in an object, and in several places, each told once', async () => {
    const query = `query ($t: CallType!, $o: ID!,
      $n: Int!) {
      a: callRecords(first: $n, filter: { type: [unknown, $t], organizer: { id: [$o] } }) { totalCount }
      b: callRecords(first: $n) { totalCount } }`;
    const { errors } = await server.ask(query, { o: null });
    const told = (path: (string | number)[], message: string) => ({ path, rule: 'required', message });
    expect(errors).toEqual([
      {
        message: '3 values are not valid: first, filter.type[1], filter.organizer.id[0] (no value for $t, $o, $n)',
        locations: [
          { line: 1, column: 8 },
          { line: 1, column: 23 },
          { line: 2, column: 7 },
        ],
        extensions: {
          code: 'BAD_USER_INPUT',
          violations: [
            told(['first'], 'Variable "$n" of required type "Int!" was not provided.'),
            told(['filter', 'type', 1], 'Variable "$t" of required type "CallType!" was not provided.'),
            told(['filter', 'organizer', 'id', 0], 'Variable "$o" of non-null type "ID!" must not be null.'),
          ],
        },
      },
    ]);
  });

  test('as is the place of one whose value cannot be read', async () => {
    const { errors } = await server.ask(
      'query ($a: String,\n $n: Int) { callRecords(after: $a, first: $n) { totalCount } }',
      { n: 'x' },
    );
    expect(errors).toMatchObject([
      { message: expect.stringMatching(/^first: Int cannot/), locations: [{ line: 2, column: 2 }] },
    ]);
  });
});

describe('Paths begin with the argument, whatever the client calls its variables', () => {
  test('A variable that is a whole argument', async () => {
    const query = 'mutation ($x: CreateCallRecordInput!) { createCallRecord(input: $x) { id } }';
    const input = createInput({ type: 'fax', version: 0 });
    expect(await rules(query, { x: input })).toEqual({ 'input.type': 'enum', 'input.version': 'minimum' });
    expect(await rules(query, {})).toEqual({ input: 'required' });
    const imports = 'mutation ($r: [CallRecordImport!]!) { importCallRecords(records: $r) { created } }';
    expect(await rules(imports, { r: [importRecord(1, { type: 'fax' })] })).toEqual({ 'records.0.type': 'enum' });
  });

  test('Variables within an argument, together with what its literals break', async () => {
    const query = `mutation ($v: Int64!, $o: IdentitySetInput!, $p: IdentitySetInput!, $k: String) {
      createCallRecord(idempotencyKey: $k, input: { version: $v, type: groupCall, modalities: [], organizer: $o,
        startDateTime: "2026-02-25T18:52:21Z", endDateTime: "2026-02-25T18:52:20Z", participants: [{}, $p] }) { id } }`;
    const person = { user: { id: 'a' } };
    expect(await rules(query, { v: 0, o: { ...person, endpointType: 'fax' }, p: { phone: {} }, k: '' })).toEqual({
      'input.version': 'minimum',
      'input.endDateTime': 'order',
      'input.joinWebUrl': 'required',
      'input.organizer.endpointType': 'enum',
      'input.participants.0': 'identity',
      'input.participants.1.phone': 'identity',
      idempotencyKey: 'length',
    });
  });

  test('Variables in fragments, in directives, used twice, and missing', async () => {
    const query = `query ($b: Boolean!, $n: Int!, $f: CallRecordFilter!, $t: [CallType!] = [unknown]) { ...Lists }
      fragment Lists on Query {
        a: callRecords(first: $n, filter: $f) @include(if: $b) { totalCount }
        b: callRecords(first: $n, filter: { and: [{ type: $t }, $f] }) { totalCount } }`;
    expect(await rules(query, { b: 'yes', f: { type: ['fax'] }, t: ['telex'] })).toEqual({
      if: 'type',
      first: 'required',
      'filter.type.0': 'enum',
      'filter.and.0.type.0': 'enum',
      'filter.and.1.type.0': 'enum',
    });
  });
});
