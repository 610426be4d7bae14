import { existsSync } from 'node:fs';

/** The folder of this package, with a trailing slash, whether sources, built files or a bundle are running. */
export const PACKAGE_ROOT = findRoot(new URL('.', import.meta.url));

function findRoot(folder: URL): URL {
  return existsSync(new URL('package.json', folder)) ? folder : findRoot(new URL('..', folder));
}
