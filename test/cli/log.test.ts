import { databases, ended, serve } from './serving.js';
import { join } from 'node:path';
import { post } from '../support/harness.js';

const places = databases();

describe('The log', () => {
  it('tells of an error of PostgreSQL which rule was broken by which table, and nothing of the row', async () => {
    const url = await places.postgres.create();
    const server = await serve({
      DATABASE_URL: url,
      DEVELOPMENT_KEY_FILE: join(places.folder, 'development-key.json'),
      WORKERS: '1',
    });
    await places.postgres.query(url, 'alter table call_record_people add constraint nobody check (false)');
    expect((await server.create()).errors?.[0]?.extensions.code).toBe('INTERNAL_SERVER_ERROR');
    expect(await ended(server.child)).toBe(0);
    expect(server.output()).toMatch(/"code":"23514".*"table":"call_record_people".*"constraint":"nobody"/);
    expect(server.output()).not.toMatch(/Failing row|abbie/i);
  });

  it('tells at LOG_LEVEL=debug why an operation is not compiled', async () => {
    const server = await serve({
      DATABASE_URL: `file:${join(places.folder, 'debug.sqlite')}`,
      LOG_LEVEL: 'debug',
      WORKERS: '1',
    });
    const ask = (query: string) => post(`${server.url}/graphql`, JSON.stringify({ query }), server.token);
    for (const query of ['{ callRecords { totalCount } }', '{ a: callRecords { totalCount } b: me { id } }'])
      expect((await ask(query)).errors).toBeUndefined();
    expect(await ended(server.child)).toBe(0);
    const reasons = [...server.output().matchAll(/^.*"reason":"(.*?)".*"msg":"not compiled".*$/gm)];
    expect(reasons.map(([, reason]) => reason)).toEqual(['Query.me']);
    expect(reasons[0]?.[0]).toMatch(/"reqId":"[0-9a-f-]{36}"/);
  });
});
