import { jest } from '@jest/globals';
import { exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { issuerVerifier, type Verifier } from '../../src/auth/verifier.js';
import { letPass, nowInSeconds, TestIssuer } from './test-issuer.js';

const MINUTE = 60_000;

let issuer: TestIssuer;
let verifier: Verifier;

beforeEach(async () => {
  issuer = await new TestIssuer().start();
  verifier = issuerVerifier({ issuer: issuer.url, audience: 'calls' });
});

afterEach(async () => {
  jest.restoreAllMocks();
  jest.useRealTimers();
  await issuer.stop();
});

const accepted = (token: string) =>
  expect(verifier.verify(`Bearer ${token}`)).resolves.toMatchObject({ canRead: true });
const refused = (token: string, message: RegExp) =>
  expect(verifier.verify(`Bearer ${token}`)).rejects.toMatchObject({
    code: 'UNAUTHENTICATED',
    message: expect.stringMatching(message),
  });

describe('The Authorization header', () => {
  test.each(['Bearer', 'bearer', 'BEARER'])('The scheme may be written %s', async (scheme) => {
    const token = await issuer.token(await issuer.publishKey('a'));
    const caller = await verifier.verify(`${scheme} ${token}`);
    expect(caller.subject).toBe(`${issuer.url}|reader`);
  });

  test.each([undefined, '', ' ', 'Bearer', 'Bearer ', 'Basic YTpi', 'Bearer a b', 'Bearer a, Bearer b', 'Bearera.b.c'])(
    'The header %j is refused as UNAUTHENTICATED',
    async (header) => {
      await expect(verifier.verify(header)).rejects.toMatchObject({ code: 'UNAUTHENTICATED', status: 401 });
    },
  );
});

describe('A token of the issuer', () => {
  test.each(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'])(
    'A token signed with %s is accepted',
    async (alg) => accepted(await issuer.token(await issuer.publishKey('a', alg))),
  );

  test('A token without a key id is accepted when any of the published keys signed it', async () => {
    await issuer.publishKey('a');
    const key = await issuer.publishKey('b');
    const token = await new SignJWT({ iss: issuer.url, aud: 'calls', roles: ['CallRecords.Read.All'] })
      .setProtectedHeader({ alg: 'ES256' })
      .setExpirationTime('1h')
      .sign(key.privateKey);
    await accepted(token);
  });

  test('A token without a key id is refused when none of the published keys signed it', async () => {
    await issuer.publishKey('a');
    await issuer.publishKey('b');
    const { privateKey } = await generateKeyPair('ES256');
    const forged = await new SignJWT({ iss: issuer.url, aud: 'calls' })
      .setProtectedHeader({ alg: 'ES256' })
      .setExpirationTime('1h')
      .sign(privateKey);
    await refused(forged, /signature/);
  });

  test("A token forged with another key under the issuer's key id is refused", async () => {
    await issuer.publishKey('a');
    await refused(await issuer.token(await issuer.makeKey('a')), /signature/);
  });

  test('A token whose claims were changed after signing is refused', async () => {
    const [header, , signature] = (await issuer.token(await issuer.publishKey('a'))).split('.');
    const claims = { iss: issuer.url, aud: 'calls', exp: nowInSeconds() + 60, roles: ['CallRecords.ReadWrite.All'] };
    await refused(`${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${signature}`, /signature/);
  });

  test('A token with the algorithm "none" is refused', async () => {
    await issuer.publishKey('a');
    const claims = { iss: issuer.url, aud: 'calls', roles: ['CallRecords.Read.All'] };
    await refused(new UnsecuredJWT(claims).setExpirationTime('1h').encode(), /algorithm/);
  });

  test('A token signed with HS256 and the public key as the secret is refused', async () => {
    const key = await issuer.publishKey('a');
    const secret = new TextEncoder().encode(await exportSPKI(key.publicKey));
    const forged = await new SignJWT({ iss: issuer.url, aud: 'calls' })
      .setProtectedHeader({ alg: 'HS256', kid: 'a' })
      .setExpirationTime('1h')
      .sign(secret);
    await refused(forged, /algorithm/);
  });

  test.each(['x', 'a.b', 'a.b.c', 'a.b.c.d.e'])('The text %s is refused as no JWT', (text) =>
    refused(text, /^The token is not a well-formed JWT\.$/),
  );

  test('A refusal never repeats the token', async () => {
    const token = await issuer.token(await issuer.makeKey('a'));
    const error: unknown = await verifier.verify(`Bearer ${token}`).catch((reason: unknown) => reason);
    expect(JSON.stringify([String(error), error])).not.toContain(token.split('.')[1]);
  });
});

describe('The claims of a token', () => {
  test('Clocks may differ by a minute: expired 50 seconds ago or valid in 50 seconds is accepted', async () => {
    const key = await issuer.publishKey('a');
    await accepted(await issuer.token(key, { exp: nowInSeconds() - 50 }));
    await accepted(await issuer.token(key, { nbf: nowInSeconds() + 50 }));
  });

  test.each([
    ['that expired over a minute ago', () => ({ exp: nowInSeconds() - 61 }), /has expired/],
    ['that is valid only from over a minute on', () => ({ nbf: nowInSeconds() + 65 }), /not valid yet/],
    ['without exp', () => ({ exp: undefined }), /no exp claim/],
    ['whose exp is a text', () => ({ exp: '9999999999' as unknown as number }), /claim exp/],
    ['for another audience', () => ({ aud: 'others' }), /audience/],
    ['without an audience', () => ({ aud: undefined }), /audience/],
    ['of another issuer', () => ({ iss: 'https://other.example' }), /issuer/],
    ['without an issuer', () => ({ iss: undefined }), /issuer/],
  ])('A token %s is refused, and the message says so', async (_, claims, message) => {
    await refused(await issuer.token(await issuer.publishKey('a'), claims()), message);
  });

  test('One audience of several is enough', async () => {
    await accepted(await issuer.token(await issuer.publishKey('a'), { aud: ['others', 'calls'] }));
  });

  test('Issuer and audience are not checked where none is configured', async () => {
    verifier = issuerVerifier({ jwksUri: issuer.jwksUri });
    await accepted(await issuer.token(await issuer.publishKey('a'), { iss: 'https://other.example', aud: 'others' }));
    expect(issuer.requests).toEqual(['/keys']);
  });
});

describe('A token seen before', () => {
  test('A token is remembered: the second time nothing is fetched or checked', async () => {
    const token = await issuer.token(await issuer.publishKey('a'));
    const [first, second] = [await verifier.verify(`Bearer ${token}`), await verifier.verify(`Bearer ${token}`)];
    expect(second).toBe(first);
  });

  test('A remembered token still expires', async () => {
    const token = await issuer.token(await issuer.publishKey('a'), { exp: nowInSeconds() });
    await accepted(token);
    jest.useFakeTimers({ now: Date.now() + MINUTE, advanceTimers: true });
    await refused(token, /has expired/);
  });

  test('A token counts no longer when its key was withdrawn five minutes ago', async () => {
    const token = await issuer.token(await issuer.publishKey('old'));
    await accepted(token);
    issuer.published = [];
    letPass(5 * MINUTE);
    await refused(token, /does not publish/);
  });

  test('A token not seen before counts no longer when its key was withdrawn five minutes ago', async () => {
    const old = await issuer.publishKey('old');
    await accepted(await issuer.token(old));
    issuer.published = [];
    letPass(5 * MINUTE);
    await refused(await issuer.token(old, { sub: 'other' }), /does not publish/);
  });
});
