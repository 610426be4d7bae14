import { startTestServer, type TestServer } from '../support/harness.js';
import { dataOf, importAll, importRecord } from '../support/asking.js';

let timed: TestServer;
beforeAll(async () => {
  timed = await startTestServer({ SERVER_TIMING: 'true' });
  await importAll(timed, [importRecord(1)]);
});
afterAll(() => timed.end());

/** The header's metrics in their order. */
async function timing(query: string): Promise<[string, number][]> {
  const answer = await timed.ask(query);
  dataOf(answer);
  return (answer.headers.get('server-timing') ?? '').split(', ').map((metric) => {
    const [, name, duration] = /^(\w+);dur=(\d+\.\d{3})$/.exec(metric) ?? [];
    return [String(name), Number(duration)];
  });
}

describe('SERVER_TIMING', () => {
  test.each([
    ['a compiled query', '{ callRecords { nodes { id } } }'],
    [
      'one that graphql-js executes',
      '{ callRecords { nodes { organizer { user { account { callRecords { totalCount } } } } } } }',
    ],
  ])('tells of %s what its time went into: parsing once, the database each time', async (_what, query) => {
    const [first, second] = [await timing(query), await timing(query)];
    for (const metrics of [first, second])
      expect(metrics.map(([name]) => name)).toEqual(['parse', 'plan', 'sql', 'write']);
    const [parse, , sql] = first.map(([, duration]) => duration);
    expect(parse).toBeGreaterThan(0);
    expect(sql).toBeGreaterThan(0);
    expect(second[0]).toEqual(['parse', 0]);
    expect(second[2]?.[1]).toBeGreaterThan(0);
  });

  test('is off by default: no answer tells', async () => {
    const server = await startTestServer();
    const answer = await server.ask('{ callRecords { nodes { id } } }');
    expect(answer.headers.get('server-timing')).toBeNull();
    await server.end();
  });
});
