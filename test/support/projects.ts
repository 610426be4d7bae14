import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { preset } from '@graphql-codegen/client-preset';
import { codegen } from '@graphql-codegen/core';
import { build, type Plugin } from 'esbuild';
import { parse } from 'graphql';
import type { ConcreteRequest } from 'relay-runtime';
import ts from 'typescript';
import { scalars } from '../../src/clients.js';
import { printApiSdl } from '../../src/graphql/schema.js';
import { temporaryFolder } from './harness.js';
import configuration from '../clients/codegen.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * A frontend's project on its own: the example, what all examples share, the schema as `callrecords schema --api` prints
 * it, the packages, and this one among them as installed.
 */
export async function projectOf(name: string): Promise<string> {
  const packages = await temporaryFolder();
  await symlink(join(ROOT, 'node_modules'), join(packages, 'node_modules'));
  const folder = join(packages, 'project');
  await cp(join(ROOT, 'test/clients', name), join(folder, 'src'), { recursive: true });
  await cp(join(ROOT, 'test/clients/page'), join(folder, 'page'), { recursive: true });
  await writeFile(join(folder, 'schema.graphql'), await printApiSdl());
  await mkdir(join(folder, 'node_modules'));
  await symlink(ROOT, join(folder, 'node_modules/callrecords-graphql'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  return folder;
}

export function removeProject(folder: string): Promise<void> {
  return rm(dirname(folder), { recursive: true, force: true });
}

/** Runs Relay's compiler in a project; rejects if it finds a fault. */
export async function compileForRelay(folder: string): Promise<void> {
  const config = { src: 'src', language: 'typescript', schema: 'schema.graphql', eagerEsModules: true };
  await writeFile(join(folder, 'relay.config.json'), JSON.stringify({ ...config, customScalarTypes: scalars }));
  const compiler = join(ROOT, 'node_modules/relay-compiler/cli.js');
  await promisify(execFile)(process.execPath, [compiler], { cwd: folder });
}

/** What Relay's compiler makes of a document, of which the operation is named after its module: `namesQuery` of `names`. */
export async function compiledForRelay(module: string, document: string): Promise<ConcreteRequest> {
  const folder = await projectOf('relay');
  const [, name = ''] = /(?:query|subscription) (\w+)/.exec(document) ?? [];
  try {
    await writeFile(join(folder, `src/${module}.ts`), `graphql\`${document}\`;`);
    await compileForRelay(folder);
    const compiled = (await import(join(folder, `src/__generated__/${name}.graphql.ts`))) as Record<string, unknown>;
    return compiled.default as ConcreteRequest;
  } finally {
    await removeProject(folder);
  }
}

/** GraphQL Code Generator's client preset with codegen.ts, as its command line runs it. */
export async function generate(folder: string): Promise<void> {
  const names = (await readdir(join(folder, 'src'))).filter((name) => /\.tsx?$/.test(name));
  const sources = await Promise.all(names.map((name) => readFile(join(folder, 'src', name), 'utf8')));
  const documents = sources.flatMap((source, index) =>
    [...source.matchAll(/graphql\(`([^`]+)`\)/g)].map(([, text = '']) => ({
      location: `src/${names[index]}`,
      rawSDL: text,
      document: parse(text),
    })),
  );
  const [[output, { config, presetConfig }]] = Object.entries(configuration.generates) as [
    [string, (typeof configuration.generates)['src/gql/']],
  ];
  const files = await preset.buildGeneratesSection({
    baseOutputDir: join(folder, output),
    schema: parse(await readFile(join(folder, configuration.schema), 'utf8')),
    documents,
    config,
    presetConfig,
    plugins: [],
    pluginMap: {},
    pluginContext: {},
  });
  for (const file of files) {
    await mkdir(dirname(file.filename), { recursive: true });
    await writeFile(file.filename, await codegen(file));
  }
}

/** What TypeScript says of files and all that they import. */
export function compile(files: string | string[], moduleResolution: 'bundler' | 'nodenext'): string[] {
  const program = ts.createProgram([files].flat(), {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    jsx: ts.JsxEmit.ReactJSX,
    types: [],
    ...(moduleResolution === 'bundler'
      ? { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler }
      : { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext }),
  });
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

/** The frontend as one script for browsers, with the warnings of its libraries. */
export async function bundle(folder: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'src/app.tsx')],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"development"' },
    plugins: [compiledByRelay],
    logLevel: 'warning',
  });
  return outputFiles[0]?.text ?? '';
}

/** Puts what Relay's compiler made in the place of each document, as Relay's plugins for bundlers do. */
const compiledByRelay: Plugin = {
  name: 'compiled-by-relay',
  setup: (bundling) => {
    bundling.onLoad({ filter: /\/src\/[^/]+\.tsx$/ }, async ({ path }) => {
      const imports: string[] = [];
      const contents = (await readFile(path, 'utf8')).replaceAll(
        /graphql`\s*(?:query|mutation|fragment) (\w+)[^`]*`/g,
        (_document, name: string) => {
          imports.push(`import ${name} from './__generated__/${name}.graphql';`);
          return name;
        },
      );
      return { contents: imports.join('\n') + contents, loader: 'tsx' };
    });
  },
};
