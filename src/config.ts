import { GRAPH, type GraphConfig, readGraph } from './config/graph.js';
import { LIMITS } from './config/limits.js';
import { address, filled, flag, isOrigin, oneOf, path, type Setting, text, where, whole } from './config/values.js';
import { isDatabaseUrl, withoutPasswords } from './platform/database-url.js';
import type { Limits } from './domain/limits.js';

/** What stands between commas. */
function originsIn(given: string): string[] {
  return given
    .split(',')
    .map((origin) => origin.trim())
    .filter((origin) => origin !== '');
}

/** Every setting, in the order in which `serve --help` and docs/settings.md list them. */
export const SETTINGS = {
  host: {
    name: 'HOST',
    default: '127.0.0.1',
    meaning: 'Address to listen on.',
    read: filled('a name or an address of this machine'),
  },
  port: {
    name: 'PORT',
    default: '4000',
    meaning: 'Port to listen on; 0 takes any free one and prints it.',
    read: whole(0, 65_535),
  },
  tlsCert: {
    name: 'TLS_CERT',
    default: null,
    meaning: 'PEM file of the certificate, with its chain; with TLS_KEY the server speaks https only.',
    read: path,
  },
  tlsKey: { name: 'TLS_KEY', default: null, meaning: 'PEM file of its private key.', read: path },
  databaseUrl: {
    name: 'DATABASE_URL',
    default: 'file:db/callrecords.sqlite',
    meaning:
      'Where the data is: file:PATH, relative to the working directory, or postgres://USER:PASSWORD@HOST/DATABASE.',
    read: where(
      text,
      isDatabaseUrl,
      'expected file:PATH or postgres://USER:PASSWORD@HOST/DATABASE, where / is %2F and # is %23 in a password',
    ),
  },
  databaseConnections: {
    name: 'DATABASE_CONNECTIONS',
    default: '10',
    meaning: 'Connections that each process opens to PostgreSQL at most.',
    read: whole(2, 1_000),
  },
  allowLossyCommits: {
    name: 'ALLOW_LOSSY_COMMITS',
    default: 'false',
    meaning: 'Accepts a PostgreSQL with synchronous_commit or fsync off, which can lose acknowledged records.',
    read: flag,
  },
  changeLogDays: {
    name: 'CHANGE_LOG_DAYS',
    default: '30',
    meaning: 'Days that changes are kept for clients that follow them; 0 keeps them for good.',
    read: whole(0, 36_500),
  },
  retentionDays: {
    name: 'RETENTION_DAYS',
    default: null,
    meaning: 'Days after their end at which records are deleted; without it none are.',
    read: whole(1, 36_500),
  },
  personalDetailDays: {
    name: 'PERSONAL_DETAIL_DAYS',
    default: null,
    meaning: 'Days after their end at which records lose addresses, names of devices, feedback and headers.',
    read: whole(0, 36_500),
  },
  erasureKey: {
    name: 'ERASURE_KEY',
    default: null,
    meaning: 'Key of the hashes by which erased people are kept out; without it one is made in ERASURE_FILE.',
    read: where(text, (given) => given.length >= 32, 'expected 32 characters or more, made by chance'),
  },
  erasureFile: {
    name: 'ERASURE_FILE',
    default: null,
    meaning: 'List of erased people that outlives a restored database; beside the SQLite file by default.',
    read: path,
  },
  workers: {
    name: 'WORKERS',
    default: '1',
    meaning: 'Processes that serve together on this machine; one that dies is replaced.',
    read: whole(1, 256),
  },
  authIssuer: {
    name: 'AUTH_ISSUER',
    default: null,
    meaning: 'Issuer of the tokens (iss), whose keys are discovered. Tokens of the development key are refused then.',
    read: where(address, (given) => !/[?#]/.test(given), 'an issuer has no query and no fragment'),
  },
  authAudience: {
    name: 'AUTH_AUDIENCE',
    default: null,
    meaning: 'Audience that tokens must be for (aud).',
    read: filled('an audience'),
  },
  authJwksUri: {
    name: 'AUTH_JWKS_URI',
    default: null,
    meaning: "The issuer's key set, instead of discovery; http only on loopback. Set AUTH_ISSUER too.",
    read: address,
  },
  pageClientId: {
    name: 'PAGE_CLIENT_ID',
    default: null,
    meaning:
      'Id of the client at AUTH_ISSUER with which people sign in at /calls; without it the page asks for a token.',
    read: filled('the id of a client'),
  },
  pageScope: {
    name: 'PAGE_SCOPE',
    default: 'openid',
    meaning: 'Scopes that the page asks AUTH_ISSUER for, separated by blanks; with Entra ID also one of your API.',
    read: where(text, (given) => /(^| )openid( |$)/.test(given), 'expected scopes with openid among them'),
  },
  developmentKeyFile: {
    name: 'DEVELOPMENT_KEY_FILE',
    default: null,
    meaning: 'File of the development key; development-key.json beside the SQLite file by default.',
    read: path,
  },
  allowDevelopmentKey: {
    name: 'ALLOW_DEVELOPMENT_KEY',
    default: 'false',
    meaning: 'Lets a server without AUTH_ISSUER or AUTH_JWKS_URI listen on more than loopback, or run in production.',
    read: flag,
  },
  basicAuth: {
    name: 'BASIC_AUTH',
    default: 'false',
    meaning:
      'Whether the REST door takes what `token --as-password` prints as the password of HTTP Basic, over TLS only.',
    read: flag,
  },
  corsOrigins: {
    name: 'CORS_ORIGINS',
    default: '',
    meaning:
      'Other origins whose pages may read answers, separated by commas; in development also those of Apollo Sandbox.',
    read: where(
      originsIn,
      (given) => originsIn(given).every(isOrigin),
      'expected origins such as https://app.example, each written out: * stands for nothing',
    ),
  },
  trustProxy: {
    name: 'TRUST_PROXY',
    default: 'false',
    meaning: 'Trusts the X-Forwarded-* headers of a proxy in front.',
    read: flag,
  },
  accessLog: {
    name: 'ACCESS_LOG',
    default: null,
    meaning: 'Where it is told who has read whose calls, a line of JSON for each request: file:PATH or stdout.',
    read: where(text, (given) => given === 'stdout' || /^file:./.test(given), 'expected file:PATH or stdout'),
  },
  logLevel: {
    name: 'LOG_LEVEL',
    default: 'info',
    meaning: 'fatal, error, warn, info, debug, trace or silent.',
    read: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
  },
  serverTiming: {
    name: 'SERVER_TIMING',
    default: 'false',
    meaning: 'Adds the header Server-Timing to answers of /graphql, with the time for parse, plan, sql and write.',
    read: flag,
  },
  compression: {
    name: 'COMPRESSION',
    default: 'true',
    meaning: 'Compresses answers over 1 kB by br or gzip where accepted; false where a proxy in front does that.',
    read: flag,
  },
  nodeEnv: {
    name: 'NODE_ENV',
    default: 'development',
    meaning:
      'development or test: the start and the pages show a token. Anything else is production, which needs an issuer.',
    read: text,
  },
  shutdownTimeoutMs: {
    name: 'SHUTDOWN_TIMEOUT_MS',
    default: '10000',
    meaning: 'How long requests under way may take after SIGTERM.',
    read: whole(0, 600_000),
  },
  silenceTimeoutMs: {
    name: 'SILENCE_TIMEOUT_MS',
    default: '20000',
    meaning: 'How long a new connection may say nothing before it is closed.',
    read: whole(100, 3_600_000),
  },
  headersTimeoutMs: {
    name: 'HEADERS_TIMEOUT_MS',
    default: '20000',
    meaning:
      'How long the headers of a request may take to arrive; for the first, from when the connection was opened.',
    read: whole(100, 3_600_000),
  },
  bodyTimeoutMs: {
    name: 'BODY_TIMEOUT_MS',
    default: '60000',
    meaning: 'How long a body may take to arrive; longer while BODY_MIN_BYTES_PER_SECOND of it come.',
    read: whole(100, 3_600_000),
  },
  bodyMinBytesPerSecond: {
    name: 'BODY_MIN_BYTES_PER_SECOND',
    default: '500',
    meaning: 'Bytes a second of a slow body that are enough; with fewer the request is refused with 408.',
    read: whole(1, 1_000_000_000),
  },
  ...GRAPH,
  ...LIMITS,
} satisfies { [key: string]: Setting<unknown> };

type Values = { [Key in keyof typeof SETTINGS]: ReturnType<(typeof SETTINGS)[Key]['read']> };
type Optional =
  | ('tlsCert' | 'tlsKey' | 'authIssuer' | 'authAudience' | 'authJwksUri' | 'pageClientId' | 'developmentKeyFile')
  | ('erasureKey' | 'erasureFile' | 'accessLog');
type OptionalNumber = 'retentionDays' | 'personalDetailDays';

/** The settings, read once. */
export type Config = Readonly<
  Omit<Values, keyof Limits | keyof typeof GRAPH | Optional | OptionalNumber> & { [Key in Optional]: string | null } & {
    [Key in OptionalNumber]: number | null;
  } & {
    /** Null where records are not fetched from Graph. */
    graph: Readonly<GraphConfig> | null;
    limits: Readonly<Limits>;
  }
>;

/** Reads the settings; throws one line naming the first that is wrong. Empty is a value, not "missing". */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const values = Object.fromEntries(
    Object.entries(SETTINGS).map(([key, setting]) => [key, readSetting(setting, environment[setting.name])]),
  ) as Values & { [Key in Optional]: string | null } & { [Key in OptionalNumber]: number | null };
  const limits = pick(values, LIMITS) as Readonly<Limits>;
  const rest = Object.fromEntries(
    Object.entries(values).filter(([key]) => !(key in LIMITS) && !(key in GRAPH)),
  ) as Omit<typeof values, keyof Limits | keyof typeof GRAPH>;
  const { tlsCert, tlsKey, pageClientId, authIssuer, basicAuth } = rest;
  if (tlsCert !== null && tlsKey === null)
    throw new Error(`TLS_CERT=${tlsCert}: TLS_KEY is missing; they go together.`);
  if (tlsKey !== null && tlsCert === null) throw new Error(`TLS_KEY=${tlsKey}: TLS_CERT is missing; they go together.`);
  if (pageClientId !== null && authIssuer === null)
    throw new Error(`PAGE_CLIENT_ID=${pageClientId}: AUTH_ISSUER is missing; they go together.`);
  if (basicAuth && (authIssuer !== null || rest.authJwksUri !== null))
    throw new Error('BASIC_AUTH=true: with AUTH_ISSUER or AUTH_JWKS_URI the tokens of that issuer alone count.');
  return Object.freeze({ ...rest, graph: readGraph(pick(values, GRAPH)), limits: Object.freeze(limits) });
}

/** The members that another object has too. */
function pick<Key extends string, All extends { [K in Key]: unknown }>(
  values: All,
  others: { [K in Key]: unknown },
): Pick<All, Key> {
  return Object.fromEntries(Object.keys(others).map((key) => [key, values[key as Key]])) as Pick<All, Key>;
}

function readSetting(setting: Setting<unknown>, given: string | undefined): unknown {
  const value = given ?? setting.default;
  if (value === null) return null;
  try {
    return setting.read(value);
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`${setting.name}=${withoutPasswords(value)}: ${message}. ${setting.meaning}`, { cause: error });
  }
}

