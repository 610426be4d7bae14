// Installs the packages of a folder that has some of its own, unless they are there: node test/install.mjs FOLDER
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = resolve(process.argv[2]);
const stamp = join(folder, 'node_modules/.installed');
// Of other machines other binaries are wanted.
const wanted = createHash('sha256')
  .update(`${process.platform} ${process.arch}\n`)
  .update(readFileSync(join(folder, 'package-lock.json')))
  .digest('hex');

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  const { description } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  console.log(`Installing into ${process.argv[2]}/node_modules, once: ${description}`);
  const npm = process.env.npm_execpath;
  const [command, given] = npm ? [process.execPath, [npm]] : ['npm', []];
  const options = { cwd: folder, stdio: 'inherit', shell: !npm && process.platform === 'win32' };
  const { status } = spawnSync(command, [...given, 'ci', '--no-audit', '--no-fund'], options);
  if (status !== 0) {
    console.error(`npm ci failed in ${process.argv[2]}.`);
    process.exit(1);
  }
  // As whoever installs this package imports it.
  const own = join(folder, 'node_modules/callrecords-graphql');
  if (!existsSync(own)) symlinkSync(fileURLToPath(new URL('..', import.meta.url)), own, 'junction');
  writeFileSync(stamp, wanted);
}
