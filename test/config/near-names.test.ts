import { SETTINGS } from '../../src/config.js';
import { nearNames } from '../../src/config/near-names.js';
import { run } from '../support/run.js';

const meantBy = (given: string) => nearNames({ [given]: '1' }).map(({ meant }) => meant);

describe('A variable that is nearly a setting', () => {
  it.each([
    ['RATE_LMIT', 'RATE_LIMIT'],
    ['RATE_LIMITS', 'RATE_LIMIT'],
    ['RATE_LINIT', 'RATE_LIMIT'],
    ['RATE_LIMTI', 'RATE_LIMIT'],
    ['rate_limit', 'RATE_LIMIT'],
    ['RATELIMIT', 'RATE_LIMIT'],
    ['RATE-LIMIT', 'RATE_LIMIT'],
    ['CORS_ORIGIN', 'CORS_ORIGINS'],
    ['DATABASE_URI', 'DATABASE_URL'],
    ['AUTH_JWKS_URL', 'AUTH_JWKS_URI'],
    ['SHUTDOWN_TIMEOUT', 'SHUTDOWN_TIMEOUT_MS'],
    ['WORKER', 'WORKERS'],
    ['port', 'PORT'],
  ])('is recognised: %s is meant for %s', (given, meant) => expect(meantBy(given)).toEqual([meant]));

  it.each(
    'HOME HOSTNAME HOSTTYPE HOSTS PORTS POST LOGNAME LANG PATH PWD SHELL TERM USER NODE_OPTIONS NODE_PATH NODE_TLS_REJECT_UNAUTHORIZED NVM_DIR DATABASE_HOST SSL_CERT_FILE WORKDIR WORKSPACE MAX_WIDTH npm_config_loglevel'.split(
      ' ',
    ),
  )('is not %s, which means something else', (name) => expect(meantBy(name)).toEqual([]));

  it('is no setting itself, nor one that the system reads under its other spelling', () => {
    const all = Object.fromEntries(Object.values(SETTINGS).map(({ name }) => [name, '1']));
    expect(nearNames(all)).toEqual([]);
    expect(nearNames({ ...all, Rate_Limit: '1' })).toEqual([]);
  });

  it('is told of by every command that reads settings, in a line on standard error, and changes nothing', async () => {
    const { stdout, stderr } = await run(['migrate'], { env: { DATABASE_URL: 'mysql://x', RATE_LMIT: '5' } });
    expect(stdout).toBe('');
    expect(stderr).toMatch(
      /^warning: RATE_LMIT is no setting, so it changes nothing; did you mean RATE_LIMIT\?\ncallrecords: DATABASE_URL=.*\n$/,
    );
  });
});
