import { execFile } from 'node:child_process';
import { cp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import openapiTS, { astToString } from 'openapi-typescript';
import { compile } from '../support/projects.js';
import { importAll, importRecord } from '../support/asking.js';
import { startTestServer, temporaryFolder, type TestServer } from '../support/harness.js';
import { fixtureRecord } from '../support/opened-store.js';
import { call, COLLECTION, get } from '../support/calling.js';

const TESTS = fileURLToPath(new URL('../', import.meta.url));
const run = promisify(execFile);

let server: TestServer;
let folder: string;
let id: string;
beforeAll(async () => {
  server = await startTestServer();
  await importAll(server, [importRecord(1), importRecord(2), importRecord(3)]);
  const full = await fixtureRecord('10-full-depth');
  await server.store.import([full]);
  id = full.id;
  folder = await temporaryFolder();
  await cp(join(TESTS, 'rest/typed-clients'), folder, { recursive: true });
  await symlink(join(TESTS, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await writeFile(join(folder, 'tsconfig.json'), '{ "compilerOptions": { "target": "es2022" } }');
  await mkdir(join(folder, 'generated'));
});
afterAll(async () => {
  await server.end();
  await rm(folder, { recursive: true, force: true });
});

/** Compiles a program, runs it against the server, and gives what it printed. */
async function runProgram(name: string): Promise<ReturnType<typeof JSON.parse>> {
  const file = join(folder, `${name}.ts`);
  await writeFile(
    join(folder, 'globals.d.ts'),
    'declare const process: { env: Record<string, string | undefined> };\n',
  );
  expect(compile([file, join(folder, 'globals.d.ts')], 'bundler')).toEqual([]);
  const outfile = join(folder, `${name}.mjs`);
  const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" };
  await build({
    entryPoints: [file],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
    banner,
    logLevel: 'error',
  });
  const { stdout } = await run(process.execPath, [outfile], {
    env: { ...process.env, BASE_URL: server.url, TOKEN: server.token, ID: id },
  });
  return JSON.parse(stdout);
}

const answered = async (path: string) =>
  JSON.parse((await get(server, `${COLLECTION}${path}`)).text) as Record<string, unknown>;

test('A client that odata2ts makes of the description compiles, and lists, pages, expands and reads what the server answers', async () => {
  const source = join(folder, 'metadata.xml');
  await writeFile(source, (await call(server, 'GET', '/v1.0/$metadata', { token: null })).text);
  const generator = join(TESTS, 'node_modules/@odata2ts/odata2ts/lib/run-cli.js');
  await run(
    process.execPath,
    [generator, '-s', source, '-o', join(folder, 'generated'), '-e', 'ts', '-name', 'CallRecords'],
    { cwd: folder },
  );
  const seen = await runProgram('odata');
  const list = await answered(
    "?$filter=type eq 'peerToPeer'&$orderby=startDateTime desc&$skip=1&$top=2&$count=true&$select=id,version,startDateTime",
  );
  expect(seen).toEqual({
    count: 3,
    listed: list.value,
    record: await answered(`/${id}?$expand=sessions($expand=segments)`),
    people: ((await answered(`/${id}/participants_v2`)).value as { id: string }[]).map((one) => one.id),
    loss: 0.00042,
  });
});

test('Types that openapi-typescript makes compile with openapi-fetch, which gets what the server answers', async () => {
  const types = await openapiTS((await call(server, 'GET', '/v1.0/openapi.json', { token: null })).json);
  await writeFile(join(folder, 'generated/openapi.ts'), astToString(types));
  const list = await answered('?$orderby=startDateTime desc&$skip=1&$top=2&$select=id,version,startDateTime');
  expect(await runProgram('openapi')).toEqual({
    count: 4,
    listed: list.value,
    record: await answered(`/${id}?$expand=sessions($expand=segments)`),
    code: 'BadRequest',
  });
});

test("The models of Microsoft's SDK read a record and a list, all members that they know equal, at every depth", async () => {
  const { record, ids, next } = await runProgram('kiota');
  const expected = await answered(`/${id}?$expand=sessions($expand=segments),participants_v2`);
  expect(differences(expected, record)).toEqual([]);
  expect(differences({ ...expected, version: 3 }, record)).toEqual(['version: 3 is not 2']);
  const list = await answered('?$top=2&$orderby=startDateTime desc');
  expect(ids).toEqual((list.value as { id: string }[]).map((one) => one.id));
  expect(next).toContain('skiptoken=');
});

/** Where what a client has read is not what was answered; annotations and nulls are its own affair. */
function differences(answer: unknown, read: unknown, path = ''): string[] {
  if (answer === null || read === undefined) return answer === null || read !== undefined ? [] : [`${path} is missing`];
  if (Array.isArray(answer)) {
    const items = read as unknown[];
    if (items.length !== answer.length) return [`${path} has ${items.length} items, not ${answer.length}`];
    return answer.flatMap((item, index) => differences(item, items[index], `${path}[${index}]`));
  }
  if (typeof answer === 'object') {
    const members = Object.entries(answer).filter(([name]) => !name.includes('@'));
    const own = { ...(read as { additionalData?: object }).additionalData, ...(read as object) } as Record<
      string,
      unknown
    >;
    return members.flatMap(([name, value]) =>
      differences(value, own[camel(name)] ?? own[name], `${path}${path && '.'}${name}`),
    );
  }
  return equals(answer, read) ? [] : [`${path}: ${JSON.stringify(answer)} is not ${JSON.stringify(read)}`];
}

/** Kiota's names: organizer_v2 is organizerV2. */
const camel = (name: string) => name.replace(/_(\w)/g, (_match, letter: string) => letter.toUpperCase());

/** Dates are read to the millisecond, and durations into objects, by the SDK. */
function equals(answer: unknown, read: unknown): boolean {
  if (typeof answer === 'string' && /^\d{4}-\d\d-\d\dT/.test(answer))
    return typeof read === 'string' && Date.parse(answer) === Date.parse(read);
  if (typeof answer === 'string' && /^P/.test(answer)) return typeof read === 'object' && read !== null;
  return answer === read;
}
