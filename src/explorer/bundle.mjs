import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const outdir = here('../../dist/explorer');

/**
 * Bundles the explorer pages into dist/explorer/, whose files the server serves below /explorer/. `looking`: writes
 * nothing, and resolves to the sources of the bundle.
 */
export async function bundleExplorer({ looking = false } = {}) {
  // Otherwise a file of an earlier build would still be served.
  if (!looking) await rm(outdir, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: here('../..'),
    entryPoints: {
      explorer: here('explorer.tsx'),
      sandbox: here('sandbox.ts'),
      'editor.worker': 'monaco-editor/esm/vs/editor/editor.worker.js',
      'graphql.worker': 'monaco-graphql/esm/graphql.worker.js',
      'json.worker': 'monaco-editor/esm/vs/language/json/json.worker.js',
    },
    outdir,
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    loader: { '.ttf': 'file', '.woff2': 'file' },
    assetNames: '[name]',
    logLevel: 'warning',
    ...(looking && { write: false, metafile: true }),
  });
  return metafile;
}
