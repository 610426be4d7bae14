import { readFile } from 'node:fs/promises';
import { transform } from 'esbuild';

/** The filters and orders whose plans the tests read: one list, there as TypeScript over sources, here over the build. */
export async function loadPlanCases() {
  const source = await readFile(new URL('../store/plan-cases.ts', import.meta.url), 'utf8');
  const { code } = await transform(source, { loader: 'ts', format: 'esm' });
  const built = code.replaceAll('../../src/', new URL('../../dist/', import.meta.url).href);
  return import(`data:text/javascript,${encodeURIComponent(built)}`);
}
