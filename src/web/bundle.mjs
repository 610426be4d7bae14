import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { generateTypes } from './codegen.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const outdir = here('../../dist/calls');

/**
 * Bundles the page of calls into dist/calls/, whose files the server serves below /calls/. `looking`: writes nothing
 * there, and resolves to the list of its parts.
 */
export async function bundlePage({ looking = false } = {}) {
  await generateTypes();
  // Otherwise a file of an earlier build would still be served.
  if (!looking) await rm(outdir, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: here('../..'),
    entryPoints: { main: here('main.tsx') },
    outdir,
    bundle: true,
    minify: true,
    // Code that not every visit needs, such as signing in, is a file of its own.
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
