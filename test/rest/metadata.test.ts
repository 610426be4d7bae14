import { rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { generate } from 'selfsigned';
import { loadDevelopmentKey, mintToken } from '../../src/auth/development-key.js';
import { readConfig } from '../../src/config.js';
import { SELECTABLE } from '../../src/rest/offers.js';
import { run } from '../support/run.js';
import { guid, importAll, importRecord } from '../support/asking.js';
import { startTestServer, temporaryFolder, type TestServer } from '../support/harness.js';
import { fixtureRecords } from '../support/opened-store.js';
import { call, COLLECTION, errorOf, get, listUrl } from '../support/calling.js';

const METADATA = '/v1.0/$metadata';
const CALLS = 'microsoft.graph.callRecords';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await importAll(
    server,
    Array.from({ length: 7 }, (_, index) => importRecord(index)),
  );
});
afterAll(() => server.end());

// Descriptions are read in every shape.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Described = any;
const asJson = async (): Promise<Described> => (await get(server, METADATA, { accept: 'application/json' })).json;
const asXml = async (): Promise<Described> => {
  const { text } = await get(server, METADATA);
  expect(XMLValidator.validate(text)).toBe(true);
  const single = ['edmx:Edmx', 'edmx:DataServices', 'Key'];
  const isArray = (name: string, _path: unknown, _isLeaf: boolean, isAttribute: boolean) =>
    !isAttribute && !single.includes(name);
  return new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '', isArray }).parse(text)['edmx:Edmx'];
};

describe('The service document', () => {
  test('It names the set of records, at whose URL they are', async () => {
    for (const root of ['/v1.0/', '/v1.0', '/beta/']) {
      const { status, json } = await get(server, root);
      expect(status).toBe(200);
      const service = `${server.url}${root.replace(/\/$/, '')}`;
      expect(json['@odata.context']).toBe(`${service}/$metadata`);
      expect(json.value).toEqual([{ name: 'callRecords', kind: 'EntitySet', url: 'communications/callRecords' }]);
      expect((await get(server, `${service}/${json.value[0].url as string}`)).json.value).toHaveLength(7);
    }
    expect((await call(server, 'GET', '/v1.0/', { token: null })).status).toBe(401);
  });

  test('The context of every answer leads to the description, without a version in the path, too', async () => {
    for (const version of ['', '/v1.0', '/beta']) {
      const { json } = await get(server, `${version}/communications/callRecords?$top=1`);
      const [description = ''] = (json['@odata.context'] as string).split('#');
      expect((await get(server, description)).text).toBe((await get(server, METADATA)).text);
    }
  });

  test('The set is below the service by its own name, too, with all that is below it', async () => {
    for (const path of ['', `/${guid(1)}`, `('${guid(1)}')/participants_v2`, '/$count']) {
      const direct = await get(server, `/v1.0/callRecords${path}`);
      expect([path, direct.status, direct.text]).toEqual([path, 200, (await get(server, `${COLLECTION}${path}`)).text]);
    }
  });
});

