import { createConfig, lintFromString } from '@redocly/openapi-core';
import { openApiText } from '../../src/rest/openapi.js';
import { callRecordSchema, createBodySchema, errorSchema, pageOf, participantSchema } from '../../src/rest/schemas.js';
import { clear, importAll, importRecord } from '../graphql/asking.js';
import { createInput, startTestServer, type TestServer } from '../harness.js';
import { call, COLLECTION, create, get } from './calling.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.end());

async function lint(source: string): Promise<string[]> {
  const config = await createConfig({ extends: ['recommended-strict'] });
  const problems = await lintFromString({ source, absoluteRef: 'openapi.json', config });
  return problems.map(({ ruleId, message, location: [place] }) => `${ruleId}: ${message} (${place?.pointer ?? ''})`);
}

describe('The OpenAPI description', () => {
  test('It is there without a token, as OpenAPI 3.1', async () => {
    const answer = await call(server, 'GET', '/v1.0/openapi.json', { token: null });
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.json.openapi).toBe('3.1.0');
    expect(Object.keys(answer.json.paths)).toEqual([
      '/communications/callRecords',
      '/communications/callRecords/{id}',
      '/communications/callRecords/{id}/participants_v2',
      '/communications/callRecords/{id}/sessions',
    ]);
  });

  test('A linter finds nothing to complain of, as it does when something is wrong', async () => {
    expect(await lint(openApiText())).toEqual([]);
    expect(
      await lint(openApiText().replaceAll('"operationId":"getCallRecord"', '"operationId":"createCallRecord"')),
    ).not.toEqual([]);
  });

  test('The body of a create is described by the schema that validates it', async () => {
    const { components } = JSON.parse(openApiText()) as {
      components: { schemas: Record<string, { required: string[]; properties: object }> };
    };
    const { required, properties } = components.schemas.createCallRecord as { required: string[]; properties: object };
    const missing = (await call(server, 'POST', COLLECTION, { body: {} })).json.error.details as { target: string }[];
    expect(required.sort()).toEqual(missing.map(({ target }) => target).sort());
    expect(properties).toMatchObject({
      version: { type: 'integer', format: 'int64' },
      startDateTime: { format: 'date-time' },
    });
    expect(createBodySchema.safeParse(createInput()).success).toBe(true);
  });

  test('Answers are as described', async () => {
    await importAll(server, [importRecord(1), importRecord(2, { organizer: { phone: { id: '+1' } } })]);
    const { id } = callRecordSchema.parse((await create(server)).json);
    pageOf(callRecordSchema).parse((await get(server, `${COLLECTION}?$top=1&$count=true`)).json);
    pageOf(participantSchema).parse((await get(server, `${COLLECTION}/${id}/participants_v2`)).json);
    errorSchema.parse((await get(server, `${COLLECTION}?$filter=x`)).json);
    await clear(server);
  });
});
