// Builds dist/: the server by tsc, its program, the explorer and the page of calls by esbuild, each only where it is not what
// its sources make.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

// With an older Node compilers end in errors that say nothing of it. The command line asks the same, for what is built.
const { engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const [oldest, running] = [engines.node, process.versions.node].map((version) => version.match(/\d+/g).map(Number));
if (running[0] < oldest[0] || (running[0] === oldest[0] && running[1] < oldest[1])) {
  console.error(`callrecords: Node.js ${engines.node} is needed; this is ${process.versions.node}.`);
  process.exit(1);
}
const CACHE = join(ROOT, 'node_modules/.cache/callrecords');
const STAMP = join(CACHE, 'build.json');
const TYPESCRIPT_STATE = join(CACHE, 'server.tsbuildinfo');
/** What comes out of `npm run bench`. */
const OF_OTHERS = /^dist\/bench\//;
const OF_BUNDLES = /^dist\/(bundle|explorer|calls)\//;
/** Sources that run in browsers. */
const OF_BROWSERS = /^src\/(explorer|web)\//;
/** Types that are generated, and so are no sources. */
const GENERATED = /^src\/web\/gql\//;

/** Files below a folder, as paths from the top with `/`. */
function filesBelow(folder) {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(ROOT, join(entry.parentPath ?? entry.path, entry.name)).replaceAll(sep, '/'))
    .filter((path) => !OF_OTHERS.test(path))
    .sort();
}

function digest(paths) {
  const hash = createHash('sha256').update(process.version);
  for (const path of paths) hash.update(`\n${path}\n`).update(readFileSync(join(ROOT, path)));
  return hash.digest('hex');
}

const here = fileURLToPath(import.meta.url);
const SHARED = ['package-lock.json', relative(ROOT, here).replaceAll(sep, '/')];

const PARTS = {
  server: {
    does: 'Compiling the server',
    sources: () =>
      filesBelow('src')
        .filter((path) => path.endsWith('.ts') && !OF_BROWSERS.test(path))
        .concat('tsconfig.json', SHARED),
    outputs: () => filesBelow('dist').filter((path) => !OF_BUNDLES.test(path)),
    make: compileServer,
  },
  program: {
    does: 'Bundling the program',
    sources: () =>
      PARTS.server
        .outputs()
        .filter((path) => path.endsWith('.js'))
        .concat('src/cli/bundle.mjs', SHARED),
    outputs: () => filesBelow('dist/bundle'),
    make: async () => (await import('./cli/bundle.mjs')).bundleProgram(),
  },
  explorer: {
    does: 'Bundling the explorer',
    sources: () => filesBelow('src/explorer').concat(SHARED),
    outputs: () => filesBelow('dist/explorer'),
    // Only here: to load esbuild takes longer than to see that nothing is to be done.
    make: async () => (await import('./explorer/bundle.mjs')).bundleExplorer(),
  },
  page: {
    does: 'Bundling the page of calls',
    // It goes by the schema as it is written down, and shares with the server what both go by.
    sources: () =>
      filesBelow('src/web')
        .filter((path) => !GENERATED.test(path))
        .concat('src/clients.ts', 'src/domain/quality-limits.ts', 'schema.graphql', SHARED),
    outputs: () => filesBelow('dist/calls').concat(filesBelow('src/web/gql')),
    make: async () => (await import('./web/bundle.mjs')).bundlePage(),
  },
};

/** tsc compiles what has changed since its last run; of files that have gone from dist/ it knows nothing. */
function compileServer(outputsAreThoseOfLastTime) {
  if (!outputsAreThoseOfLastTime) rmSync(TYPESCRIPT_STATE, { force: true });
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const options = ['-p', 'tsconfig.json', '--incremental', '--tsBuildInfoFile', TYPESCRIPT_STATE];
  const { status } = spawnSync(process.execPath, [tsc, ...options], { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
  removeStale();
  chmodSync(join(ROOT, 'dist/cli.js'), 0o755);
}

/** A file whose source is gone would still be found by an import. */
function removeStale() {
  const made = new Set(
    PARTS.server.sources().flatMap((path) => {
      const stem = path.replace(/^src\/(.*)\.ts$/, 'dist/$1');
      return [`${stem}.js`, `${stem}.js.map`, `${stem}.d.ts`];
    }),
  );
  for (const path of PARTS.server.outputs()) if (!made.has(path)) rmSync(join(ROOT, path));
}

function readStamp() {
  try {
    return JSON.parse(readFileSync(STAMP, 'utf8'));
  } catch {
    return {};
  }
}

const last = readStamp();
let changed = false;
for (const [name, { does, sources, outputs, make }] of Object.entries(PARTS)) {
  const from = digest(sources());
  const kept = last[name]?.outputs === digest(outputs());
  if (kept && last[name].sources === from) continue;
  const start = performance.now();
  console.log(`${does}…`);
  changed = true;
  // Until it is whole again, nothing stands in the stamp: a build that is interrupted is begun anew.
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(STAMP, JSON.stringify({ ...last, [name]: undefined }));
  await make(kept);
  last[name] = { sources: from, outputs: digest(outputs()) };
  writeFileSync(STAMP, JSON.stringify(last));
  console.log(`${does}: ${((performance.now() - start) / 1000).toFixed(1)} s.`);
}
if (!changed) console.log('Nothing to build: no source has changed.');
