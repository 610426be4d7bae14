import { readFileSync } from 'node:fs';
import { guid, importAll, importRecord, storePayloads } from '../support/asking.js';
import { createInput, startTestServer, type TestServer } from '../support/harness.js';
import { call, COLLECTION, errorOf, get, listUrl, type RestAnswer } from '../support/calling.js';

const RECORDS = 7;
const UNKNOWN = '11111111-2222-4333-8444-555555555555';
const fixture = (name: string): object =>
  JSON.parse(readFileSync(new URL(`../fixtures/graph/${name}.json`, import.meta.url), 'utf8')) as object;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  const records = Array.from({ length: RECORDS }, (_, index) =>
    importRecord(index + 1, { modalities: index % 2 ? ['audio'] : ['video'] }),
  );
  await importAll(server, records);
});
afterAll(() => server.end());

const list = (options: Record<string, string> = {}, headers: Record<string, string> = {}): Promise<RestAnswer> =>
  get(server, listUrl(options), headers);
const ids = (answer: RestAnswer): string[] => (answer.json.value as { id: string }[]).map(({ id }) => id);
const numbers = (...all: number[]) => all.map((number) => guid(number));

/** The ids on all pages, by next links as they are. */
async function follow(first: RestAnswer, headers: Record<string, string> = {}): Promise<string[][]> {
  const pages = [ids(first)];
  let next = first.json['@odata.nextLink'] as string | undefined;
  while (next !== undefined && pages.length < 20) {
    const answer = await get(server, next, headers);
    pages.push(ids(answer));
    next = answer.json['@odata.nextLink'] as string | undefined;
  }
  return pages;
}

