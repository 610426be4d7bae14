import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadDevelopmentKey, mintToken } from '../../src/auth/development-key.js';
import { readConfig } from '../../src/config.js';
import { developmentKeyFile } from '../../src/server/development-key-file.js';
import { type RunningServer, type ServerOptions, startServer } from '../../src/server/server.js';

/** An answer of the GraphQL door. */
export interface Answer {
  status: number;
  headers: Headers;
  // Tests read answers of every shape.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  data?: any;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  errors?: { message: string; path?: (string | number)[]; extensions: any }[];
  /** The body as it came. */
  text: string;
}

/** What every answer names in its header `request-id`: a GUID in lower case. */
export const REQUEST_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A real server on a free port with a database of its own. */
export interface TestServer extends RunningServer {
  folder: string;
  /** The exploring token: reads and writes. */
  token: string;
  mint(request: { roles?: string[]; user?: string; expiresInSeconds?: number }): Promise<string>;
  ask(query: string, variables?: object, token?: string): Promise<Answer>;
  /** Stops the server and removes its folder. */
  end(): Promise<void>;
}

/** Starts a server with the settings given, as `serve` does. */
export async function startTestServer(
  settings: Record<string, string> = {},
  options: ServerOptions = {},
): Promise<TestServer> {
  const folder = await temporaryFolder();
  const config = readConfig({
    PORT: '0',
    LOG_LEVEL: 'silent',
    DATABASE_URL: `file:${join(folder, 'callrecords.sqlite')}`,
    ...settings,
  });
  const server = await startServer(config, undefined, options);
  const key = await loadDevelopmentKey(developmentKeyFile(config));
  const token = await mintToken(key, { roles: ['CallRecords.ReadWrite.All'], expiresInSeconds: 3600 });
  return {
    ...server,
    folder,
    token,
    mint: (request) => mintToken(key, { expiresInSeconds: 3600, ...request }),
    ask: (query, variables, bearer = token) =>
      post(`${server.url}/graphql`, JSON.stringify({ query, variables }), bearer),
    end: async () => {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Posts a body to the GraphQL door. */
export async function post(
  url: string,
  body: string,
  token?: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body,
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    ...(text.startsWith('{') ? (JSON.parse(text) as object) : {}),
  };
}

/** The answer of a server whose database cannot be used. */
export function expectUnavailable({ status, headers, errors }: Answer): void {
  expect(status).toBe(503);
  expect(headers.get('retry-after')).toBe('1');
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['SERVICE_UNAVAILABLE']);
}

export async function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'callrecords-'));
}

/** A create input that is valid; each test changes what it is about. */
export function createInput(changes: object = {}): Record<string, unknown> {
  return {
    version: 1,
    type: 'peerToPeer',
    modalities: ['audio'],
    startDateTime: '2026-02-25T18:52:21.2169889Z',
    endDateTime: '2026-02-25T18:52:46.7640013Z',
    organizer: { user: { id: '821809f5-0000-0000-0000-3b5136c0e777', displayName: 'Abbie Wilkins' } },
    participants: [
      { user: { id: '821809f5-0000-0000-0000-3b5136c0e777', displayName: 'Abbie Wilkins' } },
      { phone: { id: '+14255550123' } },
    ],
    ...changes,
  };
}

export const CREATE = `mutation Create($input: CreateCallRecordInput!, $idempotencyKey: String) {
  createCallRecord(input: $input, idempotencyKey: $idempotencyKey) { id version lastModifiedDateTime }
}`;

/** A whole record, as a client would ask for it. */
export const RECORD = `fragment Record on CallRecord {
  id version type modalities startDateTime endDateTime durationSeconds lastModifiedDateTime joinWebUrl participantCount
  organizer { ...Set } participants { ...Set }
}
fragment Set on IdentitySet {
  user { id displayName tenantId userPrincipalName } application { ...Thing } device { ...Thing } phone { ...Thing } guest { ...Thing }
  encrypted { ...Thing } onPremises { ...Thing } applicationInstance { ...Thing } assertedIdentity { ...Thing }
  azureCommunicationServicesUser { ...Thing } endpointType
}
fragment Thing on Identity { id displayName tenantId }`;