describe('The description of the service', () => {
  test.each([
    [undefined, 'application/xml'],
    ['*/*', 'application/xml'],
    ['application/xml', 'application/xml'],
    ['application/json', 'application/json'],
    ['application/json;q=0.9, application/xml;q=0', 'application/json'],
    // As Power Query asks, in the same breath for data and for its description.
    ['application/json;odata.metadata=minimal;q=1.0,application/xml;q=0.7,text/plain;q=0.7', 'application/xml'],
  ])('It comes without a token, for Accept: %s as %s', async (accept, type) => {
    const answer = await call(server, 'GET', METADATA, {
      token: null,
      headers: accept === undefined ? {} : { accept },
    });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, `${type}; charset=utf-8`]);
    const byFormat = await call(server, 'GET', `/beta/%24metadata?$format=${type.slice(12)}`, { token: null });
    expect(byFormat.text).toBe(answer.text);
  });

  test('A $format that there is not is refused in the envelope of errors', async () => {
    expect(errorOf(await get(server, `${METADATA}?$format=yaml`))).toMatchObject({ status: 400, target: '$format' });
  });

  test('In JSON and in XML it says the same: types, members, keys, enumerations, what may be null', async () => {
    const [json, xml] = [await asJson(), await asXml()];
    const schemas: Described[] = xml['edmx:DataServices'].Schema;
    expect(schemas.map(({ Namespace }) => Namespace)).toEqual(['microsoft.graph', CALLS]);
    for (const { Namespace, ...kinds } of schemas) {
      const types = ['EntityType', 'ComplexType', 'EnumType', 'EntityContainer'].flatMap((kind) =>
        (kinds[kind] ?? []).map((type: Described) => ({ kind, ...type })),
      );
      const names = Object.keys(json[Namespace]).sort();
      expect(types.map(({ Name }) => Name as string).sort()).toEqual(names);
      for (const type of types) expect(membersInXml(type)).toEqual(membersInJson(json[Namespace][type.Name]));
    }
  });

  test('Every type that it names is declared, and none twice', async () => {
    const json = await asJson();
    const declared = ['microsoft.graph', CALLS].flatMap((space) =>
      Object.keys(json[space]).map((name) => `${space}.${name}`),
    );
    const named = [...JSON.stringify(json).matchAll(/"\$(?:Base)?Type":"([^"]+)"/g)].map(([, name]) => name as string);
    expect(named.filter((name) => !name.startsWith('Edm.') && !declared.includes(name))).toEqual([]);
    expect(json.$EntityContainer).toBe('microsoft.graph.GraphService');
    expect(declared).toContain(json.$EntityContainer);
  });

  test('Numbers, times and enumerations have the types that Microsoft Graph gives them', async () => {
    const { [CALLS]: types, 'microsoft.graph': graph } = await asJson();
    expect(types.callRecord).toMatchObject({
      ...{ $Kind: 'EntityType', $Key: ['id'], $OpenType: true },
      version: { $Type: 'Edm.Int64' },
      startDateTime: { $Type: 'Edm.DateTimeOffset', $Precision: 7 },
      modalities: { $Type: `${CALLS}.modality`, $Collection: true },
      sessions: { $Kind: 'NavigationProperty', $Type: `${CALLS}.session`, $Collection: true, $ContainsTarget: true },
    });
    expect(types.mediaStream).toMatchObject({
      averagePacketLossRate: { $Type: 'Edm.Single', $Nullable: true },
      averageJitter: { $Type: 'Edm.Duration' },
      packetUtilization: { $Type: 'Edm.Int64' },
      streamDirection: { $Type: `${CALLS}.mediaStreamDirection` },
    });
    expect(types.mediaStream).not.toHaveProperty('quality');
    expect(types.participantEndpoint).toMatchObject({
      $BaseType: `${CALLS}.endpoint`,
      cpuCoresCount: { $Type: 'Edm.Int32' },
    });
    expect(types.modality).toMatchObject({ $Kind: 'EnumType', audio: 0, unknownFutureValue: 5 });
    expect(graph.communicationsIdentitySet.endpointType.$Type).toBe('microsoft.graph.endpointType');
  });

  test('What stands in answers is declared, at every depth, but for annotations and what Microsoft Graph does not declare', async () => {
    const json = await asJson();
    for (const name of ['01-peer-to-peer-audio', '04-pstn-inbound', '10-full-depth']) {
      const [record] = await fixtureRecords(name);
      await server.store.import([record as never]);
      const answer = await get(
        server,
        `${COLLECTION}/${record?.id as string}?$expand=sessions($expand=segments),participants_v2`,
      );
      expect(undeclared(json, JSON.parse(answer.text), `${CALLS}.callRecord`)).toEqual([]);
      await server.store.delete(record?.id as string);
    }
    expect(undeclared(json, { id: 'x', startDateTime: '', stream: 1 }, `${CALLS}.callRecord`)).toEqual([
      'callRecord.stream',
    ]);
  });

  test('What it says may be filtered and ordered by may be, and all else is refused', async () => {
    const { callRecords: set } = (await asJson())['microsoft.graph'].GraphService;
    const related = ['organizer_v2', 'participants_v2', 'sessions'];
    const taken = async (options: Record<string, string>) => (await get(server, listUrl(options))).status === 200;
    const conditions: Record<string, string> = {
      ...{
        type: "type eq 'groupCall'",
        modalities: "modalities/any(m:m eq 'audio')",
        organizer: "organizer/user/id eq 'x'",
      },
      ...{ participants: "participants/any(p:p/user/id eq 'x')" },
    };
    for (const name of SELECTABLE.filter((one) => !related.includes(one))) {
      const literal = name.endsWith('DateTime') ? '2026-01-01T00:00:00Z' : "'x'";
      const isFiltered = await taken({ $filter: conditions[name] ?? `${name} eq ${literal}` });
      expect([name, isFiltered]).toEqual([
        name,
        !set['@Capabilities.FilterRestrictions'].NonFilterableProperties.includes(name),
      ]);
      const isOrdered = await taken({ $orderby: name });
      expect([name, isOrdered]).toEqual([
        name,
        !set['@Capabilities.SortRestrictions'].NonSortableProperties.includes(name),
      ]);
    }
    expect(set).toMatchObject({
      '@Capabilities.SkipSupported': true,
      '@Capabilities.SearchRestrictions': { Searchable: false },
    });
  });
});

