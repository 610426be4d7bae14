import { parseInt64 } from '../../src/domain/int64.js';
import {
  type Answer,
  CREATE,
  createInput,
  post,
  RECORD,
  startTestServer,
  type TestServer,
} from '../support/harness.js';
import { codes, dataOf, problem, totalCount } from '../support/asking.js';

const CREATE_WHOLE = `mutation ($input: CreateCallRecordInput!) { createCallRecord(input: $input) { ...Record } } ${RECORD}`;
const READ_WHOLE = `query ($id: ID!) { callRecord(id: $id) { ...Record } } ${RECORD}`;
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.end());

const create = (changes: object = {}): Promise<Answer> => server.ask(CREATE_WHOLE, { input: createInput(changes) });

async function created(changes: object = {}) {
  const record = dataOf(await create(changes)).createCallRecord;
  const stored = dataOf(await server.ask(READ_WHOLE, { id: record.id })).callRecord;
  expect(stored).toEqual(record);
  return record;
}

/** A create whose version stands in the body, or in the document, as the text given. */
const createWithText = (version: string): Promise<Answer> => {
  const body = JSON.stringify({ query: CREATE_WHOLE, variables: { input: createInput({ version: 'VERSION' }) } });
  return post(`${server.url}/graphql`, body.replace('"VERSION"', version), server.token);
};
const literal = (input: Record<string, unknown>): string =>
  `{ ${Object.entries(input)
    .map(([name, value]) => `${name}: ${String(value)}`)
    .join(', ')} }`;
const LITERALS = {
  version: 1,
  type: 'peerToPeer',
  modalities: '[audio]',
  startDateTime: '"2026-02-25T18:52:21Z"',
  endDateTime: '"2026-02-25T18:52:46Z"',
  organizer: '{ user: { id: "a" } }',
  participants: '[]',
};
const createWithLiterals = (changes: object): Promise<Answer> =>
  server.ask(`mutation { createCallRecord(input: ${literal({ ...LITERALS, ...changes })}) { ...Record } } ${RECORD}`);

describe('What the server sets', () => {
  test('The id is a new UUIDv7 in lower case for each record', async () => {
    const [one, two] = [await created(), await created()];
    expect(one.id).toMatch(UUID_V7);
    expect(two.id).toMatch(UUID_V7);
    expect(two.id).not.toBe(one.id);
  });

  test("lastModifiedDateTime is the server's clock, not any time of the call", async () => {
    const before = Date.now();
    const { lastModifiedDateTime } = await created();
    expect(Date.parse(lastModifiedDateTime)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(lastModifiedDateTime)).toBeLessThanOrEqual(Date.now());
  });

  test.each(['id', 'lastModifiedDateTime'])('%s is no member of the input: sending it is an error', async (name) => {
    const answer = await create({ [name]: '2026-02-25T18:52:21Z' });
    expect(problem(answer)).toEqual({ status: 400, code: 'BAD_USER_INPUT', rules: { [`input.${name}`]: 'unknown' } });
  });

  test('durationSeconds is end minus start, and participantCount the length of the list', async () => {
    expect(await created()).toMatchObject({ durationSeconds: 25.5470124, participantCount: 2 });
  });
});

describe('Identities', () => {
  const thing = { id: 'x-1', displayName: 'Zoë 𝕏 "quoted"', tenantId: 'b0b9d0b0-0000-4000-8000-000000000001' };
  const kinds = 'application device phone guest encrypted onPremises applicationInstance assertedIdentity';

  test.each([...kinds.split(' '), 'azureCommunicationServicesUser'])(
    'An identity of the kind %s comes back as it was sent, as organizer and as participant',
    async (kind) => {
      const record = await created({ organizer: { [kind]: thing }, participants: [{ [kind]: thing }] });
      expect(record.organizer).toMatchObject({ [kind]: thing });
      expect(record.participants).toEqual([record.organizer]);
      expect(Object.values(record.organizer as object).filter((member) => member !== null)).toEqual([thing]);
    },
  );

  test('A user comes back with its userPrincipalName', async () => {
    const user = { ...thing, userPrincipalName: 'zoe@example.com' };
    expect((await created({ organizer: { user } })).organizer.user).toEqual(user);
  });

  test.each(['default', 'voicemail', 'skypeForBusiness', 'skypeForBusinessVoipPhone', 'unknownFutureValue'])(
    'The endpointType %s comes back beside the identity',
    async (endpointType) => {
      const { organizer } = await created({ organizer: { user: { id: 'a' }, endpointType } });
      expect(organizer).toMatchObject({ user: { id: 'a' }, endpointType });
    },
  );

  test('Participants keep the order and the repetitions in which they were given', async () => {
    const ids = ['c', 'a', 'b', 'a'];
    const { participants } = await created({ participants: ids.map((id) => ({ guest: { id } })) });
    expect(participants.map(({ guest }: { guest: { id: string } }) => guest.id)).toEqual(ids);
  });

  test('A name without an id is an identity', async () => {
    const { organizer } = await created({ organizer: { guest: { displayName: 'Only a name' } } });
    expect(organizer.guest).toEqual({ id: null, displayName: 'Only a name', tenantId: null });
  });
});

