import { createLocalJWKSet, errors, type CryptoKey, type FlattenedJWSInput, type JSONWebKeySet } from 'jose';
import type { JWTHeaderParameters } from 'jose';
import { CallRecordsError } from '../domain/errors.js';
import { sendRequest } from '../platform/http-request.js';
import { isSecureUrl } from '../platform/loopback.js';

/** The source of the keys: `jwksUri`, or else the discovery document of `issuer` (OpenID Connect Discovery 1.0). */
export interface KeySource {
  issuer?: string;
  jwksUri?: string;
}

const FETCH_TIMEOUT_MS = 5_000;
/** The age at which a key set is fetched again. Added to the time that tokens are remembered, it makes five minutes. */
const REFRESH_MS = 60_000;
/** The time after a fetch before an unknown key may cause another: made-up key ids must not flood the issuer. */
const COOLDOWN_MS = 5_000;
/** The time after a failed fetch before another may be tried. */
const RETRY_MS = 1_000;
/** How long the last good key set is used while the issuer cannot be reached. */
const USABLE_MS = 24 * 3_600_000;
const RETRY_AFTER_SECONDS = 5;

/**
 * The public keys of an issuer, fetched at first use. jose's remote set drops its old keys while the issuer is down.
 * This one keeps the last good set for up to a day, so that an outage of the issuer is not an outage here.
 */
export class IssuerKeys {
  private current?: { find: ReturnType<typeof createLocalJWKSet>; fetchedAt: number };
  /** The failure of the latest fetch; undefined if it succeeded. */
  private failure?: { cause: unknown; at: number };
  private pending?: Promise<void>;
  private discovered?: URL;

  /** Throws an Error of one line if neither `jwksUri` nor `issuer` of the source is acceptable. */
  constructor(private readonly source: KeySource) {
    if (source.jwksUri === undefined && source.issuer === undefined)
      throw new Error('An issuer or a JWKS URI is needed.');
    validateJwksUri(source.jwksUri ?? discoveryUri(source.issuer ?? ''));
  }

  /**
   * The key for a token's header. Throws jose's `JWKSNoMatchingKey` if the issuer has no such key, and
   * `SERVICE_UNAVAILABLE` if the issuer cannot be reached to find out.
   */
  async find(header: JWTHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> {
    await this.refreshWhenOld();
    try {
      return await this.usable().find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await this.refreshForUnknownKey();
      return this.usable().find(header, token);
    }
  }

  private async refreshWhenOld(): Promise<void> {
    if (this.current && elapsed(this.current.fetchedAt) < REFRESH_MS) return;
    if (this.failure && elapsed(this.failure.at) < RETRY_MS) return;
    const inOutage = this.current && this.failure && elapsed(this.failure.at) < REFRESH_MS;
    const refreshed = this.refresh();
    // In an outage no request waits for the issuer's timeout: the old keys are used meanwhile.
    if (!inOutage) await refreshed;
  }

  private async refreshForUnknownKey(): Promise<void> {
    const [last, pause] = this.failure ? [this.failure.at, RETRY_MS] : [this.current?.fetchedAt ?? 0, COOLDOWN_MS];
    if (elapsed(last) >= pause) await this.refresh();
    if (this.failure) throw this.unavailable();
  }

  private usable(): { find: ReturnType<typeof createLocalJWKSet> } {
    if (this.current && elapsed(this.current.fetchedAt) < USABLE_MS) return this.current;
    throw this.unavailable();
  }

  private unavailable(): CallRecordsError {
    return new CallRecordsError('SERVICE_UNAVAILABLE', 'The keys of the token issuer cannot be fetched now.', {
      retryAfterSeconds: RETRY_AFTER_SECONDS,
      cause: this.failure?.cause,
    });
  }

  /**
   * Never rejects: the outcome is in `current` and `failure`. There is one fetch at a time, which all callers share.
   */
  private refresh(): Promise<void> {
    this.pending ??= this.load().finally(() => (this.pending = undefined));
    return this.pending;
  }

  private async load(): Promise<void> {
    try {
      this.discovered ??= await this.discover();
      const keys = (await fetchJson(this.discovered)) as JSONWebKeySet;
      this.current = { find: createLocalJWKSet(keys), fetchedAt: Date.now() };
      this.failure = undefined;
    } catch (cause) {
      this.failure = { cause, at: Date.now() };
      // The keys may have moved: the next fetch looks the address up again.
      this.discovered = undefined;
    }
  }

  private async discover(): Promise<URL> {
    const { issuer, jwksUri } = this.source;
    if (jwksUri !== undefined) return validateJwksUri(jwksUri);
    const document = (await fetchJson(validateJwksUri(discoveryUri(issuer ?? '')))) as Record<string, unknown> | null;
    // OpenID Connect Discovery 1.0, section 4.3: otherwise one issuer could speak for another.
    if (document?.issuer !== issuer) throw new Error('The discovery document is that of another issuer.');
    return validateJwksUri(String(document?.jwks_uri));
  }
}

/** Accepts https, and http on loopback. Throws an Error of one line otherwise. */
export function validateJwksUri(uri: string): URL {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  if (!url) throw new Error('The address of the keys is not an absolute URL.');
  if (url.username || url.password) throw new Error('The address of the keys must not hold a user name or password.');
  if (isSecureUrl(url)) return url;
  throw new Error(
    `The address of the keys must begin with https:// (http:// is for loopback only), not ${url.protocol}//.`,
  );
}

/** The issuer's trailing slash is removed first (OpenID Connect Discovery 1.0, section 4.1). */
function discoveryUri(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
}

async function fetchJson(url: URL): Promise<unknown> {
  const response = await sendRequest(url.href, { headers: { accept: 'application/json' }, withinMs: FETCH_TIMEOUT_MS });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${url.href} answers with status ${response.status}.`);
  return JSON.parse(text);
}

/** Absolute, so that a clock that is set back makes keys old, instead of young for ever. */
function elapsed(since: number): number {
  return Math.abs(Date.now() - since);
}
