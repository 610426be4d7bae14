import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import packed from '@sparticuz/chromium';
import { chromium, type Browser, type LaunchOptions } from 'playwright-core';

const CACHE = fileURLToPath(new URL('../node_modules/.cache/', import.meta.url));
const CHANNELS = ['chrome', 'msedge', 'chromium'];

/** No page and no part of the browser itself reaches another host, be there a network and a proxy or not. */
const OFFLINE = [
  '--no-proxy-server',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-domain-reliability',
  '--disable-sync',
  '--no-first-run',
  '--no-pings',
];
const WITHOUT_SANDBOX = ['--no-sandbox', '--disable-gpu'];

/**
 * What the packed browser is told by its makers and must not be told here. With a single process it dies of the first
 * page that is closed. Without web security a page breaks rules that the tests are about. Its features replace those of
 * Playwright, and its word for headless is not one.
 */
const LEFT_OUT =
  /^--(single-process|headless|(en|dis)able-features|allow-running-insecure-content|disable-web-security|disable-site-isolation-trials)\b/;

/**
 * Starts a Chromium: the one CHROMIUM_PATH names, that of an npm package where it runs (Linux on x64), else an
 * installed Chrome or Edge. Throws where there is none, so that the tests that need it fail instead of skip.
 */
export async function launchBrowser(): Promise<Browser> {
  const given = process.env['CHROMIUM_PATH'];
  if (given) return launch({ executablePath: given, args: WITHOUT_SANDBOX });
  return process.platform === 'linux' && process.arch === 'x64' ? launchPacked() : launchInstalled();
}

function launch({ args = [], ...options }: LaunchOptions): Promise<Browser> {
  return chromium.launch({ ...options, args: [...args, ...OFFLINE] });
}

async function launchPacked(): Promise<Browser> {
  const folder = await unpack();
  // Drawing through a graphics card that is computed takes seven times the processor time.
  packed.setGraphicsMode = false;
  return launch({
    executablePath: join(folder, 'chromium'),
    args: packed.args.filter((argument) => !LEFT_OUT.test(argument)),
    // Libraries and fonts that a bare machine lacks lie beside it; without any font it dies of the first text.
    env: {
      ...process.env,
      LD_LIBRARY_PATH: join(folder, 'al2023/lib'),
      FONTCONFIG_FILE: join(folder, 'fonts.conf'),
    },
  });
}

/**
 * The folder of the packed browser, unpacked on first use. The package would do so in the folder for temporary files
 * and take what lies there: of another version, of another user, or half written by a test that runs at the same time.
 */
async function unpack(): Promise<string> {
  const { version } = createRequire(import.meta.url)(join(packageFolder(), 'package.json')) as { version: string };
  const folder = join(CACHE, `chromium-${version}`);
  if (existsSync(folder)) return folder;
  await mkdir(CACHE, { recursive: true });
  const begun = await mkdtemp(`${folder}-`);
  // Told that it runs on Amazon Linux, it unpacks the libraries too.
  const env = { ...process.env, TMPDIR: begun, AWS_LAMBDA_JS_RUNTIME: 'nodejs20.x' };
  const script = "import packed from '@sparticuz/chromium'; await packed.executablePath();";
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], { env, cwd: packageFolder() });
  // Its own list of fonts names only the folder for temporary files.
  await writeFile(
    join(begun, 'fonts.conf'),
    `<fontconfig><dir>${folder}/fonts</dir><cachedir>${folder}/fonts-cache</cachedir></fontconfig>`,
  );
  await rename(begun, folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  });
  await rm(begun, { recursive: true, force: true });
  return folder;
}

const packageFolder = () => join(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')), '../..');

async function launchInstalled(): Promise<Browser> {
  for (const channel of CHANNELS) {
    try {
      return await launch({ channel });
    } catch (error) {
      if (!/is not found|Executable doesn't exist/.test((error as Error).message)) throw error;
    }
  }
  throw new Error('No browser for the tests: install Google Chrome or Edge, or set CHROMIUM_PATH to a Chromium.');
}
