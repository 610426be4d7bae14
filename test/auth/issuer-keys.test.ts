import { jest } from '@jest/globals';
import { validateJwksUri } from '../../src/auth/issuer-keys.js';
import { issuerVerifier, type Verifier } from '../../src/auth/verifier.js';
import { letPass, nowInSeconds, TestIssuer } from './test-issuer.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

let issuer: TestIssuer;
let verifier: Verifier;

beforeEach(async () => {
  issuer = await new TestIssuer().start();
  verifier = issuerVerifier({ issuer: issuer.url, audience: 'calls' });
});

afterEach(async () => {
  jest.restoreAllMocks();
  await issuer.stop();
});

const accepted = (token: string) =>
  expect(verifier.verify(`Bearer ${token}`)).resolves.toMatchObject({ canRead: true });
const refused = (token: string, message: RegExp) =>
  expect(verifier.verify(`Bearer ${token}`)).rejects.toMatchObject({
    code: 'UNAUTHENTICATED',
    message: expect.stringMatching(message),
  });
const unavailable = (token: string) =>
  expect(verifier.verify(`Bearer ${token}`)).rejects.toMatchObject({
    code: 'SERVICE_UNAVAILABLE',
    retryAfterSeconds: 5,
  });

describe('The keys of the issuer', () => {
  test('Nothing is fetched before the first token, and then once for many', async () => {
    const key = await issuer.publishKey('a');
    expect(issuer.requests).toEqual([]);
    const tokens = await Promise.all([1, 2, 3, 4].map((n) => issuer.token(key, { sub: `${n}` })));
    await Promise.all(tokens.map(accepted));
    expect(issuer.requests).toEqual(['/.well-known/openid-configuration', '/keys']);
  });

  test('A new key is accepted without a restart', async () => {
    await accepted(await issuer.token(await issuer.publishKey('a')));
    const next = await issuer.publishKey('b');
    letPass(5_000);
    await accepted(await issuer.token(next));
  });

  test('Made-up key ids do not make a flood of requests to the issuer', async () => {
    await accepted(await issuer.token(await issuer.publishKey('a')));
    for (const kid of ['x', 'y', 'z']) await refused(await issuer.token(await issuer.makeKey(kid)), /does not publish/);
    expect(issuer.requests).toHaveLength(2);
  });

  test('An issuer that is down at first answers SERVICE_UNAVAILABLE, and counts as soon as it is up', async () => {
    const token = await issuer.token(await issuer.publishKey('a'));
    await issuer.stop();
    await unavailable(token);
    await issuer.start();
    letPass(1_000);
    await accepted(token);
  });

  test('A discovery document of another issuer is not believed', async () => {
    issuer.discovery = { issuer: 'https://other.example' };
    await unavailable(await issuer.token(await issuer.publishKey('a')));
    expect(issuer.requests).not.toContain('/keys');
  });

  test('A discovery document that sends for keys over plain http is not believed', async () => {
    issuer.discovery = { jwks_uri: 'http://keys.example/keys' };
    await unavailable(await issuer.token(await issuer.publishKey('a')));
  });
});

describe('An outage of the issuer', () => {
  test('Known keys go on working for a day, for tokens never seen before too', async () => {
    const key = await issuer.publishKey('a');
    await accepted(await issuer.token(key));
    await issuer.stop();
    letPass(DAY / 2);
    await accepted(await issuer.token(key, { sub: 'other', exp: nowInSeconds() + 3600 }));
    letPass(DAY / 2);
    await unavailable(await issuer.token(key, { sub: 'third', exp: nowInSeconds() + 3600 }));
  });

  test('A token with an unknown key is SERVICE_UNAVAILABLE, since it may be good', async () => {
    await accepted(await issuer.token(await issuer.publishKey('a')));
    const next = await issuer.publishKey('b');
    await issuer.stop();
    letPass(5_000);
    await unavailable(await issuer.token(next));
    await issuer.start();
    letPass(5_000);
    await accepted(await issuer.token(next));
  });

  test('A key set that is no key set is an outage, not the end of the known keys', async () => {
    const key = await issuer.publishKey('a');
    await accepted(await issuer.token(key));
    issuer.published = 'broken' as unknown as typeof issuer.published;
    letPass(2 * MINUTE);
    await accepted(await issuer.token(key, { sub: 'other' }));
  });
});

describe('The address of the keys', () => {
  test.each([
    'https://login.example/keys',
    'http://127.0.0.1:9/keys',
    'http://localhost/keys',
    'http://[::1]/keys',
    'http://[::ffff:7f00:1]/keys',
  ])('%s is acceptable', (uri) => expect(validateJwksUri(uri).href).toBe(uri));

  test.each([
    'http://login.example/keys',
    'http://127.0.0.1.example/keys',
    'http://localhost.example/keys',
    'http://login.localhost/keys',
    'http://localhost./keys',
    'https://user:secret@login.example/keys',
    'file:///etc/keys',
    '/keys',
    '',
  ])('%j is refused in one line', (uri) => {
    expect(() => validateJwksUri(uri)).toThrow(/^The address of the keys .+\.$/);
    expect(() => issuerVerifier({ jwksUri: uri })).toThrow(/^The address of the keys/);
  });
});
