import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { databases, ended, serve, type Serving } from './serving.js';

const places = databases();

interface Reply {
  status: number;
  text: string;
}

/** One connection, which stays with the process that took it. */
class Connection {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(private readonly server: Serving) {}

  ask(query: string): Promise<Reply> {
    return this.send('/graphql', 'POST', JSON.stringify({ query }));
  }

  send(path: string, method = 'GET', body?: string): Promise<Reply> {
    const headers = { authorization: `Bearer ${this.server.token}`, 'content-type': 'application/json' };
    return new Promise((resolve, reject) => {
      const sent = request(`${this.server.url}${path}`, { method, headers, agent: this.agent }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      });
      sent.on('error', reject).end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

/** A connection to each worker: the others are stopped while it is made. */
async function connections(server: Serving): Promise<Connection[]> {
  const made: Connection[] = [];
  for (const worker of server.workers) {
    const others = server.workers.filter((one) => one !== worker);
    const connection = new Connection(server);
    others.forEach((one) => process.kill(one, 'SIGSTOP'));
    expect((await connection.send('/health/live')).status).toBe(200);
    others.forEach((one) => process.kill(one, 'SIGCONT'));
    made.push(connection);
  }
  return made;
}

const POINT = '{ callRecord(id: "x") { id } }';
/** A second's budget in one request. */
const LIMITS = { RATE_LIMIT: '1000', MAX_PAGE_SIZE: '49950', MAX_RECORDS: '49950' };
const BUDGET = '{ callRecords(first: 49950) { nodes { id } } }';

/** Spends a whole budget at one place until that is noticed at another, where hardly anything was spent, in the same second. */
async function expectRefusedAtOther(one: Connection, other: Connection): Promise<void> {
  const end = Date.now() + 45_000;
  const statuses = new Set<number>();
  while (!statuses.has(429) && Date.now() < end) {
    await one.ask(BUDGET);
    statuses.add((await other.ask(POINT)).status);
  }
  expect(statuses).toContain(429);
  while ((await other.ask(POINT)).status !== 200) expect(Date.now()).toBeLessThan(end);
}

/** How many requests to /graphql were answered with 200, as a scrape tells. */
async function answered(connection: Connection): Promise<number> {
  const { text } = await connection.send('/metrics');
  return Number(/^http_request_duration_seconds_count\{route="\/graphql",status="200"\} (\d+)$/m.exec(text)?.[1] ?? 0);
}

const ENGINES: [string, () => Promise<Record<string, string>>][] = [
  ['SQLite', async () => ({ DATABASE_URL: `file:${join(places.folder, 'data.sqlite')}` })],
  ['PostgreSQL', () => onPostgres()],
];

async function onPostgres(): Promise<Record<string, string>> {
  return {
    DATABASE_URL: await places.postgres.create(),
    DEVELOPMENT_KEY_FILE: join(places.folder, 'development-key.json'),
  };
}

describe.each(ENGINES)('WORKERS=2 on %s', (_name, settings) => {
  it('refuses in one process a caller who has spent the budget of the second in the other', async () => {
    const server = await serve({ ...(await settings()), ...LIMITS });
    const [one, other] = (await connections(server)) as [Connection, Connection];
    await expectRefusedAtOther(one, other);
    await expectRefusedAtOther(other, one);
    [one, other].forEach((connection) => connection.close());
    expect(await ended(server.child)).toBe(0);
  });

  it('tells in /metrics of either process what both have answered, also after one of them died', async () => {
    const server = await serve(await settings());
    const [one, other] = (await connections(server)) as [Connection, Connection];
    for (const connection of [one, one, one, other]) expect((await connection.ask(POINT)).status).toBe(200);
    expect([await answered(one), await answered(other)]).toEqual([4, 4]);
    process.kill(server.workers[0] as number, 'SIGKILL');
    await server.said(/workers [\d ]+ serve\n/);
    expect((await other.ask(POINT)).status).toBe(200);
    expect(await answered(other)).toBe(5);
    const { text } = await other.send('/metrics');
    // Of the two that are there now, not of three.
    expect(text).toMatch(/^nodejs_version_info\{[^}]*\} 1$/m);
    other.close();
    expect(await ended(server.child)).toBe(0);
  });
});

describe('Two servers on one PostgreSQL', () => {
  it('refuse at one a caller who has spent the budget of the second at the other', async () => {
    const env = { ...(await onPostgres()), ...LIMITS, WORKERS: '1' };
    const servers = await Promise.all([serve(env), serve(env)]);
    const [one, other] = servers.map((server) => new Connection(server)) as [Connection, Connection];
    await expectRefusedAtOther(one, other);
    await expectRefusedAtOther(other, one);
    [one, other].forEach((connection) => connection.close());
    expect(await Promise.all(servers.map(({ child }) => ended(child)))).toEqual([0, 0]);
  });
});
