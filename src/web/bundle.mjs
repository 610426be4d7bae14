import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { generateTypes } from './codegen.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const outdir = here('../../dist/calls');

/**
 * Bundles the page of calls into dist/calls/, whose files the server hands out below /calls/. `looking`: writes nothing
 * there, and resolves to what it is made of.
 */
export async function bundlePage({ looking = false } = {}) {
  await generateTypes();
  // A file of an earlier build would still be served.
  if (!looking) await rm(outdir, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: here('../..'),
    entryPoints: { main: here('main.tsx') },
    outdir,
    bundle: true,
    minify: true,
    // What not every visit needs, such as signing in, is a file of its own.
    splitting: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    tsconfig: here('tsconfig.json'),
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'warning',
    ...(looking && { write: false, metafile: true }),
  });
  return metafile;
}