function membersInXml(type: Described): object {
  if (type.kind === 'EnumType')
    return Object.fromEntries(type.Member.map(({ Name, Value }: Described) => [Name, Number(Value)]));
  if (type.kind === 'EntityContainer')
    return Object.fromEntries(
      [...type.EntitySet, ...type.Singleton].map(({ Name, EntityType, Type }: Described) => [Name, EntityType ?? Type]),
    );
  const properties = [...(type.Property ?? []), ...(type.NavigationProperty ?? [])];
  return {
    ...Object.fromEntries(
      properties.map(({ Name, Type, Nullable, Precision }: Described) => [
        Name,
        [Type, Nullable !== 'false', Precision],
      ]),
    ),
    '': [type.BaseType, type.OpenType === 'true', type.Key?.PropertyRef.map(({ Name }: Described) => Name as string)],
  };
}

function membersInJson(type: Described): object {
  const members = Object.entries<Described>(type).filter(([name]) => !/^[$@]/.test(name));
  if (type.$Kind === 'EnumType') return Object.fromEntries(members);
  if (type.$Kind === 'EntityContainer') return Object.fromEntries(members.map(([name, { $Type }]) => [name, $Type]));
  const shown = members.map(([name, { $Kind, $Type = 'Edm.String', $Collection, $Nullable, $Precision }]) => {
    const isMany = $Kind === 'NavigationProperty' && $Collection;
    const precision = $Precision === undefined ? undefined : String($Precision);
    return [name, [$Collection ? `Collection(${$Type as string})` : $Type, Boolean($Nullable ?? isMany), precision]];
  });
  return { ...Object.fromEntries(shown), '': [type.$BaseType, type.$OpenType === true, type.$Key] };
}

/** Members of a value that its type, or that which `@odata.type` names, does not declare. */
function undeclared(json: Described, value: Described, typeName: string): string[] {
  const named = typeof value['@odata.type'] === 'string' ? value['@odata.type'].replace('#', '') : typeName;
  const declared = membersOf(json, named);
  return Object.entries<Described>(value).flatMap(([name, member]) => {
    if (name.includes('@')) return [];
    const type = declared[name];
    if (!type) return isOpenTo(named, name) ? [] : [`${named.split('.').at(-1) as string}.${name}`];
    const below = (Array.isArray(member) ? member : [member]).filter((one) => typeof one === 'object' && one !== null);
    return below.flatMap((one) => undeclared(json, one, type.$Type as string));
  });
}

