import { execFile } from 'node:child_process';
import { cp, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { scalars } from '../../src/clients.js';
import { temporaryFolder } from '../harness.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A frontend's project on its own: the example, the packages, and schema.graphql as the only thing of ours. */
export async function projectOf(name: string): Promise<string> {
  const folder = await temporaryFolder();
  await cp(join(ROOT, 'test/clients', name), join(folder, 'src'), { recursive: true });
  await cp(join(ROOT, 'schema.graphql'), join(folder, 'schema.graphql'));
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  return folder;
}

/** Runs Relay's compiler in a project; rejects if it finds a fault. */
export async function compileForRelay(folder: string): Promise<void> {
  const config = { src: 'src', language: 'typescript', schema: 'schema.graphql', eagerEsModules: true };
  await writeFile(join(folder, 'relay.config.json'), JSON.stringify({ ...config, customScalarTypes: scalars }));
  const compiler = join(ROOT, 'node_modules/relay-compiler/cli.js');
  await promisify(execFile)(process.execPath, [compiler], { cwd: folder });
}
