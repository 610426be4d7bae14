import { createServer, type Server } from 'node:http';
import { jest } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose';
import { freePort } from '../support/postgres.js';

interface SigningKey {
  kid: string;
  alg: string;
  privateKey: CryptoKey;
  publicKey: CryptoKey;
  jwk: JWK;
}

/** A real issuer on loopback: discovery, keys, rotation, outage, and a count of the requests it got. */
export class TestIssuer {
  url = '';
  published: JWK[] = [];
  /** What the discovery document says instead of the right things. */
  discovery: Record<string, unknown> = {};
  readonly requests: string[] = [];
  private server?: Server;
  private port = 0;

  async start(): Promise<this> {
    const server = createServer((request, response) => {
      this.requests.push(request.url ?? '');
      const pages: Record<string, unknown> = {
        '/.well-known/openid-configuration': { issuer: this.url, jwks_uri: this.jwksUri, ...this.discovery },
        '/keys': { keys: this.published },
      };
      const page = pages[request.url ?? ''];
      response.writeHead(page ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(page ?? {}));
    });
    // One that nobody takes while it is out of reach.
    this.port ||= await freePort();
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${this.port}`;
    this.server = server;
    return this;
  }

  /** Goes out of reach; `start` brings it back at the same address. */
  async stop(): Promise<void> {
    const server = this.server;
    this.server = undefined;
    if (!server) return;
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  }

  get jwksUri(): string {
    return `${this.url}/keys`;
  }

  /** Makes a key without publishing it. */
  async makeKey(kid: string, alg = 'ES256'): Promise<SigningKey> {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
    return { kid, alg, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
  }

  async publishKey(kid: string, alg?: string): Promise<SigningKey> {
    const key = await this.makeKey(kid, alg);
    this.published.push(key.jwk);
    return key;
  }

  /** A good reader's token for the audience `calls`; a claim given as undefined is left out. */
  async token(key: SigningKey, claims: JWTPayload = {}, kid: string | undefined = key.kid): Promise<string> {
    const now = nowInSeconds();
    const good = { iss: this.url, aud: 'calls', sub: 'reader', iat: now, exp: now + 3600 };
    return new SignJWT({ ...good, roles: ['CallRecords.Read.All'], ...claims })
      .setProtectedHeader({ alg: key.alg, kid })
      .sign(key.privateKey);
  }
}

export function nowInSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** Moves the clock by which keys and remembered tokens age; the clock that judges `exp` and `nbf` stays. */
export function letPass(milliseconds: number): void {
  const later = Date.now() + milliseconds;
  jest.spyOn(Date, 'now').mockReturnValue(later);
}