describe('Date-times', () => {
  test.each([
    ['2026-02-25T18:52:21.2169889Z', '2026-02-25T18:52:21.2169889Z', 'all seven digits are kept'],
    ['2026-02-25T18:52:21.2100000Z', '2026-02-25T18:52:21.21Z', 'trailing zeros of the fraction are trimmed'],
    ['2026-02-25T18:52:21.000Z', '2026-02-25T18:52:21Z', 'a fraction of zeros goes'],
    ['2026-02-26T00:22:21.2169889+05:30', '2026-02-25T18:52:21.2169889Z', 'an offset is converted'],
    ['2026-02-24T23:59:59.9999999-19:00', '2026-02-25T18:59:59.9999999Z', 'an offset can move the day'],
    ['2026-02-25t18:52:21z', '2026-02-25T18:52:21Z', 'lower case is read'],
  ])('The startDateTime %s comes back as %s: %s', async (startDateTime, expected) => {
    expect((await created({ startDateTime, endDateTime: '2026-02-26T18:52:21Z' })).startDateTime).toBe(expected);
  });

  test('A call may end in the very moment in which it starts', async () => {
    const startDateTime = '2026-02-25T18:52:21.2169889Z';
    expect(await created({ startDateTime, endDateTime: startDateTime })).toMatchObject({ durationSeconds: 0 });
  });

  test('A call of one tick lasts 0.0000001 seconds', async () => {
    const times = { startDateTime: '2026-02-25T18:52:21.9999999Z', endDateTime: '2026-02-25T18:52:22Z' };
    expect((await created(times)).durationSeconds).toBe(1e-7);
  });
});

describe('64-bit versions', () => {
  test.each([
    ['42', 42],
    ['"42"', 42],
    ['9007199254740991', 9007199254740991],
    ['"9007199254740993"', '9007199254740993'],
    ['9007199254740993', '9007199254740993'],
    ['9223372036854775807', '9223372036854775807'],
  ])('The JSON %s, sent as a variable, comes back as %j', async (text, expected) => {
    expect(dataOf(await createWithText(text)).createCallRecord.version).toBe(expected);
  });

  test.each([
    ['42', 42],
    ['"42"', 42],
    ['9007199254740993', '9007199254740993'],
    ['"9223372036854775807"', '9223372036854775807'],
  ])('The literal %s comes back as %j', async (version, expected) => {
    expect(dataOf(await createWithLiterals({ version })).createCallRecord.version).toBe(expected);
  });

  test.each([
    '1.5',
    '1.0',
    '1e3',
    '"1.0"',
    '"0x10"',
    '""',
    'true',
    '[1]',
    '9223372036854775808',
    '-9223372036854775809',
  ])('The JSON %s is refused, not rounded', async (text) => {
    const before = await totalCount(server);
    expect(problem(await createWithText(text))).toMatchObject({ code: 'BAD_USER_INPUT', status: 400 });
    expect(await totalCount(server)).toBe(before);
  });

  test('A fraction is told to be no Int64, a number beyond 2^53 that it may have been rounded', () => {
    expect(() => parseInt64(1.5)).toThrow('Not an Int64');
    expect(() => parseInt64(2 ** 53)).toThrow('Beyond 2^53');
  });
});

