import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { preset } from '@graphql-codegen/client-preset';
import { codegen } from '@graphql-codegen/core';
import { parse } from 'graphql';
import ts from 'typescript';
import { scalars } from '../../src/clients.js';
import { compileForRelay, projectOf } from './projects.js';

/** What the compiler says of a file and all that it imports. */
function compile(file: string, moduleResolution: 'bundler' | 'nodenext'): string[] {
  const program = ts.createProgram([file], {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
    types: [],
    ...(moduleResolution === 'bundler'
      ? { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler }
      : { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext }),
  });
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

/** GraphQL Code Generator's client preset, as its command line runs it. */
async function generate(folder: string): Promise<void> {
  const source = await readFile(join(folder, 'src/calls.ts'), 'utf8');
  const documents = [...source.matchAll(/graphql\(`([^`]+)`\)/g)].map(([, text = '']) => ({
    location: 'src/calls.ts',
    rawSDL: text,
    document: parse(text),
  }));
  const files = await preset.buildGeneratesSection({
    baseOutputDir: join(folder, 'src/gql/'),
    schema: parse(await readFile(join(folder, 'schema.graphql'), 'utf8')),
    documents,
    config: { scalars, enumsAsTypes: true, emitLegacyCommonJSImports: false, strictScalars: true },
    presetConfig: {},
    plugins: [],
    pluginMap: {},
    pluginContext: {},
  });
  for (const file of files) {
    await mkdir(dirname(file.filename), { recursive: true });
    await writeFile(file.filename, await codegen(file));
  }
}

let folder: string;
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('A frontend with Apollo Client', () => {
  beforeEach(async () => {
    folder = await projectOf('apollo');
    await generate(folder);
  });
  const file = () => join(folder, 'src/calls.ts');

  test('compiles with the types that the client preset makes of schema.graphql', () => {
    expect(compile(file(), 'nodenext')).toEqual([]);
  });

  test('is told by the compiler of a field that it did not ask for and of an input that is wrong', async () => {
    const source = await readFile(file(), 'utf8');
    await writeFile(
      file(),
      source.replace('durationSeconds.toFixed', 'joinWebUrl.toFixed').replace("'groupCall'", "'party'"),
    );
    const problems = compile(file(), 'nodenext');
    expect(problems.join('\n')).toMatch(/'"party"' is not assignable/);
    expect(problems.join('\n')).toMatch(/joinWebUrl/);
  });
});

describe('A frontend with Relay', () => {
  beforeEach(async () => {
    folder = await projectOf('relay');
  });

  test("compiles with Relay's compiler and schema.graphql: pagination by connection, refetching by node", async () => {
    await compileForRelay(folder);
    expect(compile(join(folder, 'src/call-list.ts'), 'bundler')).toEqual([]);
    const refetch = await readFile(join(folder, 'src/__generated__/callRowRefetchQuery.graphql.ts'), 'utf8');
    expect(refetch).toMatch(/node\(id: \$id\)/);
    const pages = await readFile(join(folder, 'src/__generated__/callListPaginationQuery.graphql.ts'), 'utf8');
    expect(pages).toMatch(/pageInfo {\\n +endCursor\\n +hasNextPage/);
  });

  test("is told by Relay's compiler of a field that is not in the schema", async () => {
    const file = join(folder, 'src/call-list.ts');
    await writeFile(file, (await readFile(file, 'utf8')).replace('durationSeconds\n', 'lengthSeconds\n'));
    await expect(compileForRelay(folder)).rejects.toThrow();
  });
});