describe('The collection', () => {
  test('Records come newest start first, with their context and without participants_v2', async () => {
    const answer = await list();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe(
      'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8',
    );
    expect(answer.headers.get('odata-version')).toBe('4.0');
    expect(Object.keys(answer.json)).toEqual(['@odata.context', 'value']);
    expect(answer.json['@odata.context']).toBe(`${server.url}/v1.0/$metadata#communications/callRecords`);
    expect(ids(answer)).toEqual(numbers(7, 6, 5, 4, 3, 2, 1));
    expect(Object.keys(answer.json.value[0]).sort()).toEqual(
      [
        'id',
        'version',
        'type',
        'modalities',
        'startDateTime',
        'endDateTime',
        'lastModifiedDateTime',
        'joinWebUrl',
        'organizer',
        'participants',
        'organizer_v2',
      ].sort(),
    );
  });

  test('$top is the size of a page; next links lead to the rest, options and all, and end', async () => {
    const options = {
      $top: '3',
      $select: 'version',
      $filter: "modalities/any(m:m eq 'video')",
      $orderby: 'endDateTime',
    };
    const first = await list(options);
    expect(await follow(first)).toEqual([numbers(1, 3, 5), numbers(7)]);
    const next = new URL(first.json['@odata.nextLink'] as string);
    expect(`${next.origin}${next.pathname}`).toBe(`${server.url}${COLLECTION}`);
    expect(next.searchParams.get('$select')).toBe('version');
  });

  test('Prefer: odata.maxpagesize caps a page, and is said to be applied', async () => {
    const headers = { prefer: 'respond-async, odata.maxpagesize=3' };
    const first = await list({}, headers);
    expect(first.headers.get('preference-applied')).toBe('odata.maxpagesize=3');
    expect(first.headers.get('vary')).toContain('Prefer');
    expect(await follow(first, headers)).toEqual([numbers(7, 6, 5), numbers(4, 3, 2), numbers(1)]);
    const large = await list({}, { prefer: 'maxpagesize=100000' });
    expect([ids(large).length, large.headers.get('preference-applied')]).toEqual([RECORDS, 'odata.maxpagesize=500']);
    expect(ids(await list({ $top: '2' }, headers))).toHaveLength(2);
  });

  test('Without a size a page holds 60 records', async () => {
    const many = await startTestServer();
    try {
      await importAll(
        many,
        Array.from({ length: 61 }, (_, index) => importRecord(index + 1)),
      );
      const first = await get(many, COLLECTION);
      expect(first.json.value).toHaveLength(60);
      expect((await get(many, first.json['@odata.nextLink'] as string)).json.value).toHaveLength(1);
    } finally {
      await many.end();
    }
  });

  test('$count=true counts all that match, whatever the page', async () => {
    const answer = await list({ $count: 'true', $top: '1', $filter: "modalities/any(m:m eq 'video')" });
    expect(answer.json['@odata.count']).toBe(4);
    const none = await list({ $count: 'true', $top: '0' });
    expect([none.json['@odata.count'], none.json.value, none.json['@odata.nextLink']]).toEqual([
      RECORDS,
      [],
      undefined,
    ]);
  });

  test('$select sends what is selected, and the id', async () => {
    const answer = await list({ $select: 'version, startDateTime', $top: '1' });
    expect(answer.json['@odata.context']).toMatch(/#communications\/callRecords\(version,startDateTime\)$/);
    expect(answer.json.value).toEqual([{ id: guid(7), version: 1, startDateTime: '2026-01-15T12:07:00Z' }]);
  });

  test('$expand=participants_v2 brings the participants of each record', async () => {
    const [record] = (await list({ $expand: 'participants_v2', $top: '1' })).json.value as {
      participants_v2: unknown[];
    }[];
    expect(record?.participants_v2).toHaveLength(2);
  });

  test.each<[string, number[]]>([
    ['startDateTime ge 2026-01-15T12:03:00Z and startDateTime lt 2026-01-15T12:05:00Z', [4, 3]],
    [`id in ('${guid(2)}','${guid(9)}')`, [2]],
    ['not startDateTime gt 2026-01-15T12:02:00Z', [2, 1]],
    ["participants_v2/any(p:p/id eq '+14255550123') and startDateTime le 2026-01-15T14:01:00+02:00", [1]],
    ["organizer/user/id eq '821809F5-0000-0000-0000-3b5136c0e777' and not (type eq 'peerToPeer')", []],
  ])('$filter=%s', async ($filter, expected) => expect(ids(await list({ $filter }))).toEqual(numbers(...expected)));

  test('$filter works with spaces written as +, and an option without its $', async () => {
    expect(ids(await get(server, `${COLLECTION}?filter=startDateTime+lt+2026-01-15T12:02:00Z&other=1`))).toEqual([
      guid(1),
    ]);
  });
});

describe('An option that is not supported, or wrong, is a 400 that says so', () => {
  test.each<[string, string, RegExp]>([
    ['$search=10', '$search', /Not supported here; supported are \$select/],
    ['$search="x"', '$search', /Not supported/],
    ['$deltatoken=latest', '$deltatoken', /Not supported/],
    ['$top=2&$TOP=3', '$TOP', /more than once/],
    ['$top=-1', '$top', /whole number/],
    ['$top=many', '$top', /whole number/],
    ['$count=yes', '$count', /true or false/],
    ['$orderby=type', '$orderby', /startDateTime, endDateTime, lastModifiedDateTime/],
    ['$orderby=startDateTime%20desc,id', '$orderby', /Expected one of/],
    ['$select=id,subject', '$select', /"subject" is not supported/],
    ['$select=ID', '$select', /"ID" is not supported/],
    ['$select=', '$select', /"" is not supported/],
    [
      '$expand=media',
      '$expand',
      /"media" is not supported here; supported are organizer_v2, participants_v2, sessions/,
    ],
    ['$expand=sessions($expand=media)', '$expand', /"media" is not supported here; supported are segments/],
    ['$expand=sessions($select=media)', '$select', /"media" is not supported/],
    ['$expand=sessions($top=1)', '$expand', /In sessions\(…\) "\$top" is not supported/],
    ['$expand=participants_v2($expand=identity)', '$expand', /there is nothing to expand/],
    ['$expand=sessions,sessions($expand=segments)', '$expand', /more than once/],
    ['$expand=sessions(', '$expand', /"sessions\(" is not supported/],
    ['$expand=', '$expand', /"" is not supported/],
    ['$skiptoken=abc', '$skiptoken', /not a token of this list/],
    ['$filter=', '$filter', /At character 1/],
    ['=participants_v2', '', /shell/],
    ['=startDateTime%20ge%202026-01-15T12:03:00Z', '', /shell/],
  ])('%s', async (query, target, message) => {
    const answer = errorOf(await get(server, `${COLLECTION}?${query}`));
    expect([answer.status, answer.code, answer.target ?? '']).toEqual([400, 'BadRequest', target]);
    expect(answer.message).toMatch(message);
  });

  test('All that is wrong is told at once', async () => {
    const answer = errorOf(await get(server, `${COLLECTION}?$top=x&$filter=id&$orderby=type&$expand=media`));
    expect(Object.keys(answer.details)).toEqual(['$orderby', '$expand', '$filter', '$top']);
  });

  test('A filter of more than 100 conditions is refused', async () => {
    const $filter = Array.from({ length: 101 }, () => "id eq 'a'").join(' or ');
    expect(errorOf(await list({ $filter })).details).toEqual({ $filter: 'maximum' });
  });

  test('A token of another order is no token of this list', async () => {
    const first = await list({ $top: '1', $orderby: 'endDateTime' });
    const token = new URL(first.json['@odata.nextLink'] as string).searchParams.get('$skiptoken') as string;
    expect(errorOf(await list({ $skiptoken: token })).target).toBe('$skiptoken');
  });

  test('A query that is not percent-encoded UTF-8 is refused', async () => {
    expect(errorOf(await get(server, `${COLLECTION}?$filter=%ff`)).message).toMatch(/percent-encoded/);
  });
});

test('A slash at the end of a path changes nothing', async () => {
  expect(ids(await get(server, `${COLLECTION}/?$top=1`))).toEqual([guid(7)]);
  for (const path of [`${COLLECTION}/${guid(3)}/`, `${COLLECTION}('${guid(3)}')/`])
    expect((await get(server, path)).json.id).toBe(guid(3));
});

describe('A record by its id', () => {
  test.each([
    (id: string) => `${COLLECTION}/${id}`,
    (id: string) => `${COLLECTION}/${id.toUpperCase()}`,
    (id: string) => `/communications/callRecords/${id}`,
    (id: string) => `/communications/callRecords('${id}')`,
    (id: string) => `${COLLECTION}(%27${id}%27)?$select=id`,
    (id: string) => `${COLLECTION}%28%27${id}%27%29`,
    (id: string) => `${COLLECTION}(id='${id}')`,
  ])('It is found: %s', async (path) => {
    const answer = await get(server, path(guid(3)));
    expect([answer.status, answer.json.id]).toEqual([200, guid(3)]);
  });

  test.each([UNKNOWN, 'x', 'x'.repeat(300), `${UNKNOWN}/participants_v2`, `${guid(3)}/media`])(
    '%s is 404',
    async (path) => {
      expect(errorOf(await get(server, `${COLLECTION}/${path}`))).toMatchObject({ status: 404, code: 'NotFound' });
    },
  );

  test('organizer_v2 and participants_v2 stand beside organizer and participants', async () => {
    const { json } = await get(server, `${COLLECTION}/${guid(3)}`);
    expect(json['@odata.type']).toBe('#microsoft.graph.callRecords.callRecord');
    expect(json.organizer_v2.identity).toEqual(json.organizer);
    expect(json.participants_v2.map(({ identity }: { identity: object }) => identity)).toEqual(json.participants);
    expect(json.participants_v2[1].id).toBe('+14255550123');
  });

  test('Participants that were never fetched are absent, and those of whom there are none are an empty list', async () => {
    const { value } = fixture('11-list-page-3-last') as { value: [{ id: string }] };
    await storePayloads(server, value);
    const created = await call(server, 'POST', COLLECTION, { body: createInput({ participants: [] }) });
    for (const query of ['', '?$select=participants&$expand=participants_v2']) {
      const unknown = (await get(server, `${COLLECTION}/${value[0].id}${query}`)).json;
      expect(unknown).not.toHaveProperty('participants');
      expect(unknown).not.toHaveProperty('participants_v2');
      const none = (await get(server, `${COLLECTION}/${created.json.id}${query}`)).json;
      expect([none.participants, none.participants_v2]).toEqual([[], []]);
    }
    const page = await get(server, `${COLLECTION}/${value[0].id}/participants_v2?$count=true`);
    expect([page.status, page.json['@odata.count'], page.json.value]).toEqual([200, 0, []]);
    for (const { id } of [value[0], created.json]) await server.store.delete(id as string);
  });

  test('$select leaves the rest out, and $expand comes on top', async () => {
    const { json } = await get(server, `${COLLECTION}/${guid(3)}?$select=version&$expand=participants_v2`);
    expect(json['@odata.context']).toMatch(/callRecords\(version,participants_v2\(\)\)\/\$entity$/);
    expect(Object.keys(json).filter((name) => !name.includes('@'))).toEqual(['id', 'version', 'participants_v2']);
  });

  test('Its participants have a page of their own, with $top, $select, $count and next links', async () => {
    const first = await get(server, `${COLLECTION}('${guid(3)}')/participants_v2?$top=1&$count=true&$select=id`);
    expect(first.json).toMatchObject({ '@odata.count': 2, value: [{ id: '821809f5-0000-0000-0000-3b5136c0e777' }] });
    const second = await get(server, first.json['@odata.nextLink'] as string);
    expect(second.json.value).toEqual([{ id: '+14255550123' }]);
    expect(second.json).not.toHaveProperty('@odata.nextLink');
    const wrong = await get(server, `${COLLECTION}/${guid(3)}/participants_v2?$select=x&$top=-1&$count=1&$skiptoken=x`);
    const rules = { $select: 'unknown', $top: 'type', $count: 'type', $skiptoken: 'cursor' };
    expect(errorOf(wrong).details).toEqual(rules);
    const broken = await get(server, `${COLLECTION}/${guid(3)}/participants_v2?$skiptoken=xyz`);
    expect(errorOf(broken).target).toBe('$skiptoken');
  });

  test('A meeting of 143 brings 130 and a nested next link that leads to the others', async () => {
    const [first, second] = ['03-group-call-large', '03-group-call-large-participants-page-2'].map(fixture) as [
      { id: string; participants_v2: object[] },
      { value: object[] },
    ];
    const whole = {
      ...first,
      participants_v2: [...first.participants_v2, ...second.value],
      'participants_v2@odata.nextLink': undefined,
    };
    await storePayloads(server, [whole]);
    const { json } = await get(server, `${COLLECTION}/${first.id}?$expand=participants_v2`);
    expect(json.participants_v2).toHaveLength(130);
    const rest = await get(server, json['participants_v2@odata.nextLink'] as string);
    expect(rest.json.value).toHaveLength(13);
    expect(rest.json).not.toHaveProperty('@odata.nextLink');
    const all = [...json.participants_v2, ...rest.json.value].map(({ id }: { id: string }) => id);
    expect(all).toEqual(whole.participants_v2.map((entity) => (entity as { id: string }).id));
    await server.store.delete(first.id);
  });

  test('HEAD tells what GET would, without the body', async () => {
    const head = await call(server, 'HEAD', `${COLLECTION}/${guid(3)}`);
    const whole = await get(server, `${COLLECTION}/${guid(3)}`);
    expect([head.status, head.text]).toEqual([200, '']);
    expect(head.headers.get('content-length')).toBe(whole.headers.get('content-length'));
  });
});

describe('The form of an answer', () => {
  const url = `${COLLECTION}/${guid(1)}`;

  test('Prefer: omit-values=nulls leaves nulls out', async () => {
    expect((await get(server, url)).json.joinWebUrl).toBeNull();
    const answer = await get(server, url, { prefer: 'omit-values=nulls' });
    expect(answer.json).not.toHaveProperty('joinWebUrl');
    expect(answer.headers.get('preference-applied')).toBe('omit-values=nulls');
  });

  test('Prefer: omit-values=nulls leaves out what is empty too, as Graph does, but no page and no item of a list', async () => {
    const id = '00000000-0000-4000-8000-0000000000aa';
    const empty = { id, organizer: null, participants: [], modalities: [] };
    await storePayloads(server, [{ ...importRecord(1), ...empty, recap: { by: null }, hops: [{}] }]);
    const headers = { prefer: 'omit-values=nulls' };
    const { json } = await get(server, `${COLLECTION}/${id}`, headers);
    for (const name of ['organizer', 'participants', 'participants_v2', 'modalities', 'recap'])
      expect(json).not.toHaveProperty(name);
    expect(json.hops).toEqual([{}]);
    expect((await get(server, `${COLLECTION}/${id}/participants_v2`, headers)).json.value).toEqual([]);
    await call(server, 'DELETE', `${COLLECTION}/${id}`);
  });

  test('IEEE754Compatible=true makes 64-bit integers text, counts included', async () => {
    const headers = { accept: 'application/json;IEEE754Compatible=true' };
    const answer = await get(server, url, headers);
    expect(answer.json.version).toBe('1');
    expect(answer.headers.get('content-type')).toContain('IEEE754Compatible=true');
    expect((await list({ $count: 'true', $top: '0' }, headers)).json['@odata.count']).toBe(String(RECORDS));
  });

  test.each([
    '*/*, application/json;IEEE754Compatible=true',
    'application/json;q=0.5, application/json;IEEE754Compatible=true',
  ])('Accept: %s counts by its most specific range, and of equals by the one with most weight', async (accept) =>
    expect((await get(server, url, { accept })).json.version).toBe('1'),
  );

  test('odata.metadata=none leaves control information out', async () => {
    const answer = await get(server, url, { accept: 'application/json;odata.metadata=none' });
    expect(answer.text).not.toContain('@odata.');
    const page = await get(server, listUrl({ $top: '1', $count: 'true' }), {
      accept: 'application/json;odata.metadata=none',
    });
    expect(Object.keys(page.json)).toEqual(['@odata.count', '@odata.nextLink', 'value']);
  });

  test.each(['*/*', 'application/*', 'application/json', 'text/html, application/json;odata.metadata=full;q=0.5', ''])(
    'Accept: %s is answered',
    async (accept) => expect((await get(server, url, { accept })).status).toBe(200),
  );

  test('Accept without JSON is 406, unless $format=json; another $format is 406 too', async () => {
    expect(errorOf(await get(server, url, { accept: 'text/html' }))).toMatchObject({
      status: 406,
      code: 'NotAcceptable',
    });
    for (const accept of ['application/json;q=0, text/html', '*/*, application/json;q=0'])
      expect(errorOf(await get(server, url, { accept })).status).toBe(406);
    expect((await get(server, `${url}?$format=json`, { accept: 'text/html' })).status).toBe(200);
    expect(errorOf(await get(server, `${url}?$format=atom`)).status).toBe(406);
  });

  test('A client that knows OData 3 only is refused', async () => {
    expect(errorOf(await get(server, url, { 'odata-maxversion': '3.0' })).message).toMatch(/OData 4/);
    expect((await get(server, url, { 'odata-maxversion': '4.01' })).status).toBe(200);
  });
});

describe('Entity tags', () => {
  const url = `${COLLECTION}/${guid(2)}`;
  const etag = async (path = url, headers = {}) => (await get(server, path, headers)).headers.get('etag') as string;

  test('If-None-Match with the tag of this answer is 304, with that of another form of it 200', async () => {
    const tag = await etag();
    expect(tag).toMatch(/^W\/"/);
    const same = await get(server, url, { 'if-none-match': `"x", ${tag}` });
    expect([same.status, same.text, same.headers.get('etag')]).toEqual([304, '', tag]);
    const strong = { 'if-none-match': tag.slice('W/'.length) };
    expect((await get(server, url, strong)).status).toBe(304);
    expect((await get(server, `${url}?$select=id`, { 'if-none-match': tag })).status).toBe(200);
    expect((await get(server, url, { 'if-none-match': tag, prefer: 'omit-values=nulls' })).status).toBe(200);
  });

  test('If-Match on DELETE: 412 for a state of the record that is past, 204 for the present one', async () => {
    const past = await etag();
    await importAll(server, [importRecord(2, { version: 2 })]);
    const refused = await call(server, 'DELETE', url, { headers: { 'if-match': past } });
    expect(errorOf(refused)).toMatchObject({ status: 412, code: 'PreconditionFailed' });
    expect((await get(server, url)).status).toBe(200);
    const present = await etag(`${url}?$select=version`);
    expect((await call(server, 'DELETE', url, { headers: { 'if-match': present } })).status).toBe(204);
    expect((await get(server, url)).status).toBe(404);
    await importAll(server, [importRecord(2)]);
  });
});

describe('Entity tags of a record whose sessions come later', () => {
  const url = `${COLLECTION}/${guid(98)}`;
  const whole = `${url}?$expand=sessions($expand=segments)`;
  const etag = async (path: string) => (await get(server, path)).headers.get('etag') as string;
  const remove = (tag: string) => call(server, 'DELETE', url, { headers: { 'if-match': tag } });

  test('If-Match on DELETE is 412 for a tag from before, however it was read, and 204 for one from after', async () => {
    const record = importRecord(98);
    await storePayloads(server, [record]);
    const before = [await etag(url), await etag(whole)];
    expect([await etag(url), await etag(whole)]).toEqual(before);
    await storePayloads(server, [record]);
    expect([await etag(url), await etag(whole)]).toEqual(before);
    await storePayloads(server, [{ ...record, sessions: [{ id: 's', segments: [] }] }]);
    for (const tag of [...before, '"x"']) expect(errorOf(await remove(tag)).status).toBe(412);
    expect((await remove(await etag(url))).status).toBe(204);
    await storePayloads(server, [record]);
    expect((await remove(`"x", ${await etag(whole)}`)).status).toBe(204);
    await storePayloads(server, [record]);
    expect((await remove('*')).status).toBe(204);
  });
});

describe('DELETE', () => {
  test('A record is deleted with 204, and is then 404 at both doors', async () => {
    await importAll(server, [importRecord(99)]);
    const url = `${COLLECTION}('${guid(99)}')`;
    const answer = await call(server, 'DELETE', url);
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(errorOf(await call(server, 'DELETE', url)).status).toBe(404);
    expect(
      (await server.ask('query ($id: ID!) { callRecord(id: $id) { id } }', { id: guid(99) })).data.callRecord,
    ).toBeNull();
  });
});
