import { errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions } from 'jose';
import { CallRecordsError } from '../domain/errors.js';
import { callerFromClaims, type Caller } from './caller.js';
import { DEVELOPMENT_AUDIENCE, DEVELOPMENT_ISSUER, type DevelopmentKey, PASSWORD_AUDIENCE } from './development-key.js';
import { IssuerKeys, type KeySource } from './issuer-keys.js';
import { TokenMemory } from './token-memory.js';

/** Authenticates the caller of a request. */
export interface Verifier {
  /**
   * Takes the `Authorization` header as it came. Rejects with `UNAUTHENTICATED`, whose message says what is wrong and
   * never repeats the token, or with `SERVICE_UNAVAILABLE` if the issuer's keys cannot be fetched.
   */
  verify(authorizationHeader: string | undefined): Promise<Caller>;
}

/** The issuer whose tokens are accepted, the address of its keys, or both. A missing member is not checked. */
export interface IssuerOptions extends KeySource {
  /** The `aud` that a token must have; one of several is enough. */
  audience?: string | string[];
}

/** Public-key algorithms only (RFC 8725, section 3.1): with HS* a public key could pass for a shared secret. */
const ALGORITHMS = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA'.split(' ');
const CLOCK_TOLERANCE_SECONDS = 60;
/** Together with the minute after which keys are fetched again: a withdrawn key is refused within five minutes. */
const ISSUER_MEMORY_MS = 4 * 60_000;

/** Accepts only what `mintToken` makes with this key. */
export function developmentVerifier(key: DevelopmentKey): Verifier {
  return keyVerifier(key, DEVELOPMENT_AUDIENCE);
}

/**
 * Accepts only the passwords for HTTP Basic (RFC 7617) that `mintToken` makes with this key, with any user name.
 * Whether they came over TLS is not its concern.
 */
export function passwordVerifier(key: DevelopmentKey): Verifier {
  const tokens = keyVerifier(key, PASSWORD_AUDIENCE);
  return { verify: async (header) => tokens.verify(`${SCHEME}${passwordIn(header ?? '')}`) };
}

/** Whether a header has the scheme `Basic`. */
export function isBasic(authorizationHeader: string | undefined): boolean {
  return /^\s*basic\s/i.test(authorizationHeader ?? '');
}

function passwordIn(header: string): string {
  const credentials = Buffer.from(header.trim().replace(/^\S+\s+/, ''), 'base64').toString('utf8');
  const password = credentials.slice(credentials.indexOf(':') + 1);
  if (/^[\w.~+/-]+=*$/.test(password)) return password;
  throw new CallRecordsError(
    'UNAUTHENTICATED',
    'The password is not one that `callrecords token --as-password` prints.',
  );
}

function keyVerifier(key: DevelopmentKey, audience: string): Verifier {
  const options = { algorithms: ['ES256'], issuer: DEVELOPMENT_ISSUER, audience };
  return verifierWith(() => key.publicKey, options, Infinity);
}

/**
 * Accepts the tokens of an issuer. Fetches nothing until a token needs a key, so it can be made while the issuer is
 * down. Throws an Error of one line if the addresses are not acceptable (see `validateJwksUri`).
 */
export function issuerVerifier({ audience, ...source }: IssuerOptions): Verifier {
  const keys = new IssuerKeys(source);
  const options = { algorithms: ALGORITHMS, issuer: source.issuer, audience };
  return verifierWith((header, token) => keys.find(header, token), options, ISSUER_MEMORY_MS);
}

/** The value of `WWW-Authenticate` with a 401 (RFC 6750, section 3): it has an error only if there was a token. */
export function challenge(authorizationHeader: string | undefined): string {
  return authorizationHeader ? 'Bearer error="invalid_token"' : 'Bearer';
}

/** The usual spelling. */
const SCHEME = 'Bearer ';

