import { readFileSync } from 'node:fs';
import { PACKAGE_ROOT } from '../platform/package-root.js';

/** A line that says so if this Node.js is older than the package requires (`engines`); otherwise null. */
export function nodeTooOld(): string | null {
  const { engines } = JSON.parse(readFileSync(new URL('package.json', PACKAGE_ROOT), 'utf8')) as {
    engines: { node: string };
  };
  const [oldest, running] = [partsOf(engines.node), partsOf(process.versions.node)];
  const isEnough = running.major > oldest.major || (running.major === oldest.major && running.minor >= oldest.minor);
  return isEnough ? null : `Node.js ${engines.node} is needed; this is ${process.versions.node}.`;
}

function partsOf(version: string): { major: number; minor: number } {
  const [major = 0, minor = 0] = (version.match(/\d+/g) ?? []).map(Number);
  return { major, minor };
}
