import { address, filled, flag, oneOf, path, type Reader, type Setting, text, where, whole } from './values.js';

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000 };
const DAY_MS = 86_400_000;

/** An address to which a path can be appended: no query and no fragment. */
const withoutQuery = where(
  address,
  (given) => !/[?#]/.test(given),
  'expected an address without a query and a fragment',
);
const withoutSlash = (url: string) => url.replace(/\/+$/, '');

const toMs = (given: string) => Number(given.slice(0, -1)) * UNIT_MS[given.slice(-1) as keyof typeof UNIT_MS];
const written = where(text, (given) => /^\d{1,6}[smh]$/.test(given), 'expected a number with s, m or h, such as 15m');
const inADay = where(written, (given) => toMs(given) >= 1_000 && toMs(given) <= DAY_MS, 'expected from 1s to 24h');
const interval: Reader<number> = (given) => toMs(inADay(given));

/** The settings for fetching records from Microsoft Graph, in the order in which settings are listed. */
export const GRAPH = {
  graphTenantId: {
    name: 'GRAPH_TENANT_ID',
    default: null,
    meaning:
      'Id or domain of the Microsoft Entra tenant whose calls are fetched from Microsoft Graph; see docs/sync.md.',
    read: where(text, (given) => /^[\w.-]+$/.test(given), 'expected the id or a domain of a tenant'),
  },
  graphClientId: {
    name: 'GRAPH_CLIENT_ID',
    default: null,
    meaning: 'Id of the application registered there, with the permission CallRecords.Read.All.',
    read: filled('the id of an application'),
  },
  graphClientSecret: {
    name: 'GRAPH_CLIENT_SECRET',
    default: null,
    meaning: 'Its client secret; or one of the three that follow.',
    read: filled('a client secret'),
  },
  graphClientCertificate: {
    name: 'GRAPH_CLIENT_CERTIFICATE',
    default: null,
    meaning: 'PEM file of its certificate, with the private key.',
    read: path,
  },
  graphFederatedTokenFile: {
    name: 'GRAPH_FEDERATED_TOKEN_FILE',
    default: null,
    meaning: "File of another issuer's token that a federated credential trusts; read anew each time.",
    read: path,
  },
  graphManagedIdentity: {
    name: 'GRAPH_MANAGED_IDENTITY',
    default: 'false',
    meaning: 'Uses the managed identity of the machine; with GRAPH_CLIENT_ID a user-assigned one.',
    read: flag,
  },
  graphCloud: {
    name: 'GRAPH_CLOUD',
    default: 'global',
    meaning: 'global, usgov (GCC High) or dod: sets the hosts of Graph and of the tokens.',
    read: oneOf('global', 'usgov', 'dod'),
  },
  graphUrl: {
    name: 'GRAPH_URL',
    default: null,
    meaning: 'Scheme and host of Graph, instead of those of the cloud; http only on loopback.',
    read: where(
      address,
      (given) => new URL(given).href === `${new URL(given).origin}/`,
      'expected a scheme and a host',
    ),
  },
  graphAuthority: {
    name: 'GRAPH_AUTHORITY',
    default: null,
    meaning: 'Scheme and host that issue the tokens, instead of those of the cloud; http only on loopback.',
    read: withoutQuery,
  },
  graphNotificationUrl: {
    name: 'GRAPH_NOTIFICATION_URL',
    default: null,
    meaning: 'Public https address of this server, at which Graph announces calls; without it the server only polls.',
    read: withoutQuery,
  },
  syncInterval: {
    name: 'SYNC_INTERVAL',
    default: '15m',
    meaning: 'How often Graph is asked for new calls and versions: a number with s, m or h.',
    read: interval,
  },
  syncLookbackDays: {
    name: 'SYNC_LOOKBACK_DAYS',
    default: '30',
    meaning: 'Days back to which calls are fetched; Graph keeps 30.',
    read: whole(1, 30),
  },
} satisfies { [key: string]: Setting<unknown> };

/** The credential of the application. */
export type GraphCredential =
  | { kind: 'secret'; secret: string }
  | { kind: 'certificate'; file: string }
  | { kind: 'federated'; file: string }
  | { kind: 'managedIdentity' };

/** The settings for fetching records from Microsoft Graph, as the sync uses them. */
export interface GraphConfig {
  /** Empty for a managed identity, which knows its own tenant. */
  tenantId: string;
  /** Null for the managed identity that the system assigned. */
  clientId: string | null;
  credential: GraphCredential;
  /** The resource that tokens are requested for: Graph's own address in its cloud, even if it is reached elsewhere. */
  resource: string;
  /** Scheme and host. */
  url: string;
  /** Without a trailing slash. */
  authority: string;
  /** Without a trailing slash. Null: no change notifications from Graph. */
  notificationUrl: string | null;
  intervalMs: number;
  lookbackMs: number;
}

const CLOUDS = {
  global: { resource: 'https://graph.microsoft.com', authority: 'https://login.microsoftonline.com' },
  usgov: { resource: 'https://graph.microsoft.us', authority: 'https://login.microsoftonline.us' },
  dod: { resource: 'https://dod-graph.microsoft.us', authority: 'https://login.microsoftonline.us' },
};

type Values = { [Key in keyof typeof GRAPH]: ReturnType<(typeof GRAPH)[Key]['read']> | null };

/** Null if nothing is to be fetched. Throws one line if a setting is missing, or one too many is set. */
export function readGraph(values: Values): GraphConfig | null {
  const credentials = credentialsOf(values);
  const { graphTenantId: tenantId, graphClientId: clientId } = values;
  const [credential, other] = credentials;
  if (tenantId === null && clientId === null && credential === undefined) return requireNothing(values);
  if (credential === undefined) {
    const missing = [tenantId === null && 'GRAPH_TENANT_ID', clientId === null && 'GRAPH_CLIENT_ID'].filter(Boolean);
    throw new Error(
      `${[...missing, 'GRAPH_CLIENT_SECRET'].join(' and ')} is missing; in place of the secret ` +
        'GRAPH_CLIENT_CERTIFICATE, GRAPH_FEDERATED_TOKEN_FILE or GRAPH_MANAGED_IDENTITY=true will do.',
    );
  }
  if (other !== undefined)
    throw new Error(`${NAMES[credential.kind]} and ${NAMES[other.kind]} are both set; one of them is enough.`);
  if (credential.kind !== 'managedIdentity') {
    if (tenantId === null) throw new Error('GRAPH_TENANT_ID is missing: the id or a domain of the tenant.');
    if (clientId === null) throw new Error('GRAPH_CLIENT_ID is missing: the id of the application.');
  }
  const { resource, authority } = CLOUDS[values.graphCloud ?? 'global'];
  return {
    tenantId: tenantId ?? '',
    clientId,
    credential,
    resource,
    url: new URL(values.graphUrl ?? resource).origin,
    authority: withoutSlash(values.graphAuthority ?? authority),
    notificationUrl: values.graphNotificationUrl === null ? null : withoutSlash(values.graphNotificationUrl),
    intervalMs: values.syncInterval as number,
    lookbackMs: (values.syncLookbackDays as number) * DAY_MS,
  };
}

const NAMES = {
  secret: 'GRAPH_CLIENT_SECRET',
  certificate: 'GRAPH_CLIENT_CERTIFICATE',
  federated: 'GRAPH_FEDERATED_TOKEN_FILE',
  managedIdentity: 'GRAPH_MANAGED_IDENTITY=true',
};

function credentialsOf(values: Values): GraphCredential[] {
  const { graphClientSecret: secret, graphClientCertificate, graphFederatedTokenFile } = values;
  return [
    ...(secret === null ? [] : [{ kind: 'secret' as const, secret }]),
    ...(graphClientCertificate === null ? [] : [{ kind: 'certificate' as const, file: graphClientCertificate }]),
    ...(graphFederatedTokenFile === null ? [] : [{ kind: 'federated' as const, file: graphFederatedTokenFile }]),
    ...(values.graphManagedIdentity ? [{ kind: 'managedIdentity' as const }] : []),
  ];
}

/** Throws for any other Graph setting: without credentials it has no effect, which nobody intends. */
function requireNothing(values: Values): null {
  for (const key of ['graphUrl', 'graphAuthority', 'graphNotificationUrl'] as const)
    if (values[key] !== null)
      throw new Error(
        `${GRAPH[key].name}=${values[key]}: nothing is fetched without GRAPH_TENANT_ID, GRAPH_CLIENT_ID and a credential.`,
      );
  return null;
}
