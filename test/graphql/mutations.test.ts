import { RECORD, startTestServer, type TestServer } from '../support/harness.js';
import { clear, dataOf, guid, IMPORT, importAll, importRecord, problem, totalCount } from '../support/asking.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ MAX_IMPORT_RECORDS: '20' });
});
afterEach(() => clear(server));
afterAll(() => server.end());

const READ = `query ($id: ID!) { callRecord(id: $id) { ...Record } } ${RECORD}`;
const read = async (number: number) => dataOf(await server.ask(READ, { id: guid(number) })).callRecord;

describe('importCallRecords', () => {
  test('Ids, versions and times are kept, the id in lower case', async () => {
    const id = 'ABCDEF00-0000-4000-8000-0000000000AA';
    await importAll(server, [
      importRecord(1, { id, version: '9223372036854775807', lastModifiedDateTime: '2026-01-16T00:00:00.1234567Z' }),
    ]);
    expect(dataOf(await server.ask(READ, { id })).callRecord).toMatchObject({
      id: id.toLowerCase(),
      version: '9223372036854775807',
      lastModifiedDateTime: '2026-01-16T00:00:00.1234567Z',
    });
  });

  test('What Graph omits or nulls may be omitted or null', async () => {
    const { id, version, startDateTime, endDateTime } = importRecord(1);
    await importAll(server, [
      { id, version, startDateTime, endDateTime, organizer: null, participants: null, modalities: null },
    ]);
    expect(await read(1)).toMatchObject({ type: 'unknown', modalities: [], organizer: null, participants: [] });
  });

  test('A higher version supersedes, a lower one changes nothing, the same one again changes nothing', async () => {
    const count = (payload: object) => ({ created: 0, updated: 0, unchanged: 0, ...payload });
    expect(await importAll(server, [importRecord(1, { version: 2 })])).toEqual(count({ created: 1 }));
    expect(await importAll(server, [importRecord(1, { version: 2 })])).toEqual(count({ unchanged: 1 }));
    expect(await importAll(server, [importRecord(1, { version: 1, type: 'unknown' })])).toEqual(
      count({ unchanged: 1 }),
    );
    expect((await read(1)).type).toBe('peerToPeer');
    expect(await importAll(server, [importRecord(1, { version: 3, type: 'unknown' })])).toEqual(count({ updated: 1 }));
    expect(await read(1)).toMatchObject({ version: 3, type: 'unknown' });
  });

  test('The same version completes participants that were missing, which counts as updated', async () => {
    await importAll(server, [importRecord(1, { participants: [] })]);
    expect(await importAll(server, [importRecord(1)])).toMatchObject({ updated: 1 });
    expect((await read(1)).participantCount).toBe(2);
  });

  test('One id may come several times: the highest version stays, and the counts add up to the records sent', async () => {
    const versions = [1, 3, 2].map((version) => importRecord(1, { version }));
    expect(await importAll(server, versions)).toEqual({ created: 1, updated: 1, unchanged: 1 });
    expect((await read(1)).version).toBe(3);
  });

  test('An end before the start is kept as Graph sent it', async () => {
    await importAll(server, [importRecord(1, { endDateTime: '2026-01-15T12:00:59.5Z' })]);
    expect((await read(1)).durationSeconds).toBe(-0.5);
  });

  test('An import is all or none: one bad record and nothing is written, with the paths of all that is wrong', async () => {
    const records = [importRecord(1), importRecord(2, { id: 'no-guid' }), importRecord(3, { version: 0 })];
    expect(problem(await server.ask(IMPORT, { records }))).toEqual({
      status: 200,
      code: 'BAD_USER_INPUT',
      rules: { 'records.1.id': 'guid', 'records.2.version': 'minimum' },
    });
    expect(await totalCount(server)).toBe(0);
  });

  test('Enumeration members are those of the schema here, too', async () => {
    const answer = await server.ask(IMPORT, { records: [importRecord(1, { type: 'conference' })] });
    expect(problem(answer)).toMatchObject({ status: 400, rules: { 'records.0.type': 'enum' } });
  });

  test('A member that is missing or unknown is told by its own path', async () => {
    const records = [importRecord(1, { id: undefined }), importRecord(2, { sessions: [] })];
    expect(problem(await server.ask(IMPORT, { records }))).toEqual({
      status: 400,
      code: 'BAD_USER_INPUT',
      rules: { 'records.0.id': 'required', 'records.1.sessions': 'unknown' },
    });
  });

  test('MAX_IMPORT_RECORDS may come, one more is refused and nothing is written', async () => {
    const records = Array.from({ length: 21 }, (_, index) => importRecord(index + 1));
    const refused = await server.ask(IMPORT, { records });
    expect(problem(refused)).toMatchObject({ code: 'BAD_USER_INPUT', rules: { records: 'maximum' } });
    expect(await totalCount(server)).toBe(0);
    expect(await importAll(server, records.slice(1))).toMatchObject({ created: 20 });
  });

  test('An empty list imports nothing', async () => {
    expect(await importAll(server, [])).toEqual({ created: 0, updated: 0, unchanged: 0 });
  });
});

describe('deleteCallRecord', () => {
  const remove = async (id: string) =>
    dataOf(await server.ask('mutation ($id: ID!) { deleteCallRecord(id: $id) }', { id })).deleteCallRecord;

  test('It gives the id deleted, whatever its case, and the record is gone from every list', async () => {
    const id = 'abcdef00-0000-4000-8000-0000000000aa';
    await importAll(server, [importRecord(1, { id })]);
    expect(await remove(id.toUpperCase())).toBe(id);
    expect(dataOf(await server.ask(READ, { id })).callRecord).toBeNull();
    expect(await totalCount(server)).toBe(0);
    expect(await totalCount(server, { participant: { id: ['+14255550123'] } })).toBe(0);
  });

  test('It is null when there was none, and nothing else is deleted', async () => {
    await importAll(server, [importRecord(1)]);
    expect(await remove(guid(2))).toBeNull();
    expect(await remove('%')).toBeNull();
    expect(await totalCount(server)).toBe(1);
  });

  test('A deleted record can be imported again', async () => {
    await importAll(server, [importRecord(1, { version: 5 })]);
    await remove(guid(1));
    expect(await importAll(server, [importRecord(1, { version: 2 })])).toMatchObject({ created: 1 });
  });
});

test('The mutations of one request run one after the other, in the order of the document', async () => {
  const query = `mutation ($records: [CallRecordImport!]!, $id: ID!) {
    one: importCallRecords(records: $records) { created } two: deleteCallRecord(id: $id)
    three: importCallRecords(records: $records) { created } }`;
  const answer = await server.ask(query, { records: [importRecord(1)], id: guid(1) });
  expect(dataOf(answer)).toEqual({ one: { created: 1 }, two: guid(1), three: { created: 1 } });
});
