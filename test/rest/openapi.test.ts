import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { openApiText } from '../../src/rest/openapi.js';
import { clear, guid } from '../support/asking.js';
import { createInput, startTestServer, type TestServer } from '../support/harness.js';
import { fixtureRecords } from '../support/opened-store.js';
import { call, COLLECTION, create, get } from '../support/calling.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.end());

const ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true }));
ajv.addSchema(JSON.parse(openApiText()) as object, 'openapi');

/** What a component of the description has against a value. */
function validator(component: string): (value: unknown) => string[] {
  const validate = ajv.getSchema(`openapi#/components/schemas/${component}`) as ValidateFunction;
  return (value) => {
    validate(value);
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  };
}

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
      '/communications/callRecords/$count',
      '/communications/callRecords/{id}',
      '/communications/callRecords/{id}/organizer_v2',
      '/communications/callRecords/{id}/participants_v2',
      '/communications/callRecords/{id}/participants_v2/$count',
      '/communications/callRecords/{id}/participants_v2/{key}',
      '/communications/callRecords/{id}/sessions',
      '/communications/callRecords/{id}/sessions/$count',
      '/communications/callRecords/{id}/sessions/{key}',
      '/communications/callRecords/{id}/sessions/{key}/segments',
      '/communications/callRecords/{id}/sessions/{key}/segments/$count',
      '/communications/callRecords/{id}/sessions/{key}/segments/{segment}',
      '/$batch',
    ]);
    expect((await call(server, 'GET', '/beta/openapi.json', { token: null })).text).toBe(answer.text);
  });

  test('A linter finds nothing to complain of, as it does when something is wrong', async () => {
    expect(await lint(openApiText())).toEqual([]);
    expect(
      await lint(openApiText().replaceAll('"operationId":"getCallRecord"', '"operationId":"createCallRecord"')),
    ).not.toEqual([]);
  });

  test('Bodies that the door takes are as described, and bodies of a wrong shape are not', async () => {
    const isBody = validator('createCallRecord');
    const set = { user: { id: 'u1', displayName: 'One' } };
    const newer = {
      organizer_v2: { id: 'u1', identity: set, administrativeUnitInfos: null },
      participants_v2: [{ identity: { '@odata.type': '#microsoft.graph.communicationsIdentitySet', ...set } }],
    };
    const taken = [
      {},
      { version: '9007199254740993', joinWebUrl: null, sessions: [], recap: {}, 'sessions@odata.context': 'x' },
      { organizer: { '@odata.type': '#microsoft.graph.identitySet', acsUser: null, ...set } },
      { organizer: { user: { '@odata.type': '#microsoft.graph.identity', id: 'x', hidden: null, tags: [] } } },
      { organizer: null, participants: undefined, ...newer },
      { participants: [set], organizer: set, ...newer },
      { startDateTime: '2026-02-25T18:52Z', endDateTime: '2026-02-25T20:52+02:00' },
    ];
    for (const changes of taken) {
      const { text } = await create(server, changes);
      expect(isBody(JSON.parse(JSON.stringify(createInput(changes))))).toEqual([]);
      expect(isBody(JSON.parse(text))).toEqual([]);
    }
    const refused = [
      ...[{ version: 0 }, { version: 'x' }, { type: 'x' }, { organizer: undefined }, { participants: undefined }],
      ...[{ sessions: [{ id: 's' }] }, { direction: 'in' }, { organizer: { robot: { id: 'r' } } }],
      ...[{ participants_v2: ['junk'] }, { organizer_v2: { id: 'u1' } }],
    ];
    for (const changes of refused) {
      const body = JSON.parse(JSON.stringify(createInput(changes))) as object;
      expect([changes, (await call(server, 'POST', COLLECTION, { body })).status]).toEqual([changes, 400]);
      expect([changes, isBody(body).length]).not.toEqual([changes, 0]);
    }
  });

  test('Every fixture is answered as described, in every form of an answer', async () => {
    const names = [
      '01-peer-to-peer-audio',
      '02-group-call-three-participants',
      '03-group-call-large',
      '04-pstn-inbound',
    ];
    names.push(
      '05-mixed-identities',
      '06-precision',
      '08-unknown-enum-members',
      '09-nulls-everywhere',
      '10-full-depth',
    );
    names.push('11-list-page-1', '11-list-page-3-last');
    for (const name of names) await server.store.import(await fixtureRecords(name));
    const firsts = await Promise.all(names.map(async (name) => (await fixtureRecords(name))[0]?.id as string));
    const deep = firsts[names.indexOf('10-full-depth')] as string;
    const forms: Record<string, string>[] = [
      ...[{}, { prefer: 'omit-values=nulls' }, { prefer: 'include-unknown-enum-members' }],
      ...[{ accept: 'application/json;IEEE754Compatible=true' }, { accept: 'application/json;odata.metadata=none' }],
    ];
    const one = ['', '?$select=version', '?$expand=sessions($expand=segments)', '?$expand=*'];
    const urls: [string, string][] = [
      ...['?$count=true', '?$select=type', '?$expand=participants_v2', '?$expand=sessions($expand=segments)'].map(
        (query): [string, string] => ['callRecordPage', query],
      ),
      ...firsts.flatMap((id) => one.map((query): [string, string] => ['callRecord', `/${id}${query}`])),
      ...firsts.flatMap((id): [string, string][] => [
        ['participantPage', `/${id}/participants_v2?$count=true&$select=id`],
        ['sessionPage', `/${id}/sessions?$count=true`],
      ]),
      ['participant', `/${firsts[0] as string}/organizer_v2`],
      ['participant', `/${firsts[0] as string}/participants_v2('77a9530b-f20f-4245-8c78-d2ddc190fb3c')`],
      ['session', `/${deep}/sessions/0`],
      ['segmentPage', `/${deep}/sessions/0/segments?$count=true`],
      ['segment', `/${deep}/sessions/0/segments/0`],
    ];
    for (const headers of forms) {
      const found = urls.map(async ([schema, path]) => {
        // As most clients read it, digits beyond 2^53 rounded.
        const { status, text } = await get(server, `${COLLECTION}${path}`, headers);
        return [path, status === 200 ? validator(schema)(JSON.parse(text)) : [text]] as const;
      });
      const wrong = (await Promise.all(found)).filter(([, problems]) => problems.length > 0);
      expect([headers, wrong]).toEqual([headers, []]);
    }
    expect(validator('callRecord')({ id: 'x' })).not.toEqual([]);
    expect(validator('callRecordPage')({ value: [{ version: 1 }] })).not.toEqual([]);
    await clear(server);
  });

  test('Batches are taken and answered as described', async () => {
    const body = {
      requests: [
        { id: '1', method: 'GET', url: '/communications/callRecords', headers: { accept: 'application/json' } },
        { id: '2', method: 'POST', url: '/communications/callRecords', body: {}, dependsOn: ['1'] },
      ],
    };
    expect(validator('batch')(body)).toEqual([]);
    const answer = await call(server, 'POST', '/v1.0/$batch', { body });
    expect([answer.status, validator('batchAnswer')(JSON.parse(answer.text))]).toEqual([200, []]);
    const wrong = { requests: [{ id: 1, method: 'GET', url: '/' }] };
    expect(validator('batch')(wrong)).not.toEqual([]);
    expect((await call(server, 'POST', '/v1.0/$batch', { body: wrong })).status).toBe(400);
  });

  test('Errors are answered as described', async () => {
    const isError = validator('error');
    for (const path of ['?$filter=x', '/x', `/${guid(1)}/sessions?$top=-1&$count=x`])
      expect(isError((await get(server, `${COLLECTION}${path}`)).json)).toEqual([]);
    expect(isError({})).not.toEqual([]);
  });
});
