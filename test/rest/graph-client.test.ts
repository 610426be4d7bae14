import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { CallRecords, CommunicationsIdentitySet } from '@microsoft/microsoft-graph-types';
import { generate } from 'selfsigned';
import type { z } from 'zod';
import { readConfig } from '../../src/config.js';
import type { CallType, EndpointType, Modality } from '../../src/domain/enums.js';
import type { IdentityKind } from '../../src/domain/identity.js';
import { PARTICIPANT_PROPERTIES, SELECTABLE } from '../../src/rest/offers.js';
import type { callRecordSchema, participantSchema } from '../../src/rest/schemas.js';
import { startServer } from '../../src/server/server.js';
import { createInput, startTestServer, temporaryFolder, type TestServer } from '../support/harness.js';

const PROGRAM = fileURLToPath(new URL('graph-client-program.mjs', import.meta.url));
const run = promisify(execFile);

// What users of @microsoft/microsoft-graph-types may expect: tsc checks that names and types of this door are those.
SELECTABLE satisfies readonly (keyof CallRecords.CallRecord)[];
PARTICIPANT_PROPERTIES satisfies readonly (keyof CallRecords.Participant)[];
type Assignable<Ours extends Theirs, Theirs> = Ours;
export type Checks = [
  Assignable<`${CallType}`, CallRecords.CallType>,
  Assignable<`${Modality}`, CallRecords.Modality>,
  Assignable<`${EndpointType}`, NonNullable<CommunicationsIdentitySet['endpointType']>>,
  Assignable<`${IdentityKind}`, keyof CommunicationsIdentitySet>,
  Assignable<Wire<z.infer<typeof callRecordSchema>>, CallRecords.CallRecord>,
  Assignable<Wire<z.infer<typeof participantSchema>>, CallRecords.Participant>,
];
/** On the wire the members of an enumeration are their texts. */
type Wire<Value> = Value extends string
  ? `${Value}`
  : Value extends (infer Item)[]
    ? Wire<Item>[]
    : Value extends object
      ? { [Name in keyof Value as string extends Name ? never : Name]: Wire<Value[Name]> }
      : Value;

const BODY = createInput() as CallRecords.CallRecord;

let folder: string;
let settings: { TLS_CERT: string; TLS_KEY: string };
beforeAll(async () => {
  folder = await temporaryFolder();
  const names = [{ type: 7 as const, ip: '127.0.0.1' }];
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'callrecords test' }], {
    extensions: [{ name: 'subjectAltName', altNames: names }],
  });
  settings = { TLS_CERT: join(folder, 'cert.pem'), TLS_KEY: join(folder, 'key.pem') };
  await Promise.all([writeFile(settings.TLS_CERT, cert), writeFile(settings.TLS_KEY, key)]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function runProgram(
  server: TestServer,
  more: Record<string, string> = {},
): Promise<ReturnType<typeof JSON.parse>> {
  const env = {
    ...process.env,
    NODE_EXTRA_CA_CERTS: settings.TLS_CERT,
    BASE_URL: server.url,
    TOKEN: server.token,
    BODY: JSON.stringify(BODY),
    ...more,
  };
  const { stdout } = await run(process.execPath, [PROGRAM], { env });
  return JSON.parse(stdout);
}

/** The metrics over TLS: how many answers had the status. */
async function answersWith(server: TestServer, status: number): Promise<number> {
  const text = await new Promise<string>((resolve, reject) => {
    request(`${server.url}/metrics`, { rejectUnauthorized: false }, (response) => {
      let body = '';
      response
        .setEncoding('utf8')
        .on('data', (chunk: string) => (body += chunk))
        .on('end', () => resolve(body));
    })
      .on('error', reject)
      .end();
  });
  const counts = text.matchAll(
    new RegExp(`^http_request_duration_seconds_count\\{route="[^"]*callRecords",status="${status}"\\} (\\d+)`, 'gm'),
  );
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

describe("Microsoft's own Graph client, over TLS", () => {
  test('It creates, pages, filters, reads, sends batches, deletes and understands errors, with nothing changed but the address', async () => {
    const server = await startTestServer(settings);
    try {
      expect(server.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
      const seen = await runProgram(server);
      expect(seen.first).toMatchObject({ ...BODY, id: expect.any(String), version: 1 });
      expect(seen.iterated).toEqual([5, 4, 3, 2, 1]);
      expect(seen.counted).toBe(5);
      expect(seen.read).toEqual({ ...seen.first, '@odata.context': expect.stringContaining('participants_v2()') });
      expect(seen.people).toEqual(['821809f5-0000-0000-0000-3b5136c0e777', '+14255550123']);
      expect(seen.beta).toEqual({ context: expect.stringMatching(/\/beta\/\$metadata#.*\(sessions\(\)\)$/), count: 5 });
      expect(seen.batched).toEqual([
        ['1', 200],
        ['2', 404],
        ['3', 405],
        ['4', 201],
      ]);
      expect(seen.gone).toMatchObject({ isGraphError: true, statusCode: 404, code: 'NotFound' });
      expect(seen.gone.requestId).toBe(seen.gone.body.innerError['request-id']);
      expect(seen.refused).toMatchObject({
        statusCode: 400,
        code: 'BadRequest',
        message: expect.stringContaining('character 1'),
      });
      expect(seen.invalid.body.details.map(({ target }: { target: string }) => target)).toEqual(['version', 'type']);
    } finally {
      await server.end();
    }
  });

  test('It waits and tries again on 429, and gets everything in the end', async () => {
    // A page of one costs two points of the three a second.
    const server = await startTestServer({ ...settings, RATE_LIMIT: '3' });
    try {
      const { lengths } = await runProgram(server, { REPEAT: '4' });
      expect(lengths).toEqual([0, 0, 0, 0]);
      expect(await answersWith(server, 429)).toBeGreaterThan(0);
      expect(await answersWith(server, 200)).toBe(4);
    } finally {
      await server.end();
    }
  });
});

describe('TLS_CERT and TLS_KEY', () => {
  const start = (more: Record<string, string>) => {
    const DATABASE_URL = `file:${join(folder, 'unused', 'data.sqlite')}`;
    return startServer(readConfig({ PORT: '0', LOG_LEVEL: 'silent', DATABASE_URL, ...more }));
  };

  test('One without the other stops the start', () => {
    expect(() => readConfig({ TLS_CERT: 'x' })).toThrow(/^TLS_CERT=x: TLS_KEY is missing; they go together\.$/);
    expect(() => readConfig({ TLS_KEY: 'x' })).toThrow(/^TLS_KEY=x: TLS_CERT is missing; they go together\.$/);
  });

  test('A file that cannot be read, or holds no certificate or another key, stops the start with one line', async () => {
    const other = join(folder, 'other.pem');
    await writeFile(other, 'nothing');
    await expect(start({ ...settings, TLS_KEY: join(folder, 'none.pem') })).rejects.toThrow(
      /^TLS_KEY=.*none\.pem: cannot be read \(ENOENT\)\.$/,
    );
    await expect(start({ ...settings, TLS_CERT: other })).rejects.toThrow(
      /^TLS_CERT=.* TLS_KEY=.*: not a certificate and its key in PEM \(.*\)\.$/,
    );
  });
});
