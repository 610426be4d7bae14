import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { loadDevelopmentKey, mintToken } from '../../src/auth/development-key.js';
import { parseDuration } from '../../src/auth/duration.js';
import { developmentVerifier } from '../../src/auth/verifier.js';

const USER = '821809f5-0000-0000-0000-3b5136c0e777';
let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'callrecords-key-'));
  path = join(folder, 'db', 'development-key.json');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('The development key', () => {
  test('Its file is made at the first use, readable by its owner only, with nothing left beside it', async () => {
    await loadDevelopmentKey(path);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, 'db'))).toEqual(['development-key.json']);
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ kty: 'EC', crv: 'P-256', alg: 'ES256' });
  });

  test('Many that start at once, and all later ones, get the same key', async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, () => loadDevelopmentKey(path)));
    const later = await loadDevelopmentKey(path);
    expect(new Set([...keys, later].map((key) => key.kid)).size).toBe(1);
    expect(await readdir(join(folder, 'db'))).toEqual(['development-key.json']);
  });

  test.each([
    ['an empty file', async () => ''],
    ['a file that is no JSON', async () => '{"kty":'],
    ['a JSON null', async () => 'null'],
    ['a public key', async () => JSON.stringify(await exportJWK((await generateKeyPair('ES256')).publicKey))],
    ['an RSA key', async () => privateJwk('RS256')],
    ['a key of another curve', async () => privateJwk('ES384')],
    [
      'halves of two keys',
      async () => JSON.stringify({ ...JSON.parse(await privateJwk('ES256')), d: 'A'.repeat(42) + 'E' }),
    ],
  ])('With %s it stops with one line that names the file, and leaves the file alone', async (_, make) => {
    const broken = join(folder, 'broken.json');
    const text = await make();
    await writeFile(broken, text);
    await expect(loadDevelopmentKey(broken)).rejects.toThrow(/^The development key \S+broken\.json is not .+\.$/);
    expect(await readFile(broken, 'utf8')).toBe(text);
  });

  test('Where the system makes no folders it stops at once with one line that names the path', async () => {
    await expect(loadDevelopmentKey('/proc/callrecords/key.json')).rejects.toThrow(
      /^The development key \/proc\/callrecords\/key\.json cannot be written \(\w+\)\.$/,
    );
  });

  test('Where its folder is a file it stops with one line that names the path', async () => {
    await writeFile(join(folder, 'db'), '');
    await chmod(join(folder, 'db'), 0o600);
    await expect(loadDevelopmentKey(path)).rejects.toThrow(/^The development key \S+ cannot be \w+ \(\w+\)\.$/);
  });
});

describe('A development token', () => {
  test('It is accepted by a verifier of the same key, with the roles and the user it was made for', async () => {
    const key = await loadDevelopmentKey(path);
    const verifier = developmentVerifier(await loadDevelopmentKey(path));
    const writer = await mintToken(key, { roles: ['CallRecords.ReadWrite.All'], expiresInSeconds: 60 });
    const user = await mintToken(key, { user: USER, expiresInSeconds: 60 });
    const nobody = await mintToken(key, { expiresInSeconds: 60 });
    expect(await verifier.verify(`Bearer ${writer}`)).toMatchObject({ canWrite: true, visibleTo: null });
    expect(await verifier.verify(`Bearer ${user}`)).toMatchObject({ canRead: true, canWrite: false, visibleTo: USER });
    expect(await verifier.verify(`Bearer ${nobody}`)).toMatchObject({ canRead: false, canWrite: false });
  });

  test('It carries the claims of a Microsoft Entra ID token, and only those that were asked for', async () => {
    const key = await loadDevelopmentKey(path);
    const fixed = { iss: 'callrecords-development', aud: 'callrecords' };
    const times = { iat: expect.any(Number), nbf: expect.any(Number), exp: expect.any(Number) };
    const plain = await mintToken(key, { roles: [], expiresInSeconds: 60 });
    const full = await mintToken(key, { roles: ['R'], user: USER, expiresInSeconds: 60 });
    expect(decodeProtectedHeader(plain)).toEqual({ alg: 'ES256', kid: key.kid, typ: 'JWT' });
    expect(decodeJwt(plain)).toEqual({ ...fixed, ...times, sub: 'development' });
    const asked = { sub: USER, oid: USER, scp: 'CallRecords.Read', roles: ['R'] };
    expect(decodeJwt(full)).toEqual({ ...fixed, ...times, ...asked });
    expect((decodeJwt(full).exp ?? 0) - (decodeJwt(full).iat ?? 0)).toBe(60);
  });

  test('It is refused by a verifier of another key, and after it expired', async () => {
    const [key, other] = [await loadDevelopmentKey(path), await loadDevelopmentKey(join(folder, 'other.json'))];
    const token = await mintToken(key, { expiresInSeconds: 60 });
    const expired = await mintToken(key, { expiresInSeconds: -61 });
    const wrongKey = { code: 'UNAUTHENTICATED', message: expect.stringContaining('signature') };
    await expect(developmentVerifier(other).verify(`Bearer ${token}`)).rejects.toMatchObject(wrongKey);
    const tooLate = { code: 'UNAUTHENTICATED', message: 'The token has expired.' };
    await expect(developmentVerifier(key).verify(`Bearer ${expired}`)).rejects.toMatchObject(tooLate);
  });

  test('A token of another issuer or audience is refused, though the key signed it', async () => {
    const key = await loadDevelopmentKey(path);
    for (const [iss, aud] of [
      ['other', 'callrecords'],
      ['callrecords-development', 'other'],
    ] as const) {
      const token = new SignJWT({ iss, aud }).setProtectedHeader({ alg: 'ES256' }).setExpirationTime('1h');
      const verified = developmentVerifier(key).verify(`Bearer ${await token.sign(key.privateKey)}`);
      await expect(verified).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    }
  });
});

describe('A duration', () => {
  test.each([
    ['90s', 90],
    ['15m', 900],
    ['8h', 28_800],
    ['7d', 604_800],
  ])('%s is %i seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  test.each(['', '8', 'h', '0s', '-1h', '1.5h', '8H', '8 h', '1h30m', '99999999999999999d', '1y'])(
    '%j is refused in one line that shows how to write it',
    (text) => expect(() => parseDuration(text)).toThrow(/^".*" is not a duration; .+ such as 8h\.$/),
  );
});

async function privateJwk(alg: string): Promise<string> {
  return JSON.stringify(await exportJWK((await generateKeyPair(alg, { extractable: true })).privateKey));
}
