import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { readConfig, SETTINGS } from '../../src/config.js';
import { requireSafe } from '../../src/config/safety.js';
import { createInput, CREATE, post, temporaryFolder } from '../support/harness.js';
import { CLI, run, start } from '../support/run.js';

interface Serving {
  child: ChildProcess;
  url: string;
  token: string | undefined;
  output(): string;
  stop(): Promise<number | null>;
}

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const env = (more: Record<string, string> = {}) => ({
  PORT: '0',
  DATABASE_URL: `file:${join(folder, 'data.sqlite')}`,
  ...more,
});

const serve = (more: Record<string, string> = {}) => serving(start(['serve'], { env: env(more) }));

async function serving(child: ChildProcess): Promise<Serving> {
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  while (!/ {2}data {6}.*\n|"msg":"ready".*\n/.test(output))
    await Promise.race([
      once(child.stdout as never, 'data'),
      once(child, 'exit').then(() => Promise.reject(new Error(output))),
    ]);
  return {
    child,
    url: /(?:ready at |"url":")([^\s"]+)/.exec(output)?.[1] as string,
    token: /token +(\S+)/.exec(output)?.[1],
    output: () => output,
    stop: async () => {
      child.kill('SIGTERM');
      return ((await once(child, 'close')) as [number | null])[0];
    },
  };
}

const BAD: Partial<Record<keyof typeof SETTINGS, string>> = {
  host: '',
  port: '70000',
  databaseUrl: 'mysql://x',
  authIssuer: 'http://issuer.example',
  authAudience: '',
  authJwksUri: 'http://issuer.example/keys',
  developmentKeyFile: '',
  erasureFile: '',
  graphTenantId: 'a tenant',
  graphClientId: '',
  graphClientSecret: '',
  graphClientCertificate: '',
  graphFederatedTokenFile: '',
  allowDevelopmentKey: 'yes',
  corsOrigins: 'https://a.example/path',
  trustProxy: '1',
  logLevel: 'loud',
};

