import { createPrivateKey, createPublicKey, randomUUID, sign, verify, type KeyObject } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { JWK } from 'jose';
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint';
import { SignJWT } from 'jose/jwt/sign';
import { exportJWK } from 'jose/key/export';
import { generateKeyPair } from 'jose/key/generate/keypair';
import { makeFolder } from '../platform/make-folder.js';
import { DELEGATED_READ } from './roles.js';

/** The `iss` of every token signed with a development key. */
export const DEVELOPMENT_ISSUER = 'callrecords-development';
/** The `aud` of every token signed with a development key. */
export const DEVELOPMENT_AUDIENCE = 'callrecords';

/** The `aud` of every token that is valid as a password, and only as that. */
export const PASSWORD_AUDIENCE = 'callrecords-password';

/** An ES256 key pair of this machine's own; `kid` is its RFC 7638 thumbprint. */
export interface DevelopmentKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/**
 * The content of a development token. Without roles and without a user, it identifies its holder but gives no right.
 */
export interface TokenRequest {
  roles?: readonly string[];
  /** Object id of a user; the token gets the delegated scope `CallRecords.Read`. */
  user?: string;
  expiresInSeconds: number;
  /** A token for HTTP Basic. It is short, as some programs cannot take a long password, and valid for nothing else. */
  isPassword?: boolean;
}

/**
 * Reads the key from the file, or makes it if there is none (file mode 0600, with its folder). Processes that start
 * together all get the same key. A broken file is never replaced: rejects with an Error of one line.
 */
export async function loadDevelopmentKey(path: string): Promise<DevelopmentKey> {
  const existing = await readKeyFile(path);
  if (existing !== undefined) return parseKey(existing, path);
  await makeKeyFile(path);
  return parseKey((await readKeyFile(path)) ?? '', path);
}

/**
 * Signs a JWT (ES256, RFC 7519), valid for `expiresInSeconds`. `developmentVerifier` accepts it, or `passwordVerifier`
 * if it is a password.
 */
export function mintToken(key: DevelopmentKey, request: TokenRequest): Promise<string> {
  const { roles, user, expiresInSeconds, isPassword = false } = request;
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    ...(roles?.length ? { roles: [...new Set(roles)] } : {}),
    ...(user ? { scp: DELEGATED_READ, oid: user } : {}),
  };
  const token = new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', ...(!isPassword && { kid: key.kid, typ: 'JWT' }) })
    .setIssuer(DEVELOPMENT_ISSUER)
    .setAudience(isPassword ? PASSWORD_AUDIENCE : DEVELOPMENT_AUDIENCE)
    .setSubject(user || 'development')
    .setExpirationTime(now + expiresInSeconds);
  return (isPassword ? token : token.setIssuedAt(now).setNotBefore(now)).sign(key.privateKey);
}

async function readKeyFile(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new Error(`The development key ${path} cannot be read (${codeOf(error)}).`, { cause: error });
  }
}

async function makeKeyFile(path: string): Promise<void> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = await exportJWK(privateKey);
  const text = JSON.stringify({ ...jwk, alg: 'ES256', use: 'sig', kid: await calculateJwkThumbprint(jwk) }, null, 2);
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    makeFolder(dirname(path));
    await writeFile(draft, `${text}\n`, { mode: 0o600, flag: 'wx', flush: true });
    // Unlike a rename, a link fails if the name is taken: the complete key of the first process stays.
    await link(draft, path);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return;
    throw new Error(`The development key ${path} cannot be written (${codeOf(error)}).`, { cause: error });
  } finally {
    await rm(draft, { force: true });
  }
}

async function parseKey(text: string, path: string): Promise<DevelopmentKey> {
  try {
    const { kty, crv, d, x, y } = JSON.parse(text) as JWK;
    if (kty !== 'EC' || crv !== 'P-256' || !d) throw new Error('not an ES256 private key');
    const privateKey = createPrivateKey({ key: { kty, crv, d, x, y }, format: 'jwk' });
    const publicKey = createPublicKey(privateKey);
    // OpenSSL accepts a private and a public half that do not match, but every token signed with them would be refused.
    const probe = Buffer.from(path);
    if (!verify('sha256', probe, publicKey, sign('sha256', probe, privateKey)))
      throw new Error('d does not fit x and y');
    return {
      kid: await calculateJwkThumbprint({ kty, crv, x, y }),
      privateKey,
      publicKey,
    };
  } catch (error) {
    const advice = 'delete it to have a new one made';
    throw new Error(`The development key ${path} is not an ES256 private key in JWK form; ${advice}.`, {
      cause: error,
    });
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown error';
}
