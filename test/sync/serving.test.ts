import { setTimeout as wait } from 'node:timers/promises';
import { type TestServer, startTestServer } from '../support/harness.js';
import { FakeGraph, postJson } from '../support/fake-graph.js';
import { expectedOf, fakeRecord, heldIn, recordId } from '../support/syncing.js';

const STATUS =
  '{ syncStatus { lastSuccessAt coveredFrom coveredUntil waiting failed lastError subscriptionExpiresAt } }';

let graph: FakeGraph;
let server: TestServer | undefined;
beforeEach(async () => {
  graph = await new FakeGraph().start();
});
afterEach(async () => {
  await server?.end();
  server = undefined;
  await graph.stop();
});

/** Resolves when a condition holds. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (await condition()) return;
    await wait(25);
  }
  throw new Error('It did not come to that.');
}

const isThere = async (number: number, version = 1) => {
  const { data } = (await server?.ask(`{ callRecord(id: "${recordId(number)}") { version } }`)) ?? {};
  return (data as { callRecord: { version: number } | null }).callRecord?.version === version;
};

/** A server that Graph reaches at its own port, known beforehand. */
async function serveWithReceiver(): Promise<TestServer> {
  const { freePort } = await import('../support/postgres.js');
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  return startTestServer(graph.settings({ PORT: String(port), GRAPH_NOTIFICATION_URL: address }));
}

describe('A server with the settings of a tenant', () => {
  it('fetches by itself, tells in syncStatus and /metrics how far it has come, and is ready also where Graph is not', async () => {
    graph.put(fakeRecord(1), fakeRecord(2, { hoursAgo: 300 }));
    graph.fault = ({ url }) => (url.includes(`callRecords/${recordId(2)}`) ? { status: 400, body: '{}' } : null);
    server = await startTestServer(graph.settings());
    const running = server;
    const status = async () => (await running.ask(STATUS)).data.syncStatus;
    await until(async () => (await status()).lastSuccessAt !== null);
    const now = Date.now();
    expect(await isThere(1)).toBe(true);
    const { lastSuccessAt, coveredFrom, coveredUntil, ...rest } = await status();
    expect(rest).toEqual({ waiting: 0, failed: 1, lastError: null, subscriptionExpiresAt: null });
    expect(Math.abs(now - Date.parse(lastSuccessAt))).toBeLessThan(60_000);
    expect(Math.abs(now - Date.parse(coveredUntil))).toBeLessThan(60_000);
    expect(Math.abs(now - 30 * 86_400_000 - Date.parse(coveredFrom))).toBeLessThan(60_000);
    const metrics = await (await fetch(`${running.url}/metrics`)).text();
    expect(metrics).toMatch(/^callrecords_sync_failed_records 1$/m);
    expect(metrics).toMatch(/^callrecords_sync_waiting_records 0$/m);
    expect(metrics).toMatch(/^callrecords_sync_lag_seconds 1[78]\d\d\d/m);
    expect(metrics).toMatch(/^callrecords_sync_requests_total \d\d/m);
    const delegated = await running.mint({ user: recordId(1) });
    expect((await running.ask(STATUS, {}, delegated)).errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    await graph.stop();
    expect((await fetch(`${running.url}/health/ready`)).status).toBe(200);
  });

  it('has Graph announce calls, fetches those, and looks at nothing that does not bear the secret', async () => {
    server = await serveWithReceiver();
    await until(() => graph.subscriptions.size === 1);
    await until(async () => (await server?.ask(STATUS))?.data.syncStatus.subscriptionExpiresAt !== null);
    const [subscription] = [...graph.subscriptions.values()];
    expect(subscription).toMatchObject({ changeType: 'updated', resource: '/communications/callRecords' });
    graph.put(fakeRecord(1), fakeRecord(2));
    const ids = [recordId(1), recordId(1).toUpperCase(), 'no guid', recordId(3)];
    expect(await graph.notify([recordId(2)], { clientState: 'guessed' })).toEqual([202]);
    expect(await graph.notify(ids)).toEqual([202]);
    await until(() => isThere(1));
    expect(await isThere(2)).toBe(false);
    expect(graph.asked(new RegExp(`callRecords/${recordId(2)}`))).toEqual([]);
    expect(await server.store.sync.count()).toEqual({ waiting: 1, failed: 0 });
    graph.put(fakeRecord(1, { version: 2, people: 3 }));
    await graph.notify([recordId(1)]);
    await until(() => isThere(1, 2));
    graph.records.delete(recordId(2));
    expect(await heldIn(server.store)).toEqual(expectedOf(graph.records.values()));
  });

  it('makes the subscription anew where Graph has removed it, with the same secret, and lists what may be lost', async () => {
    server = await serveWithReceiver();
    await until(async () => (await server?.ask(STATUS))?.data.syncStatus.subscriptionExpiresAt !== null);
    const [first] = [...graph.subscriptions.values()];
    graph.subscriptions.clear();
    graph.put(fakeRecord(1));
    const body = { value: [{ clientState: first?.clientState, lifecycleEvent: 'subscriptionRemoved' }] };
    expect(await postJson(first?.lifecycleNotificationUrl as string, body)).toBe(202);
    await until(() => graph.subscriptions.size === 1);
    expect([...graph.subscriptions.values()][0]?.clientState).toBe(first?.clientState);
    await until(() => isThere(1));
  });

  it('authorizes the subscription anew when Graph wants it', async () => {
    server = await serveWithReceiver();
    await until(async () => (await server?.ask(STATUS))?.data.syncStatus.subscriptionExpiresAt !== null);
    const [first] = [...graph.subscriptions.values()];
    const body = { value: [{ clientState: first?.clientState, lifecycleEvent: 'reauthorizationRequired' }] };
    expect(await postJson(first?.lifecycleNotificationUrl as string, body)).toBe(202);
    await until(() => graph.asked(new RegExp(`subscriptions/${first?.id}`), 'PATCH').length === 1);
    expect(graph.subscriptions.size).toBe(1);
  });

  it('answers a validation with the token as plain text, and a body that is no JSON with 400', async () => {
    server = await startTestServer(graph.settings());
    for (const path of ['notifications', 'lifecycle']) {
      const token = 'Validation: <b>1 & 2</b> + "ä"';
      const asked = `${server.url}/graph/${path}?validationToken=${encodeURIComponent(token)}`;
      const answer = await fetch(asked, { method: 'POST', headers: { 'content-type': 'text/plain' } });
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/plain']);
      expect(await answer.text()).toBe(token);
      const body = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"value":' };
      expect((await fetch(`${server.url}/graph/${path}`, body)).status).toBe(400);
    }
  });
});

test('A server without the settings has no receiver, and syncStatus is null', async () => {
  server = await startTestServer();
  expect((await server.ask(STATUS)).data).toEqual({ syncStatus: null });
  expect((await fetch(`${server.url}/graph/notifications`, { method: 'POST' })).status).toBe(404);
});