describe('serve', () => {
  it('prints its address, where the data is, and a token with which records are written and read', async () => {
    const server = await serve();
    expect(server.output()).toContain(join(folder, 'data.sqlite'));
    const { data } = await post(
      `${server.url}/graphql`,
      JSON.stringify({ query: CREATE, variables: { input: createInput() } }),
      server.token,
    );
    expect(data.createCallRecord.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(await server.stop()).toBe(0);
  });

  it('finds the data again after a restart, and the tokens issued before still count', async () => {
    const first = await serve();
    const body = JSON.stringify({ query: CREATE, variables: { input: createInput() } });
    const { data } = await post(`${first.url}/graphql`, body, first.token);
    await first.stop();
    const second = await serve();
    const query = JSON.stringify({ query: '{ callRecords { nodes { id } } }' });
    const found = await post(`${second.url}/graphql`, query, first.token);
    expect(found.data.callRecords.nodes).toEqual([{ id: data.createCallRecord.id }]);
    await second.stop();
  });

  it.each(
    Object.entries(SETTINGS)
      .filter(([key]) => key !== 'nodeEnv')
      .map(([key, { name }]) => [name, BAD[key as keyof typeof SETTINGS] ?? 'many']),
  )('does not start with %s=%s, and says so in one line', async (name, value) => {
    const { status, stdout, stderr } = await run(['serve'], { env: env({ [name]: value }) });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^callrecords: ${name}=.*\\n$`));
  });

  it.each([
    ['HOST', '', 'expected a name or an address of this machine, not nothing'],
    ['AUTH_ISSUER', 'https://user:secret@x.example/', 'no user name or password may stand in it'],
    ['AUTH_JWKS_URI', 'https://user:secret@x.example/keys', 'no user name or password may stand in it'],
    ['AUTH_ISSUER', 'https://x.example/?q=1', 'an issuer has no query and no fragment'],
    ['AUTH_ISSUER', 'https://x.example/#f', 'an issuer has no query and no fragment'],
    ['DATABASE_URL', 'postgres://me:1secret/secret=@db.example:5432/calls', 'expected file:PATH or postgres://'],
    ['DATABASE_URL', 'postgres://me:1/secret@db.example/calls', 'expected file:PATH or postgres://'],
    ['DATABASE_URL', 'postgres://me@db.example:x/calls?password=secret', 'expected file:PATH or postgres://'],
  ])('names what is wrong with %s=%s, and shows no password', (name, value, rule) => {
    expect(() => readConfig({ [name]: value })).toThrow(new RegExp(`^${name}=[^\\n]*: ${rule}`));
    expect(() => readConfig({ [name]: value })).not.toThrow(/secret/);
  });

  it('lists every setting with its default in its help', async () => {
    const { stdout } = await run(['serve', '--help']);
    for (const { name, default: value } of Object.values(SETTINGS)) {
      expect(stdout).toMatch(
        new RegExp(`^  ${name} .*${value ? `\\(default: ${value.replace(/[.*]/g, '\\$&')}\\)` : ''}`, 'm'),
      );
    }
  });

  it.each(['localhost', 'LOCALHOST', '127.0.0.2', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1'])(
    'may trust the development key on %s, where only this machine reaches it',
    (HOST) => expect(() => requireSafe(readConfig({ HOST }))).not.toThrow(),
  );

  it.each(['::', '::ffff:10.0.0.7', '127.0.0.256', '127.example', 'localhost.', 'calls.localhost'])(
    'may not trust it on %s, which others may reach',
    (HOST) => expect(() => requireSafe(readConfig({ HOST }))).toThrow(/ALLOW_DEVELOPMENT_KEY/),
  );

  it('does not let others reach a server that trusts the development key, unless told so', async () => {
    const refused = await run(['serve'], { env: env({ HOST: '0.0.0.0' }) });
    expect(refused).toMatchObject({ status: 1, stdout: '' });
    expect(refused.stderr).toMatch(/^callrecords: HOST=0\.0\.0\.0: .*ALLOW_DEVELOPMENT_KEY.*\n$/);
    const allowed = await serve({ HOST: '0.0.0.0', ALLOW_DEVELOPMENT_KEY: 'true' });
    expect(await allowed.stop()).toBe(0);
  });

  it.each(['production', 'Production', ''])(
    'does not start with NODE_ENV=%s and no issuer, and says so in one line, unless told to trust the development key',
    async (value) => {
      const { status, stdout, stderr } = await run(['serve'], { env: env({ NODE_ENV: value }) });
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr).toMatch(new RegExp(`^callrecords: NODE_ENV=${value}: .*AUTH_ISSUER.*ALLOW_DEVELOPMENT_KEY.*\\n$`));
      expect(() => requireSafe(readConfig({ NODE_ENV: value, AUTH_ISSUER: 'https://issuer.example' }))).not.toThrow();
    },
  );

  it('warns at each start of trusting the development key where it does not belong, and nowhere else', async () => {
    const allowed = { ALLOW_DEVELOPMENT_KEY: 'true' };
    for (const _start of [1, 2]) {
      const server = await serve({ ...allowed, NODE_ENV: 'production', HOST: '0.0.0.0' });
      await server.stop();
      expect(server.output()).toMatch(/^warning: NODE_ENV=production: .*ALLOW_DEVELOPMENT_KEY=true/m);
      expect(server.output()).toMatch(/^warning: HOST=0\.0\.0\.0: .*ALLOW_DEVELOPMENT_KEY=true/m);
    }
    const developing = await serve(allowed);
    await developing.stop();
    expect(developing.output()).not.toContain('warning');
  });

  it('shows no token on a page of a server that others can reach, by whatever name it is asked', async () => {
    const server = await serve({ HOST: '0.0.0.0', ALLOW_DEVELOPMENT_KEY: 'true' });
    const { port } = new URL(server.url);
    const pages = ['/', '/explorer'].map(async (path) => (await fetch(`http://localhost:${port}${path}`)).text());
    expect((await Promise.all(pages)).join('')).not.toMatch(/eyJ[\w-]+\./);
    expect(await server.stop()).toBe(0);
  });

  it.each(['production', 'Production', ''])(
    'shows no token with NODE_ENV=%s, neither printed nor on a page',
    async (value) => {
      const server = await serve({ NODE_ENV: value, ALLOW_DEVELOPMENT_KEY: 'true' });
      const pages = await Promise.all(['/', '/explorer'].map(async (path) => (await fetch(server.url + path)).text()));
      expect(`${server.output()}${pages.join('')}`).not.toMatch(/eyJ[\w-]+\./);
      await server.stop();
    },
  );

  it('warns of each of AUTH_ISSUER and AUTH_AUDIENCE that is not set where tokens are those of an issuer', async () => {
    const server = await serve({ AUTH_JWKS_URI: 'https://issuer.example/keys' });
    await server.stop();
    expect(server.output()).toMatch(/^warning: AUTH_ISSUER is not set, /m);
    expect(server.output()).toMatch(/^warning: AUTH_AUDIENCE is not set, /m);
    const checking = await serve({ AUTH_ISSUER: 'https://issuer.example', AUTH_AUDIENCE: 'calls' });
    await checking.stop();
    expect(checking.output()).not.toContain('warning');
  });

  it('writes nothing but JSON lines to standard output in production, one of which tells where it is', async () => {
    const server = await serve({
      NODE_ENV: 'production',
      AUTH_ISSUER: 'https://issuer.example',
      AUTH_AUDIENCE: 'calls',
    });
    await fetch(`${server.url}/health/live`);
    await server.stop();
    const lines = server.output().trimEnd().split('\n');
    const logged = lines.map((line) => JSON.parse(line) as { msg: string });
    expect(logged.slice(-3).map(({ msg }) => msg)).toEqual(['request', 'closing', 'closed']);
    expect(logged.find(({ msg }) => msg === 'ready')).toMatchObject({
      url: server.url,
      graphql: `${server.url}/graphql`,
      data: join(folder, 'data.sqlite'),
    });
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'exits with status 0 at %s though a client has connected and sends nothing, or half of a request',
    async (signal) => {
      const server = await serve();
      const { hostname, port } = new URL(server.url);
      const sockets = ['', 'POST /graphql HTTP/1.1\r\nHost: x\r\n'].map((text) => {
        const socket = connect(Number(port), hostname, () => socket.write(text));
        return socket.on('error', () => undefined);
      });
      await Promise.all(sockets.map((socket) => once(socket, 'connect')));
      // An answer shows that the server has accepted both.
      await (await fetch(`${server.url}/health/live`)).text();
      server.child.kill(signal);
      expect(await once(server.child, 'close')).toEqual([0, null]);
      for (const socket of sockets) socket.destroy();
    },
  );

  it('exits with status 0 though nobody reads the log any more, as after head', async () => {
    const { child } = await serve();
    child.stdout?.destroy();
    child.kill('SIGTERM');
    const cut = setTimeout(() => child.kill('SIGKILL'), 15_000);
    expect(await once(child, 'close')).toEqual([0, null]);
    clearTimeout(cut);
  });

  it('answers what is under way though more signals follow, as from a terminal and from the parent', async () => {
    const server = await serve();
    const body = JSON.stringify({ query: '{ __typename }' });
    const request = httpRequest(`${server.url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
    });
    await new Promise((resolve) => request.write(body.slice(0, 1), resolve));
    const isServing = () =>
      fetch(`${server.url}/health/live`).then(
        ({ ok }) => ok,
        () => false,
      );
    expect(await isServing()).toBe(true);
    for (const signal of ['SIGTERM', 'SIGTERM', 'SIGINT', 'SIGINT'] as const) {
      server.child.kill(signal);
      while (await isServing()) await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const ended = once(server.child, 'close');
    request.end(body.slice(1));
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect(response.resume().statusCode).toBe(200);
    expect(await ended).toEqual([0, null]);
  });

  it('ends with status 0 where npm start is what gets the SIGTERM', async () => {
    const { PATH, HOME } = process.env;
    // What it builds first, other tests are running.
    const args = ['start', '--ignore-scripts', '--no-update-notifier'];
    const server = await serving(spawn('npm', args, { cwd: join(CLI, '../..'), env: { PATH, HOME, ...env() } }));
    expect(await server.stop()).toBe(0);
    await expect(fetch(`${server.url}/health/live`)).rejects.toThrow();
  });

  it('answers 413 to a body of 10 MB that is refused before it is read, and the client gets that answer', async () => {
    const server = await serve();
    const body = Buffer.alloc(10_000_000, ' ');
    const headers = {
      authorization: `Bearer ${server.token}`,
      ...{ 'content-type': 'application/json', 'content-length': body.length },
    };
    for (let attempt = 0; attempt < 10; attempt++) {
      const request = httpRequest(`${server.url}/graphql`, { method: 'POST', headers }).end(body);
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      expect(response.resume().statusCode).toBe(413);
      await once(response, 'end');
    }
    await server.stop();
  });

  it('says in one line that its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const { status, stderr } = await run(['serve'], { env: env({ PORT: String(port) }) });
    other.close();
    expect(status).toBe(1);
    expect(stderr).toMatch(new RegExp(`^callrecords: .*${port}.*\\n$`));
  });

  it('answers what is under way at SIGTERM, then exits with status 0', async () => {
    const server = await serve();
    const writes = Array.from({ length: 40 }, () =>
      post(
        `${server.url}/graphql`,
        JSON.stringify({ query: CREATE, variables: { input: createInput() } }),
        server.token,
      ).then(
        ({ status, data }) => (status === 200 ? (data.createCallRecord.id as string) : null),
        () => null,
      ),
    );
    await Promise.race(writes);
    expect(await server.stop()).toBe(0);
    const acknowledged = (await Promise.all(writes)).filter((id) => id !== null);
    const { stdout } = await run(['export'], { env: env() });
    expect(acknowledged.length).toBeGreaterThan(0);
    for (const id of acknowledged) expect(stdout).toContain(id);
  });

  it('logs a JSON line for each request with its id, operation, status and duration, and nothing of its content', async () => {
    const server = await serve();
    const input = createInput({ organizer: { user: { displayName: 'Recognisable Person' } } });
    const { headers } = await post(
      `${server.url}/graphql`,
      JSON.stringify({ query: CREATE, variables: { input } }),
      server.token,
    );
    await fetch(`${server.url}/graphql?query={callRecords(filter:{joinWebUrl:"Recognisable"}){nodes{id}}}`, {
      headers: { authorization: `Bearer ${server.token}` },
    });
    await post(`${server.url}/graphql`, JSON.stringify({ query: '{ Recognisable }' }), server.token);
    await server.stop();
    const printed = server
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'));
    const logged = printed
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ msg }) => msg === 'request');
    expect(logged).toHaveLength(3);
    expect(logged[0]).toMatchObject({
      reqId: headers.get('request-id'),
      operationName: 'Create',
      status: 200,
      durationMs: expect.any(Number),
    });
    expect(printed.join('\n')).not.toMatch(/Recognisable|eyJ/);
  });
});
