// Threads and processes that tests start run what is built: also where a runner is started by itself, that is what the
// sources say.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export default function buildFirst() {
  execFileSync(process.execPath, [fileURLToPath(new URL('../src/build.mjs', import.meta.url))], { stdio: 'pipe' });
}