/** Graph sends these though it declares them nowhere, and tokens have names that change. */
function isOpenTo(type: string, name: string): boolean {
  if (type.endsWith('feedbackTokenSet')) return true;
  return (
    /dentity/.test(type) &&
    /^(acs|spool|tenantId|endpointType|phone|guest|encrypted|onPremises|assertedIdentity|applicationInstance|azureCommunicationServices|userPrincipalName|hidden|applicationType|email)/.test(
      name,
    )
  );
}

function membersOf(json: Described, typeName: string): Described {
  const split = typeName.lastIndexOf('.');
  const type = json[typeName.slice(0, split)]?.[typeName.slice(split + 1)];
  if (!type) throw new Error(`${typeName} is not declared`);
  return { ...(type.$BaseType ? membersOf(json, type.$BaseType) : {}), ...type };
}

describe('$skip', () => {
  const times = async (options: Record<string, string>) => {
    const { status, json } = await get(
      server,
      listUrl({ $orderby: 'startDateTime', $select: 'startDateTime', ...options }),
    );
    expect(status).toBe(200);
    return {
      ids: json.value.map(({ id }: { id: string }) => Number(id.slice(-2))),
      next: json['@odata.nextLink'] as string,
    };
  };

  test('It passes over so many records of the order asked for, and next links go on from there', async () => {
    const { ids, next } = await times({ $skip: '2', $top: '2' });
    expect(ids).toEqual([2, 3]);
    expect(next).not.toContain('skip=');
    expect((await get(server, next)).json.value.map(({ id }: { id: string }) => id)).toEqual([guid(4), guid(5)]);
    expect(errorOf(await get(server, `${next}&$skip=1`))).toMatchObject({ status: 400, target: '$skip' });
    expect((await times({ $skip: '5' })).ids).toEqual([5, 6]);
    expect((await times({ $skip: '7' })).ids).toEqual([]);
    expect((await times({ $skip: '900' })).ids).toEqual([]);
    expect((await times({ $skip: '1', $filter: 'startDateTime ge 2026-01-15T12:05:00Z' })).ids).toEqual([6]);
  });

  test('Of participants it passes over so many, too', async () => {
    const { json } = await get(server, `${COLLECTION}/${guid(1)}/participants_v2?$skip=1&$count=true`);
    expect([json['@odata.count'], json.value.map(({ id }: { id: string }) => id)]).toEqual([2, ['+14255550123']]);
  });

  test.each([
    [{ $skip: '-1' }, /whole number/],
    [{ $skip: 'x' }, /whole number/],
    [{ $skip: '9950' }, /MAX_RECORDS.*@odata\.nextLink/],
  ])('%j is refused with what to do instead', async (options, message) => {
    const { status, target, ...rest } = errorOf(await get(server, listUrl(options)));
    expect([status, rest.message]).toEqual([400, expect.stringMatching(message)]);
    expect(target).toBe('$skip');
  });
});

