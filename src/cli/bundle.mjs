import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const outdir = here('../../dist/bundle');

/** Bundles what tsc made of the command line into dist/bundle/, from which dist/cli.js runs it. */
export async function bundleProgram() {
  await rm(outdir, { recursive: true, force: true });
  await build({
    absWorkingDir: here('../..'),
    entryPoints: { program: here('../../dist/cli/program.js') },
    outdir,
    bundle: true,
    // What a command alone needs stays a file of its own.
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // Names stay for stack traces and for who reads them.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    // What is native, and what others load only where it is installed.
    external: ['better-sqlite3', 'pg-native', 'class-validator', 'cbor-x'],
    banner: {
      js: "import{createRequire as requireFrom}from'node:module';const require=requireFrom(import.meta.url);",
    },
    logLevel: 'warning',
  });
}
