import { readFileSync } from 'node:fs';
import { SETTINGS } from '../src/config.js';
import { ERRORS } from '../src/domain/errors.js';

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

/** The cells of the table rows whose first cell is such a name. */
function rows(name: RegExp): string[][] {
  return README.split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('\\|', '|')),
    )
    .filter(([first]) => name.test(first ?? ''));
}

const SHOWN = (value: string | null) => (value === null ? '-' : value === '' ? '(none)' : `\`${value}\``);

describe('the README', () => {
  it('lists every error code with its statuses at both doors, its code at the REST door and when it happens, and no other', () => {
    const expected = Object.entries(ERRORS).map(([code, { graphql, status, rest, when }]) => [
      `\`${code}\``,
      graphql.join(', ') || '-',
      String(status),
      `\`${rest}\``,
      when,
    ]);
    expect(rows(/^`[A-Z_]+`$/).filter((cells) => cells.length === 5)).toEqual(expected);
  });

  it('lists every setting with its default and meaning, and no other', () => {
    const expected = Object.values(SETTINGS).map(({ name, default: value, meaning }) => [
      `\`${name}\``,
      SHOWN(value),
      meaning,
    ]);
    expect(rows(/^`[A-Z_]+`$/).filter((cells) => cells.length === 3)).toEqual(expected);
  });
});
