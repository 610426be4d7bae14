import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { preset } from '@graphql-codegen/client-preset';
import { codegen } from '@graphql-codegen/core';
import { parse } from 'graphql';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const DOCUMENT = /graphql\(\s*(?:\/\* GraphQL \*\/\s*)?`([^`]+)`/g;
/** As in `callrecords-graphql/clients`, which is not compiled yet. */
const scalars = { DateTimeOffset: 'string', Duration: 'string', Int64: 'number | string' };

/**
 * Runs GraphQL Code Generator's client preset over schema.graphql, into gql/. Rejects if an operation does not fit the
 * schema.
 */
export async function generateTypes() {
  await rm(here('gql'), { recursive: true, force: true });
  const files = await preset.buildGeneratesSection({
    baseOutputDir: here('gql/'),
    schema: await readSchema(),
    documents: await readDocuments(),
    config: {
      scalars,
      strictScalars: true,
      enumsAsTypes: true,
      emitLegacyCommonJSImports: false,
      useTypeImports: true,
    },
    presetConfig: { fragmentMasking: false },
    plugins: [],
    pluginMap: {},
    pluginContext: {},
  });
  await mkdir(here('gql'), { recursive: true });
  for (const file of files) {
    await mkdir(dirname(file.filename), { recursive: true });
    await writeFile(file.filename, await codegen(file));
  }
}

/** Without the parts for routers, whose directives are defined elsewhere. */
async function readSchema() {
  const document = parse(await readFile(here('../../schema.graphql'), 'utf8'));
  return JSON.parse(JSON.stringify(document), (key, value) => (key === 'directives' ? [] : value));
}

async function readDocuments() {
  const names = await readdir(here('.'), { recursive: true });
  const sources = names.filter((name) => /\.tsx?$/.test(name)).sort();
  const found = await Promise.all(
    sources.map(async (name) => {
      const source = await readFile(join(here('.'), name), 'utf8');
      return [...source.matchAll(DOCUMENT)].map(([, text]) => ({
        location: name,
        rawSDL: text,
        document: parse(text),
      }));
    }),
  );
  return found.flat();
}
