import { parseCreateInput } from '../../src/domain/create-input.js';
import { badUserInput, gather, type Violation } from '../../src/domain/errors.js';
import { CREATE, createInput, startTestServer, type TestServer } from '../harness.js';
import { dataOf, IMPORT, importRecord, problem, totalCount } from './asking.js';

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
      'records.3.organizer.user.id': 'type',
      'records.3.subject': 'unknown',
    });
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