describe('Modalities and participants', () => {
  test('A modality that is repeated is kept once, in the order first given', async () => {
    expect((await created({ modalities: ['video', 'audio', 'video'] })).modalities).toEqual(['video', 'audio']);
  });

  test('Modalities may be empty', async () => expect((await created({ modalities: [] })).modalities).toEqual([]));

  test('Participants may be empty', async () => {
    expect(await created({ participants: [] })).toMatchObject({ participants: [], participantCount: 0 });
  });

  test('unknownFutureValue is accepted as type and as modality', async () => {
    const sent = { type: 'unknownFutureValue', modalities: ['unknownFutureValue'] };
    expect(await created(sent)).toMatchObject(sent);
  });

  test('A groupCall with a joinWebUrl comes back with it', async () => {
    const sent = { type: 'groupCall', joinWebUrl: 'https://teams.microsoft.com/l/meetup-join/19%3a?context=%7b%7d' };
    expect(await created(sent)).toMatchObject(sent);
  });
});

describe('An idempotencyKey', () => {
  const keyed = (idempotencyKey: string, changes: object = {}, token?: string) =>
    server.ask(CREATE, { input: createInput(changes), idempotencyKey }, token);

  test('With the same input it returns the record first created and writes no other', async () => {
    const first = dataOf(await keyed('same'));
    const before = await totalCount(server);
    expect(dataOf(await keyed('same'))).toEqual(first);
    expect(await totalCount(server)).toBe(before);
  });

  test('Sent at the same time by many, it makes one record', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => keyed('race')));
    expect(new Set(answers.map((answer) => dataOf(answer).createCallRecord.id)).size).toBe(1);
  });

  test('With another input it is a CONFLICT, and nothing is written', async () => {
    await keyed('conflict');
    const before = await totalCount(server);
    expect(problem(await keyed('conflict', { version: 2 }))).toMatchObject({ code: 'CONFLICT' });
    expect(await totalCount(server)).toBe(before);
  });

  test.each(['', 'k'.repeat(256)])('One that is not of 1 to 255 characters is refused (%#)', async (key) => {
    const before = await totalCount(server);
    expect(problem(await keyed(key))).toMatchObject({ code: 'BAD_USER_INPUT', rules: { idempotencyKey: 'length' } });
    expect(await totalCount(server)).toBe(before);
  });

  test('One of 255 characters is accepted', async () => {
    expect(dataOf(await keyed('k'.repeat(255))).createCallRecord.id).toMatch(UUID_V7);
  });
});

