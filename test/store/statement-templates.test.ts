import type { Compilable } from '../../src/store/engine/statement-templates.js';
import { StatementTemplates } from '../../src/store/engine/statement-templates.js';

describe('Shapes of statements', () => {
  /** Asks for so many templates of so many characters, twice; how many had to be built. */
  async function built(count: number, characters: number): Promise<number> {
    const templates = new StatementTemplates();
    let times = 0;
    const build = async (): Promise<Compilable> => {
      times += 1;
      return { compile: () => ({ sql: 'x'.repeat(characters), parameters: [] }) as never };
    };
    for (let round = 0; round < 2; round++)
      for (let index = 0; index < count; index++) await templates.statement(`shape ${index}`, [], build);
    return times;
  }

  test.each([
    ['are built once', 500, 1_000, 500],
    ['are kept up to a number', 1_001, 10, 2_002],
    ['are kept up to a size in all', 500, 50_000, 1_000],
    ['that are very large are not kept', 1, 100_000, 2],
  ])('%s', async (_what, count, characters, expected) => {
    expect(await built(count, characters)).toBe(expected);
  });
});
