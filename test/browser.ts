import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/google-chrome', '/usr/bin/chromium-browser'];
const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts the machine's Chromium. Throws where there is none, so that the tests that need it fail instead of skip. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: findBrowser(), args: ARGUMENTS });
}

function findBrowser(): string {
  const given = process.env['CHROMIUM_PATH'];
  const found = given ? [given].find(existsSync) : CANDIDATES.find(existsSync);
  if (found) return found;
  throw new Error(
    `No browser at ${given ?? CANDIDATES.join(', ')}. Install one with \`apt-get update && apt-get install -y chromium\` ` +
      'or set CHROMIUM_PATH to the executable of Chromium or Chrome.',
  );
}