describe('Passwords', () => {
  let folder: string;
  let settings: Record<string, string>;
  beforeAll(async () => {
    folder = await temporaryFolder();
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'callrecords test' }]);
    settings = { TLS_CERT: join(folder, 'cert.pem'), TLS_KEY: join(folder, 'key.pem') };
    await Promise.all([writeFile(settings.TLS_CERT as string, cert), writeFile(settings.TLS_KEY as string, key)]);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const basic = (password: string) => `Basic ${Buffer.from(`analyst:${password}`).toString('base64')}`;
  const ask = (url: string, authorization?: string): Promise<{ status?: number; challenge?: string; text: string }> =>
    new Promise((resolve, reject) => {
      const headers = authorization === undefined ? {} : { authorization };
      const sent = request(url, { rejectUnauthorized: false, headers }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () =>
          resolve({ status: response.statusCode, challenge: response.headers['www-authenticate'], text }),
        );
      });
      sent.on('error', reject).end();
    });

  test('Over TLS one that the command line printed reads at the REST door, and is good for nothing else', async () => {
    const secured = await startTestServer({ ...settings, BASIC_AUTH: 'true' });
    try {
      const env = { DATABASE_URL: `file:${join(secured.folder, 'callrecords.sqlite')}` };
      const { stdout, status } = await run(['token', '--as-password'], { env });
      const password = stdout.trim();
      expect({ status, isShort: password.length < 400 }).toEqual({ status: 0, isShort: true });
      const url = `${secured.url}/v1.0/communications/callRecords`;
      expect((await ask(url, basic(password))).status).toBe(200);
      expect((await ask(`${secured.url}/v1.0/`, basic(password))).challenge).toBeUndefined();
      expect((await ask(url, `Bearer ${password}`)).status).toBe(401);
      expect((await ask(`${secured.url}/graphql?query=%7B__typename%7D`, basic(password))).status).toBe(401);
      expect((await ask(url, basic(secured.token))).status).toBe(401);
      const without = await ask(url);
      expect([without.status, without.challenge]).toEqual([401, 'Bearer, Basic realm="call records", charset="UTF-8"']);
      const key = await loadDevelopmentKey(join(secured.folder, 'development-key.json'));
      const expired = await mintToken(key, {
        roles: ['CallRecords.Read.All'],
        expiresInSeconds: -3600,
        isPassword: true,
      });
      expect(await ask(url, basic(expired))).toMatchObject({ status: 401, text: expect.stringContaining('expired') });
      expect(await ask(url, basic('a b'))).toMatchObject({
        status: 401,
        text: expect.stringContaining('--as-password'),
      });
    } finally {
      await secured.end();
    }
  });

  test('They are refused where they are off, and over http, each with a message that says so', async () => {
    const refused = async (at: TestServer) => {
      const key = await loadDevelopmentKey(join(at.folder, 'development-key.json'));
      const password = await mintToken(key, {
        roles: ['CallRecords.Read.All'],
        expiresInSeconds: 60,
        isPassword: true,
      });
      const answer = await call(at, 'GET', COLLECTION, { token: null, headers: { authorization: basic(password) } });
      return { ...errorOf(answer), challenge: answer.headers.get('www-authenticate') };
    };
    expect(await refused(server)).toMatchObject({ status: 401, message: expect.stringContaining('BASIC_AUTH is off') });
    const open = await startTestServer({ BASIC_AUTH: 'true' });
    try {
      const { status, message, challenge } = await refused(open);
      expect({ status, message }).toEqual({ status: 401, message: expect.stringContaining('over https only') });
      expect(challenge).not.toContain('Basic');
    } finally {
      await open.end();
    }
  });

  test('They do not go with an issuer, whose tokens alone count', () => {
    expect(() => readConfig({ BASIC_AUTH: 'true', AUTH_ISSUER: 'https://issuer.example' })).toThrow(
      /^BASIC_AUTH=true: /,
    );
  });
});

test('What Power Query sends with every request is taken: versions of OData, and an Accept of its own', async () => {
  const headers = {
    accept:
      'application/json;odata.metadata=minimal;q=1.0,application/json;odata=minimalmetadata;q=0.9,application/atomsvc+xml;q=0.8,application/atom+xml;q=0.8,application/xml;q=0.7,text/plain;q=0.7',
    ...{ 'odata-maxversion': '4.0', maxdataserviceversion: '3.0', 'accept-charset': 'UTF-8' },
  };
  const versionOf = async (url: string) => {
    const answer = await get(server, url, headers);
    return [answer.status, answer.headers.get('odata-version')];
  };
  for (const url of [
    '/v1.0/',
    METADATA,
    listUrl({ $top: '1000', $skip: '0', $count: 'true', $select: 'id,startDateTime' }),
  ])
    expect([url, await versionOf(url)]).toEqual([url, [200, '4.0']]);
  expect((await asXml()).Version).toBe('4.0');
  const { status, message } = errorOf(await get(server, COLLECTION, { 'odata-maxversion': '3.0' }));
  expect([status, message]).toEqual([400, expect.stringContaining('OData 4.0')]);
});
