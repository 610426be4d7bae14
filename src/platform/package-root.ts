import { existsSync } from 'node:fs';

/** The folder of this package, with a slash at its end, be it the sources that run, what is built of them, or a bundle. */
export const PACKAGE_ROOT = findRoot(new URL('.', import.meta.url));

function findRoot(folder: URL): URL {
  return existsSync(new URL('package.json', folder)) ? folder : findRoot(new URL('..', folder));
}
