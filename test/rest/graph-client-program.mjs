/**
 * A program as users of Microsoft Graph write them: their client, told where this server is. Its certificate is trusted
 * through NODE_EXTRA_CA_CERTS. Prints what it saw as JSON.
 */
import graph from '@microsoft/microsoft-graph-client';

const { BatchRequestContent, BatchResponseContent, Client, GraphError, PageIterator } = graph;
const { BASE_URL, TOKEN, BODY, REPEAT } = process.env;

const client = Client.init({
  baseUrl: `${BASE_URL}/`,
  defaultVersion: 'v1.0',
  customHosts: new Set([new URL(BASE_URL).hostname]),
  authProvider: (done) => done(null, TOKEN),
});
const records = () => client.api('/communications/callRecords');

/** Reads the list so often that the caller's budget must run out. */
async function repeat() {
  const lengths = [];
  for (let index = 0; index < Number(REPEAT); index++) lengths.push((await records().top(1).get()).value.length);
  return { lengths };
}

/** Sends a batch made by the client's own class: a read, a record that is not there, and what depends on the first. */
async function batch(id, body) {
  const url = `${BASE_URL}/v1.0/communications/callRecords`;
  const headers = { 'Content-Type': 'application/json' };
  const content = new BatchRequestContent([
    { id: '1', request: new Request(`${url}/${id}?$select=id`) },
    { id: '2', request: new Request(`${url}/00000000-0000-4000-8000-000000000000`), dependsOn: ['1'] },
    { id: '3', request: new Request(url, { method: 'DELETE' }), dependsOn: ['1'] },
    {
      id: '4',
      request: new Request(`${url}?$select=id`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ ...body, type: 'unknown' }),
      }),
      dependsOn: ['1'],
    },
  ]);
  const answers = new BatchResponseContent(await client.api('/$batch').post(await content.getContent())).getResponses();
  const created = await answers.get('4').json();
  await client.api(`/communications/callRecords/${created.id}`).delete();
  return [...answers].map(([key, { status }]) => [key, status]);
}

async function everything() {
  const body = JSON.parse(BODY);
  const created = [];
  for (let version = 1; version <= 5; version++) created.push(await records().post({ ...body, version }));
  const [first] = created;

  const iterated = [];
  const iterator = new PageIterator(client, await records().top(2).select(['id', 'version']).get(), (record) => {
    iterated.push(record.version);
    return true;
  });
  await iterator.iterate();

  const filtered = await records()
    .filter(
      `startDateTime ge ${body.startDateTime} and participants_v2/any(p:p/id eq '${encodeURIComponent(body.participants[1].phone.id)}')`,
    )
    .orderby('startDateTime desc')
    .count(true)
    .get();
  const read = await client.api(`/communications/callRecords/${first.id}`).expand('participants_v2').get();
  const people = await client.api(`/communications/callRecords('${first.id}')/participants_v2`).get();
  const beta = await records().version('beta').top(999).expand('sessions').get();
  const batched = await batch(first.id, body);
  await client.api(`/communications/callRecords/${first.id}`).delete();
  const failure = async (request) => {
    try {
      return await request();
    } catch (error) {
      const { statusCode, code, message, requestId, body: text } = error;
      return {
        isGraphError: error instanceof GraphError,
        statusCode,
        code,
        message,
        requestId,
        body: JSON.parse(text),
      };
    }
  };
  return {
    first,
    iterated,
    counted: filtered['@odata.count'],
    read,
    people: people.value.map(({ id }) => id),
    beta: { context: beta['@odata.context'], count: beta.value.length },
    batched,
    gone: await failure(() => client.api(`/communications/callRecords/${first.id}`).get()),
    refused: await failure(() => records().filter("subject eq 'x'").get()),
    invalid: await failure(() => records().post({ ...body, version: undefined, type: 'party' })),
  };
}

console.log(JSON.stringify(REPEAT === undefined ? await everything() : await repeat()));
