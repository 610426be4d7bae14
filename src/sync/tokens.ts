import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { AuthenticationResult, Configuration, INetworkModule, NetworkRequestOptions } from '@azure/msal-node';
import type { GraphConfig } from '../config/graph.js';
import { sendRequest } from '../platform/http-request.js';
import { GraphUnavailable, reasonOf } from './graph-errors.js';

const ANSWERED_WITHIN_MS = 30_000;

/** A token is replaced so long before it expires, or at half of its life if that is short. */
const REPLACED_BEFORE_MS = 300_000;

/** Access tokens for Graph, cached until shortly before they expire. */
export interface Tokens {
  /** A token, other than `stale`, which is not accepted any more. Rejects with `GraphUnavailable`. */
  get(stale?: string): Promise<string>;
}

type Acquire = () => Promise<AuthenticationResult | null>;

/** There is no usable response from the authority. */
export class AuthorityUnreachable extends GraphUnavailable {}

/** The tokens of the application in the settings. The library for them is loaded at first use. */
export function openTokens(config: GraphConfig): Tokens {
  let opened: Promise<Acquire> | null = null;
  let held: { token: string; until: number } | null = null;
  let asking: Promise<string> | null = null;
  // MSAL tells of a failed request that it failed, and not why.
  let failure: unknown = null;
  const ask = async () => {
    try {
      failure = null;
      opened ??= open(config, (error) => (failure = error));
      const result = await (await opened)();
      if (!result) throw new Error('the authority gave none');
      const now = Date.now();
      const lifeMs = (result.expiresOn?.getTime() ?? now) - now;
      held = { token: result.accessToken, until: now + Math.max(lifeMs / 2, lifeMs - REPLACED_BEFORE_MS) };
      return held.token;
    } catch (error) {
      // The file may be there next time.
      opened = null;
      if (failure !== null)
        throw new AuthorityUnreachable(`no token: ${new URL(config.authority).host}: ${reasonOf(failure)}`);
      throw new GraphUnavailable(`no token: ${tokenReason(error)}`, { cause: error });
    }
  };
  return {
    get: async (stale) => {
      if (held && held.token !== stale && Date.now() < held.until) return held.token;
      // Concurrent callers share one request.
      asking ??= ask().finally(() => (asking = null));
      return asking;
    },
  };
}

/** The application roles in a token for Graph; empty if the token cannot be read. */
export function rolesIn(token: string): string[] {
  try {
    const payload = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { roles?: unknown };
    return Array.isArray(payload.roles) ? payload.roles.filter((role) => typeof role === 'string') : [];
  } catch {
    return [];
  }
}

function tokenReason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  // Entra's description says what to do. The ids of the request around it are cut off.
  const [, said] = /Description: (.*?)(?: - Correlation ID| Trace ID|$)/s.exec(text) ?? [];
  return (said ?? text).replace(/\s+/g, ' ').slice(0, 400);
}

async function open(config: GraphConfig, onFailure: (error: unknown) => void): Promise<Acquire> {
  const { credential, clientId, resource } = config;
  const { ConfidentialClientApplication, ManagedIdentityApplication } = await import('@azure/msal-node');
  if (credential.kind === 'managedIdentity') {
    const managed = new ManagedIdentityApplication({
      ...(clientId !== null && { managedIdentityIdParams: { userAssignedClientId: clientId } }),
    });
    return () => managed.acquireToken({ resource, forceRefresh: true });
  }
  const application = new ConfidentialClientApplication(await configurationOf(config, onFailure));
  const scopes = [`${resource}/.default`];
  return () => application.acquireTokenByClientCredential({ scopes, skipCache: true });
}

/**
 * The addresses of the authority are given, so that MSAL discovers nothing: it would ask a public host first. MSAL
 * refuses an authority by http, also on loopback. So it is told https, and its requests go where the setting says.
 */
async function configurationOf(config: GraphConfig, onFailure: (error: unknown) => void): Promise<Configuration> {
  const { authority, tenantId, clientId } = config;
  const told = authority.replace(/^http:/, 'https:');
  const base = `${told}/${tenantId}`;
  const metadata = {
    issuer: `${base}/v2.0`,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    token_endpoint: `${base}/oauth2/v2.0/token`,
    jwks_uri: `${base}/discovery/v2.0/keys`,
  };
  return {
    auth: {
      clientId: clientId ?? '',
      authority: base,
      knownAuthorities: [new URL(told).host],
      authorityMetadata: JSON.stringify(metadata),
      ...(await proofOf(config)),
    },
    system: { networkClient: networkTo((url) => url.replace(told, authority), onFailure) },
  };
}

async function proofOf({ credential }: GraphConfig): Promise<Partial<Configuration['auth']>> {
  switch (credential.kind) {
    case 'secret':
      return { clientSecret: credential.secret };
    case 'federated':
      // The file is replaced every hour or so.
      return { clientAssertion: async () => (await readFile(credential.file, 'utf8')).trim() };
    case 'certificate': {
      const pem = await readFile(credential.file, 'utf8');
      const thumbprintSha256 = new X509Certificate(pem).fingerprint256.replaceAll(':', '');
      const privateKey = createPrivateKey(pem).export({ type: 'pkcs8', format: 'pem' }) as string;
      return { clientCertificate: { thumbprintSha256, privateKey } };
    }
    case 'managedIdentity':
      return {};
  }
}

function networkTo(rewrite: (url: string) => string, onFailure: (error: unknown) => void): INetworkModule {
  const send = async <Body>(method: string, url: string, options?: NetworkRequestOptions) => {
    const { headers = {}, body } = options ?? {};
    try {
      const response = await sendRequest(rewrite(url), { method, headers, body, withinMs: ANSWERED_WITHIN_MS });
      const text = await response.text();
      if (!text.startsWith('{')) throw new Error(`status ${response.status} without JSON`);
      // MSAL reads none that could come more than once.
      const single = response.headers as Record<string, string>;
      return { headers: single, body: JSON.parse(text) as Body, status: response.status };
    } catch (error) {
      onFailure(error);
      throw error;
    }
  };
  return {
    sendGetRequestAsync: (url, options) => send('GET', url, options),
    sendPostRequestAsync: (url, options) => send('POST', url, options),
  };
}