function verifierWith(getKey: JWTVerifyGetKey, expected: JWTVerifyOptions, memoryMs: number): Verifier {
  const memory = new TokenMemory();
  const options = { ...expected, requiredClaims: ['exp'], clockTolerance: CLOCK_TOLERANCE_SECONDS };
  return {
    async verify(authorizationHeader) {
      // A remembered token is well-formed, so the header need not be parsed again.
      const usual = authorizationHeader?.startsWith(SCHEME) ? authorizationHeader.slice(SCHEME.length) : '';
      const known = memory.recall(usual);
      if (known) return known;
      const token = bearerToken(authorizationHeader);
      const spelledOtherwise = token === usual ? undefined : memory.recall(token);
      if (spelledOtherwise) return spelledOtherwise;
      const verifiedAt = Date.now();
      const payload = await verifyToken(token, getKey, options);
      const caller = callerFromClaims(payload);
      const from = ((payload.nbf ?? -Infinity) - CLOCK_TOLERANCE_SECONDS) * 1000;
      const until = ((payload.exp ?? 0) + CLOCK_TOLERANCE_SECONDS) * 1000;
      memory.remember(token, caller, from, Math.min(until, verifiedAt + memoryMs));
      return caller;
    },
  };
}

/** RFC 6750, section 2.1: the scheme in any letter case, then one token. */
function bearerToken(header: string | undefined): string {
  if (!header?.trim()) {
    throw new CallRecordsError('UNAUTHENTICATED', 'A bearer token is required in the Authorization header.');
  }
  const token = /^bearer +([\w.~+/-]+=*)$/i.exec(header.trim())?.[1];
  if (token) return token;
  throw new CallRecordsError('UNAUTHENTICATED', 'The Authorization header must be "Bearer" and one token.');
}

async function verifyToken(token: string, getKey: JWTVerifyGetKey, options: JWTVerifyOptions): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, getKey, options)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw refusal(error);
    return verifyWithAny(error, token, options);
  }
}

/** A token without `kid` may fit several keys of the set. The key that verifies its signature counts. */
async function verifyWithAny(
  candidates: errors.JWKSMultipleMatchingKeys,
  token: string,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  for await (const key of candidates) {
    try {
      return (await jwtVerify(token, key, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw refusal(error);
    }
  }
  throw refusal(new errors.JWSSignatureVerificationFailed());
}

const REFUSALS: Record<string, string> = {
  [errors.JWTExpired.code]: 'The token has expired.',
  [errors.JOSEAlgNotAllowed.code]: 'The token is signed with an algorithm that is not accepted.',
  [errors.JWSSignatureVerificationFailed.code]: 'The signature of the token is wrong.',
  [errors.JWKSNoMatchingKey.code]: 'The token is signed with a key that its issuer does not publish.',
  [errors.JWSInvalid.code]: 'The token is not a well-formed JWT.',
  [errors.JWTInvalid.code]: 'The token is not a well-formed JWT.',
};

function refusal(error: unknown): Error {
  if (error instanceof CallRecordsError) return error;
  if (error instanceof errors.JWTClaimValidationFailed)
    return new CallRecordsError('UNAUTHENTICATED', claimFault(error));
  const message = error instanceof errors.JOSEError ? REFUSALS[error.code] : undefined;
  // Anything else (a key too short, an unknown critical header) is the operator's to look into: keep the cause.
  const details = message === undefined ? { cause: error } : {};
  return new CallRecordsError('UNAUTHENTICATED', message ?? 'The token cannot be verified.', details);
}

function claimFault({ claim, reason }: errors.JWTClaimValidationFailed): string {
  if (claim === 'iss') return 'The token is not from the issuer trusted here.';
  if (claim === 'aud') return 'The token is meant for another audience.';
  if (claim === 'nbf' && reason === 'check_failed') return 'The token is not valid yet.';
  if (claim === 'exp' && reason === 'missing') return 'The token has no exp claim: it would never expire.';
  return `The claim ${claim} of the token is not valid.`;
}