/** The settings of the store; the defaults stand for those that are not given. */
export type StoreConfig = Pick<Config, 'databaseUrl'> &
  Partial<Pick<Config, 'allowLossyCommits' | 'databaseConnections' | OptionalNumber | 'erasureKey' | 'erasureFile'>>;

/** What the store is told beside its URL. */
export function engineOptions({ databaseConnections, ...config }: StoreConfig): {
  allowLossyCommits?: boolean;
  connections?: number;
  retentionDays?: number | null;
  personalDetailDays?: number | null;
  erasureKey?: string | null;
  erasureFile?: string | null;
} {
  const { allowLossyCommits, retentionDays, personalDetailDays, erasureKey, erasureFile } = config;
  const forgetting = { retentionDays, personalDetailDays, erasureKey, erasureFile };
  return { allowLossyCommits, connections: databaseConnections, ...forgetting };
}

/** Whether tokens are those of the development key, not an issuer's. */
export function usesDevelopmentKey(config: Config): boolean {
  return config.authIssuer === null && config.authJwksUri === null;
}

/** Values of NODE_ENV with which tokens may be shown. All others, as a misspelt one, count as production. */
const DEVELOPMENT = ['development', 'test'];

/** Whether the pages and the start may show a token: with the development key, outside of production. */
export function isDevelopment(config: Config): boolean {
  return usesDevelopmentKey(config) && DEVELOPMENT.includes(config.nodeEnv);
}
