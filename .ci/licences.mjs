// Lists what reaches users with this package: what is installed with it and what its pages are bundled of, each with its
// version and licence. Ends with 1 where a licence is not among those that are known to allow that: npm run licences
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleExplorer } from '../src/explorer/bundle.mjs';
import { bundlePage } from '../src/web/bundle.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Licences that ask for no more than that their text stays with the code. */
const FREE = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'Unlicense',
]);
/** What is used under other terms, with the reason for which that is allowed. */
const OTHERS = {
  // It forbids to offer the software itself to others as a managed service, which this package does not.
  '@apollo/federation-internals': 'Elastic-2.0',
};

/** Of several joined by OR one must be free, of those joined by AND all. */
function isFree(licence) {
  const bare = licence.replace(/[()]/g, '');
  if (/ or /i.test(bare)) return bare.split(/ or /i).some((one) => FREE.has(one));
  return bare.split(/ and /i).every((one) => FREE.has(one));
}

/** The folders of packages that npm installs with this one. */
function installed() {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  return Object.entries(packages)
    .filter(([folder, { dev, optional }]) => folder !== '' && !dev && !optional)
    .map(([folder]) => folder);
}

/** The folders of packages whose code is in the pages. */
async function bundled() {
  const folders = new Set();
  for (const bundle of [bundleExplorer, bundlePage]) {
    const { inputs } = await bundle({ looking: true });
    for (const path of Object.keys(inputs)) {
      const [, folder] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path) ?? [];
      if (folder) folders.add(folder);
    }
  }
  return [...folders];
}

const rows = new Map();
const add = (folder, how) => {
  const { name, version, license } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
  const key = `${name}@${version}`;
  const row = rows.get(key) ?? { name, key, licence: license ?? 'none told', how: [] };
  row.how.push(how);
  rows.set(key, row);
};
for (const folder of installed()) add(folder, 'installed');
for (const folder of await bundled()) add(folder, 'bundled');

const sorted = [...rows.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
for (const { key, licence, how } of sorted) console.log([key, licence, how.join(' and ')].join('\t'));
const unknown = sorted.filter(({ name, licence }) => !isFree(licence) && OTHERS[name] !== licence);
for (const { key, licence } of unknown) console.error(`${key}: the licence ${licence} is not known to allow this use.`);
console.error(`${sorted.length} packages.`);
process.exitCode = unknown.length > 0 ? 1 : 0;
