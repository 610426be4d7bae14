import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import { temporaryFolder } from './support/harness.js';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const NOTHING = 'Nothing to build: no source has changed.\n';

const PARTS = [
  ...[
    'src/build.mjs',
    'src/cli.ts',
    'src/cli/bundle.mjs',
    'src/cli/node-version.ts',
    'src/platform/package-root.ts',
    'src/explorer',
    'src/web',
    'src/clients.ts',
    'src/domain/errors.ts',
    'src/domain/quality-limits.ts',
  ],
  ...['schema.graphql', 'tsconfig.json', 'package.json', 'package-lock.json'],
];

// Compilers run, at times beside others.
jest.setTimeout(180_000);

/** A project with our build, our pages and a server of two files. */
async function smallProject(): Promise<string> {
  const folder = await temporaryFolder();
  for (const path of PARTS) cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  writeFileSync(join(folder, 'src/cli/program.ts'), "import { answer } from '../answer.js';\nconsole.log(answer);\n");
  writeFileSync(join(folder, 'src/answer.ts'), 'export const answer: number = 1;\n');
  // Each by itself: what the build keeps in node_modules/.cache is this project's own.
  mkdirSync(join(folder, 'node_modules'));
  for (const name of readdirSync(join(ROOT, 'node_modules')).filter((name) => !name.startsWith('.')))
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  return folder;
}

describe('the build', () => {
  let folder: string;
  const at = (path: string) => join(folder, path);
  const build = () => execFileSync(process.execPath, [at('src/build.mjs')], { encoding: 'utf8' });
  const run = () => execFileSync(process.execPath, [at('dist/cli.js')], { encoding: 'utf8' }).trim();

  beforeAll(async () => {
    folder = await smallProject();
    build();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('says what it does, and does nothing where nothing has changed', () => {
    expect(build()).toBe(NOTHING);
    rmSync(at('dist'), { recursive: true });
    expect(build()).toMatch(
      /^Compiling the server…\n.*\nBundling the program…\n.*\nBundling the explorer…\n.*\nBundling the page of calls…\n.*\n$/,
    );
    expect(run()).toBe('1');
  });

  it('compiles the server and bundles its program alone where one of their sources has changed', () => {
    writeFileSync(at('src/answer.ts'), 'export const answer: number = 2;\n');
    expect(build()).toMatch(/^Compiling the server…\n.*\nBundling the program…\nBundling the program: .* s\.\n$/);
    expect(run()).toBe('2');
  });

  it('bundles the explorer alone where one of its sources has changed', () => {
    writeFileSync(at('src/explorer/explorer.css'), `${readFileSync(at('src/explorer/explorer.css'), 'utf8')}\n`);
    expect(build()).toMatch(/^Bundling the explorer…\nBundling the explorer: .* s\.\n$/);
  });

  it('bundles the page of calls alone where the schema has changed that its types are made of', () => {
    writeFileSync(at('schema.graphql'), `${readFileSync(at('schema.graphql'), 'utf8')}\n`);
    expect(build()).toMatch(/^Bundling the page of calls…\nBundling the page of calls: .* s\.\n$/);
  });

  it('makes anew what was deleted or edited in dist', () => {
    rmSync(at('dist/answer.js'));
    writeFileSync(at('dist/cli.js'), 'edited');
    build();
    expect(run()).toBe('2');
    writeFileSync(at('dist/bundle/program.js'), 'edited');
    build();
    expect(run()).toBe('2');
    rmSync(at('dist/explorer/sandbox.js'));
    build();
    expect(existsSync(at('dist/explorer/sandbox.js'))).toBe(true);
    expect(build()).toBe(NOTHING);
  });

  it('takes out of dist what has lost its source, and leaves the benches there', () => {
    mkdirSync(at('dist/bench'));
    writeFileSync(at('dist/bench/main.js'), '');
    writeFileSync(at('src/cli/program.ts'), 'console.log(3);\n');
    rmSync(at('src/answer.ts'));
    build();
    expect(run()).toBe('3');
    const left = readdirSync(at('dist')).filter((name) => !name.startsWith('clients.'));
    expect(left.sort()).toEqual([
      ...['bench', 'bundle', 'calls', 'cli', 'cli.d.ts', 'cli.js', 'cli.js.map', 'domain', 'explorer', 'platform'],
    ]);
    expect(readdirSync(at('dist/bench'))).toEqual(['main.js']);
  });

  it('builds everything where other packages are installed', () => {
    writeFileSync(at('package-lock.json'), `${readFileSync(at('package-lock.json'), 'utf8')}\n`);
    expect(build()).toMatch(/^Compiling the server…\n.*\nBundling the program…\n.*\nBundling the explorer…\n/);
    expect(build()).toBe(NOTHING);
  });

  it('fails where the compiler finds a fault, also when it is asked again', () => {
    writeFileSync(at('src/cli/program.ts'), "const wrong: number = 'text';\nconsole.log(wrong);\n");
    expect(build).toThrow(/not assignable to type 'number'|Command failed/);
    expect(build).toThrow();
  });
});
