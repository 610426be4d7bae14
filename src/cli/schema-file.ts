import { readFile, writeFile } from 'node:fs/promises';
import { printApiSdl, printSubgraphSdl } from '../graphql/schema.js';
import { PACKAGE_ROOT } from '../platform/package-root.js';

const FILE = new URL('schema.graphql', PACKAGE_ROOT);

/** Prints the schema, or writes it to schema.graphql. */
export async function writeSchema(options: { api?: boolean; authorization?: boolean; write?: boolean }): Promise<void> {
  const { api = false, authorization = false, write = false } = options;
  const sdl = api ? await printApiSdl() : await printSubgraphSdl({ authorization });
  if (write) await writeFile(FILE, sdl);
  else process.stdout.write(sdl);
}

/** Throws if schema.graphql is not the schema of the code. */
export async function checkSchema(): Promise<void> {
  if ((await readFile(FILE, 'utf8')) !== (await printSubgraphSdl())) {
    throw new Error(
      'schema.graphql differs from the schema of the code: run `npx callrecords schema --write` and look at the difference.',
    );
  }
}
