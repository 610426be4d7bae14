import { printSubgraphSdl } from '../../src/graphql/schema.js';
import { compose } from '../support/composing.js';
import { type StreamingGateway, startHiveGateway } from '../support/gateways.js';
import { CREATE, createInput, startTestServer, type TestServer } from '../support/harness.js';
import { FOLLOW } from '../support/following.js';

let server: TestServer;
let gateway: StreamingGateway;
beforeAll(async () => {
  server = await startTestServer();
  const ours = { name: 'callrecords', url: `${server.url}/graphql`, sdl: await printSubgraphSdl() };
  gateway = await startHiveGateway(compose([ours]).supergraphSdl);
});
afterAll(async () => {
  await gateway.stop();
  await server.end();
});

test('A subscription through Hive Gateway tells changes as they are committed, and goes on from a cursor', async () => {
  const follow = async (after: string | null) => {
    const response = await gateway.open(FOLLOW, { after }, server.token);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const decoder = new TextDecoder();
    let text = '';
    const until = async (part: string) => {
      while (!text.includes(part)) {
        const { done, value } = await reader.read();
        if (done) throw new Error(`It ended: ${text}`);
        text += decoder.decode(value, { stream: true });
      }
      return text;
    };
    return { until, stop: () => reader.cancel() };
  };
  const first = await follow(null);
  const [, cursor = ''] = /"cursor":"(\w+)"/.exec(await first.until('CHECKPOINT')) ?? [];
  const { data } = await server.ask(CREATE, { input: createInput() });
  const { id } = data.createCallRecord as { id: string };
  await first.until(id);
  await first.stop();
  const again = await follow(cursor);
  await again.until(id);
  await again.stop();
});
