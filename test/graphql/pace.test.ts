import { startTestServer, type TestServer } from '../support/harness.js';
import { dataOf, guid, importAll, importRecord } from '../support/asking.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ MAX_RECORDS: '15000' });
  await importAll(
    server,
    PEOPLE.map((_, index) => importRecord(index + 1, { participants: PEOPLE })),
  );
  // So that it need not connect in the test.
  await small();
});
afterAll(() => server.end());

/** All in as many calls, so that a page of each one's calls is read and answered as often. */
const PEOPLE = Array.from({ length: 100 }, (_, index) => ({ user: { id: guid(index, 1) } }));

const small = () => server.ask('{ __typename }');

const many = (length: number, field: (index: number) => string) =>
  `{ ${Array.from({ length }, (_, index) => `a${index}: ${field(index)}`).join(' ')} }`;

describe('A request of many lists', () => {
  test.each([
    ['beside each other', many(30, () => 'callRecords(first: 500) { nodes { id } }')],
    [
      'of the people in one list',
      '{ callRecords(first: 1) { nodes { participants { user { account { callRecords { nodes { id } } } } } } } }',
    ],
  ])('%s lets others be answered before its end', async (_, query) => {
    const answered: string[] = [];
    const begun = new Promise<void>((resolve) => {
      const end = server.store.onStatement(() => {
        end();
        resolve();
      });
    });
    const large = server.ask(query).then((answer) => {
      answered.push('large');
      return answer;
    });
    await begun;
    await small();
    answered.push('small');
    dataOf(await large);
    expect(answered).toEqual(['small', 'large']);
  });
});