describe('Input that breaks rules', () => {
  const bad: [string, object, number, Record<string, string>][] = [
    ['an unknown type', { type: 'conference' }, 400, { 'input.type': 'enum' }],
    ['an unknown modality', { modalities: ['audio', 'smell'] }, 400, { 'input.modalities.1': 'enum' }],
    ['an end before the start', { endDateTime: '2026-02-25T18:52:21.2169888Z' }, 200, { 'input.endDateTime': 'order' }],
    ['no participants member', { participants: undefined }, 400, { 'input.participants': 'required' }],
    ['participants that are null', { participants: null }, 400, { 'input.participants': 'required' }],
    ['an organizer without any identity', { organizer: {} }, 200, { 'input.organizer': 'identity' }],
    [
      'a participant with nothing but an endpointType',
      { participants: [{ phone: { id: '+1' } }, { endpointType: 'voicemail' }] },
      200,
      { 'input.participants.1': 'identity' },
    ],
    ['an identity without id and name', { organizer: { user: {} } }, 200, { 'input.organizer.user': 'identity' }],
    [
      'eight fractional digits',
      { startDateTime: '2026-02-25T18:52:21.21698891Z' },
      200,
      { 'input.startDateTime': 'DateTimeOffset' },
    ],
    [
      'a date-time without a zone',
      { startDateTime: '2026-02-25T18:52:21' },
      400,
      { 'input.startDateTime': 'DateTimeOffset' },
    ],
    ['a version beyond 64 bits', { version: '9223372036854775808' }, 400, { 'input.version': 'Int64' }],
    ['the lowest of 64 bits', { version: '-9223372036854775808' }, 200, { 'input.version': 'minimum' }],
    ['a version below 64 bits', { version: '-9223372036854775809' }, 400, { 'input.version': 'Int64' }],
    ['version 0', { version: 0 }, 200, { 'input.version': 'minimum' }],
    ['a URL that is none', { joinWebUrl: 'not a url' }, 200, { 'input.joinWebUrl': 'url' }],
    ['a URL that is a script', { joinWebUrl: 'javascript:alert(1)' }, 200, { 'input.joinWebUrl': 'url' }],
    ['a groupCall without joinWebUrl', { type: 'groupCall' }, 200, { 'input.joinWebUrl': 'required' }],
    ['an unknown member', { subject: 'x' }, 400, { 'input.subject': 'unknown' }],
    [
      'an unknown member of an identity',
      { organizer: { user: { id: 'a', mail: 'x' } } },
      400,
      { 'input.organizer.user.mail': 'unknown' },
    ],
    [
      'a name of 1,025 characters',
      { organizer: { user: { displayName: 'x'.repeat(1025) } } },
      200,
      { 'input.organizer.user.displayName': 'length' },
    ],
  ];

  test.each(bad)('%s is BAD_USER_INPUT at its path, and nothing is written', async (_what, changes, status, rules) => {
    const before = await totalCount(server);
    const answer = await create(changes);
    expect(problem(answer)).toEqual({ status, code: 'BAD_USER_INPUT', rules });
    expect(answer.data ?? null).toBeNull();
    expect(await totalCount(server)).toBe(before);
  });

  test.each([
    ['mutation { createCallRecord(input: {}, force: true) { id } }', 'Unknown argument "force"'],
    ['mutation ($input: CreateCallRecordInput!) { createCallRecord(input: $input) { subject } }', 'field "subject"'],
  ])('The document %s is refused before anything is written', async (query, message) => {
    const before = await totalCount(server);
    const answer = await server.ask(query, { input: createInput() });
    expect(answer.status).toBe(400);
    expect(new Set(codes(answer))).toEqual(new Set(['GRAPHQL_VALIDATION_FAILED']));
    expect(answer.errors?.map((error) => error.message).join()).toContain(message);
    expect(await totalCount(server)).toBe(before);
  });

  test('Everything that is wrong with the variables is told at once, with the path of each', async () => {
    const before = await totalCount(server);
    const answer = await create({
      version: 0,
      type: 'conference',
      modalities: null,
      startDateTime: '2026-02-25T18:52:21.21698891Z',
      joinWebUrl: 'nowhere',
      organizer: {},
      participants: [{ user: { displayName: 7 } }, { phone: { id: '+1', colour: 'red' } }],
      subject: 'x',
    });
    expect(problem(answer)).toEqual({
      status: 400,
      code: 'BAD_USER_INPUT',
      rules: {
        'input.version': 'minimum',
        'input.type': 'enum',
        'input.modalities': 'required',
        'input.startDateTime': 'DateTimeOffset',
        'input.joinWebUrl': 'url',
        'input.organizer': 'identity',
        'input.participants.0.user.displayName': 'type',
        'input.participants.1.phone.colour': 'unknown',
        'input.subject': 'unknown',
      },
    });
    expect(await totalCount(server)).toBe(before);
  });

  test('Everything that is wrong between literals is told at once, with the path of each', async () => {
    const before = await totalCount(server);
    const answer = await createWithLiterals({
      version: 0,
      type: 'groupCall',
      endDateTime: '"2026-02-25T18:52:20Z"',
      organizer: '{}',
      participants: '[{ user: { id: "a" } }, { guest: {} }]',
    });
    expect(problem(answer)).toEqual({
      status: 200,
      code: 'BAD_USER_INPUT',
      rules: {
        'input.version': 'minimum',
        'input.endDateTime': 'order',
        'input.joinWebUrl': 'required',
        'input.organizer': 'identity',
        'input.participants.1.guest': 'identity',
      },
    });
    expect(await totalCount(server)).toBe(before);
  });

  test('Literals of the wrong type are refused by validation, each with its own error', async () => {
    const answer = await createWithLiterals({ version: '1.5', type: 'conference', startDateTime: '"today"' });
    expect(answer.status).toBe(400);
    expect(codes(answer)).toEqual(Array(3).fill('GRAPHQL_VALIDATION_FAILED'));
  });

  test.each([
    ['version', '9223372036854775808'],
    ['version', '1.5'],
    ['startDateTime', '"today"'],
    ['startDateTime', '7'],
  ])('A literal %s: %s is refused with the place where it stands in the document', async (name, text) => {
    const { errors } = await createWithLiterals({ [name]: text });
    const document = `mutation { createCallRecord(input: ${literal({ ...LITERALS, [name]: text })}`;
    const column = document.indexOf(`${name}: ${text}`) + name.length + 3;
    expect(errors).toMatchObject([{ locations: [{ line: 1, column }] }]);
  });
});
