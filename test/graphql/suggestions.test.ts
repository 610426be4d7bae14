import { startTestServer, type TestServer } from '../support/harness.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.end());

/** The names suggested for the one that the document has wrong; null if none is. */
async function suggestions(query: string, variables?: object): Promise<string[] | null> {
  const { errors = [] } = await server.ask(query, variables);
  expect(errors).toHaveLength(1);
  const [, named] = /\. Did you mean (.*)\?$/.exec(errors[0]?.message ?? '') ?? [];
  return named === undefined ? null : [...named.matchAll(/"(\w+)"/g)].map(([, name = '']) => name);
}
const ofRecord = (field: string) => suggestions(`{ callRecords { nodes { ${field} } } }`);

describe('A name that is not in the schema is answered with those that may be meant', () => {
  test.each([
    ['duration', ['durationSeconds']],
    ['start', ['startDateTime']],
    ['endTime', ['endDateTime']],
    ['lastModified', ['lastModifiedDateTime']],
    ['joinURL', ['joinWebUrl']],
    ['participant', ['participants', 'participantCount']],
    ['participants_v2', ['participants']],
    ['organiser', ['organizer']],
    ['verison', ['version']],
    ['VERSION', ['version']],
    ['modality', ['modalities']],
  ])('the field %s', async (field, meant) => expect(await ofRecord(field)).toEqual(meant));

  test('an argument, a member of an input, of an enumeration, and a type', async () => {
    expect(await suggestions('{ callRecords(order: {}) { totalCount } }')).toEqual(['orderBy']);
    expect(await suggestions('{ callRecords(filter: { duration: {} }) { totalCount } }')).toEqual(['durationSeconds']);
    expect(await suggestions('{ callRecords(filter: { type: [group] }) { totalCount } }')).toEqual(['groupCall']);
    expect(await suggestions('{ callRecords(filter: { type: ["group"] }) { totalCount } }')).toEqual(['groupCall']);
    expect(await suggestions('{ callRecords(orderBy: { field: startDateTime }) { totalCount } }')).toEqual([
      'START_DATE_TIME',
    ]);
    const ofType = 'query ($filter: CallRecordsFilter) { callRecords(filter: $filter) { totalCount } }';
    expect(await suggestions(ofType)).toEqual(['CallRecordFilter']);
  });

  test('in variables as in the document', async () => {
    const query = 'query ($filter: CallRecordFilter) { callRecords(filter: $filter) { totalCount } }';
    const { errors } = await server.ask(query, { filter: { duration: { gt: 1 }, type: ['group'], sort: 1 } });
    const { violations } = errors?.[0]?.extensions as { violations: { message: string }[] };
    expect(violations.map(({ message }) => message)).toEqual([
      'Value "group" does not exist in "CallType" enum. Did you mean "groupCall"?',
      'Field "duration" is not defined by type "CallRecordFilter". Did you mean "durationSeconds"?',
      'Field "sort" is not defined by type "CallRecordFilter".',
    ]);
    expect(await suggestions(query, { filter: { start: null } })).toEqual(['startDateTime']);
  });

  test('and a field of another type with the fragment to ask for it in', async () => {
    const { errors } = await server.ask('{ node(id: "x") { version } }');
    expect(errors?.[0]?.message).toBe(
      'Cannot query field "version" on type "Node". Did you mean to use an inline fragment on "CallRecord"?',
    );
  });
});

describe('Nothing is suggested that merely looks alike', () => {
  test.each([
    ['subject', 'subject'],
    ['caller', 'caller'],
    ['attendees', 'attendees'],
    ['of very many letters', 'x'.repeat(2_000)],
  ])('for the field %s', async (_which, field) => expect(await ofRecord(field)).toBeNull());

  test('for an argument, a member of an input or of an enumeration', async () => {
    expect(await suggestions('{ callRecords(skip: 1) { totalCount } }')).toBeNull();
    const times = '{ callRecords(filter: { startDateTime: { neq: "2026-01-01T00:00:00Z" } }) { totalCount } }';
    expect(await suggestions(times)).toBeNull();
    expect(
      await suggestions('{ callRecords(filter: { modalities: { hasAny: ["radio"] } }) { totalCount } }'),
    ).toBeNull();
    expect(await suggestions('{ callRecords(filter: { modalities: { hasAny: [radio] } }) { totalCount } }')).toBeNull();
  });
});
