import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The pages for people, by their path from the top: the README, those below docs, and that of the findings. */
export const PAGES: ReadonlyMap<string, string> = new Map(
  [
    'README.md',
    ...readdirSync(`${ROOT}docs`)
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`),
    'findings/README.md',
  ].map((path) => [path, readFileSync(`${ROOT}${path}`, 'utf8')]),
);

/** The text of a page. */
export function pageAt(path: string): string {
  const page = PAGES.get(path);
  if (page === undefined) throw new Error(`There is no page ${path}.`);
  return page;
}

/** The cells of the tables of a page, row by row, those whose first cell is like that. */
export function rowsOf(path: string, first: RegExp): string[][] {
  return pageAt(path)
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('\\|', '|')),
    )
    .filter(([cell]) => first.test(cell ?? ''));
}

/** What stands in the blocks of code of a page that are in this language. */
export function blocksOf(path: string, language: string): string[] {
  const block = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms');
  return [...pageAt(path).matchAll(block)].map(([, code]) => code as string);
}

/** A page without its blocks of code. */
export function proseOf(path: string): string {
  return pageAt(path).replace(/^```.*?^```$/gms, '');
}

/** What stands in a row or a text as code. */
export function codesIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code as string);
}
