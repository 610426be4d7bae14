import { randomUUID } from 'node:crypto';
import type { GraphConfig } from '../config/graph.js';
import { sendRequest } from '../platform/http-request.js';
import { CLOCK, type SyncLog } from './clock.js';
import { GraphClient } from './graph-client.js';
import { GraphRefusal, reasonOf } from './graph-errors.js';
import { CALL_RECORDS } from './lister.js';
import { AuthorityUnreachable, openTokens, rolesIn } from './tokens.js';

const PERMISSION = 'CallRecords.Read.All';
const ANSWERED_WITHIN_MS = 10_000;

/** The result of checking one part of the set-up. */
export interface Finding {
  what: string;
  isRight: boolean;
  /** What is there, or what to do. */
  text: string;
}

const SILENT: SyncLog = { info: () => undefined, warn: () => undefined };

/**
 * Checks a set-up without storing anything: the token, its permissions, a list with one page, and the notification
 * address.
 */
export async function* checkSetup(config: GraphConfig, signal: AbortSignal): AsyncGenerator<Finding> {
  const tokens = openTokens(config);
  let token: string | null = null;
  try {
    token = await tokens.get();
    yield right('token', `from ${new URL(config.authority).host}`);
  } catch (error) {
    const hint = error instanceof AuthorityUnreachable ? REACH_HINT : HINTS[config.credential.kind];
    yield wrong('token', `${(error as Error).message}. ${hint}`);
  }
  if (token !== null) {
    yield permissionIn(token);
    yield await listOnePage(new GraphClient({ url: config.url, tokens, clock: CLOCK, log: SILENT }), signal);
  }
  yield await checkAddress(config.notificationUrl);
}

const right = (what: string, text: string): Finding => ({ what, isRight: true, text });
const wrong = (what: string, text: string): Finding => ({ what, isRight: false, text });

const REACH_HINT =
  'See that this host can be reached from here, and that GRAPH_CLOUD is the cloud of the tenant; HTTPS_PROXY names a proxy on the way.';
const HINTS = {
  secret:
    'See that GRAPH_TENANT_ID and GRAPH_CLIENT_ID are right and that GRAPH_CLIENT_SECRET is the value, not the id, of a secret that has not expired.',
  certificate:
    'See that GRAPH_CLIENT_CERTIFICATE holds the certificate and its private key, and that the certificate stands at the application.',
  federated:
    "See that the file is there, and that the federated credential's issuer, subject and audience are those of its token.",
  managedIdentity:
    'See that this machine has the identity assigned that is meant; GRAPH_CLIENT_ID names one of several.',
};

function permissionIn(token: string): Finding {
  const roles = rolesIn(token);
  if (roles.includes(PERMISSION)) return right('permission', PERMISSION);
  const found = roles.length > 0 ? `only ${roles.join(', ')} is there` : 'none is there';
  return wrong(
    'permission',
    `${PERMISSION} is missing, ${found}: add it to the application as an application permission of Microsoft Graph, and have an administrator consent.`,
  );
}

async function listOnePage(client: GraphClient, signal: AbortSignal): Promise<Finding> {
  try {
    const page = await client.get(`${CALL_RECORDS}?$select=id,version,startDateTime`, signal);
    const count = Array.isArray(page.value) ? page.value.length : 0;
    return right('list', `a page of ${count} records`);
  } catch (error) {
    const isForbidden = error instanceof GraphRefusal && error.status === 403;
    const hint = isForbidden
      ? `Have an administrator consent to ${PERMISSION}; it takes some minutes to count.`
      : REACH_HINT;
    return wrong('list', `${reasonOf(error)}. ${hint}`);
  }
}

/** Validates the address, as Graph does before it creates a subscription. */
async function checkAddress(notificationUrl: string | null): Promise<Finding> {
  const what = 'notifications';
  if (notificationUrl === null)
    return right(what, 'GRAPH_NOTIFICATION_URL is not set: Graph is asked every SYNC_INTERVAL');
  const sent = `check ${randomUUID()}`;
  try {
    for (const path of ['/graph/notifications', '/graph/lifecycle']) {
      const response = await sendRequest(`${notificationUrl}${path}?validationToken=${encodeURIComponent(sent)}`, {
        method: 'POST',
        headers: { 'content-type': 'text/plain' },
        withinMs: ANSWERED_WITHIN_MS,
      });
      const text = await response.text();
      if (response.status !== 200 || text !== sent)
        return wrong(what, `${path} answers ${response.status}, and not as this server does. ${ADDRESS_HINT}`);
    }
    return right(what, notificationUrl);
  } catch (error) {
    return wrong(what, `${reasonOf(error)}. ${ADDRESS_HINT}`);
  }
}

const ADDRESS_HINT =
  'Start serve with the same settings, and let POST requests to /graph/notifications and /graph/lifecycle of GRAPH_NOTIFICATION_URL through to it from the internet, without a login.';
