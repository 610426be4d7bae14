import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const outdir = here('../../dist/bundle');

/** Bundles the compiled command line into dist/bundle/, from which dist/cli.js runs it. */
export async function bundleProgram() {
  await rm(outdir, { recursive: true, force: true });
  await build({
    absWorkingDir: here('../..'),
    entryPoints: { program: here('../../dist/cli/program.js') },
    outdir,
    bundle: true,
    // Modules that one command needs stay in their own file.
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // Names stay, for stack traces and for people who read them.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    // Native modules, and modules that others load only if they are installed.
    external: ['better-sqlite3', 'pg-native', 'class-validator', 'cbor-x'],
    banner: {
      js: "import{createRequire as requireFrom}from'node:module';const require=requireFrom(import.meta.url);",
    },
    logLevel: 'warning',
  });
}
