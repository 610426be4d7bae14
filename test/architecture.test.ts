import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const SOURCE = fileURLToPath(new URL('../src/', import.meta.url));

/**
 * Which folders (or files at the top) may be imported from each, beside `platform`; what a folder holds may import each
 * other.
 */
const ARROWS: Record<string, string[]> = {
  platform: [],
  domain: [],
  subgraph: [],
  store: ['domain'],
  ingest: ['domain', 'store'],
  export: ['domain', 'store'],
  auth: ['domain'],
  graphql: ['auth', 'domain', 'store', 'subgraph'],
  rest: ['auth', 'domain', 'store'],
  config: ['domain'],
  sync: ['config', 'domain', 'store'],
  server: ['auth', 'config', 'domain', 'generate', 'graphql', 'ingest', 'rest', 'store', 'sync'],
  cli: ['auth', 'config', 'domain', 'export', 'generate', 'graphql', 'ingest', 'server', 'store', 'sync'],
  clients: ['domain'],
  generate: [],
  // Pages know the server by its public API alone.
  explorer: [],
  web: ['clients', 'domain'],
  index: ['auth', 'config', 'domain', 'graphql', 'server', 'store', 'subgraph'],
};

/** Which rooms of the store may be imported from each; the files that stand in none are its face, and may import all. */
const ROOMS: Record<string, string[]> = {
  rows: [],
  engine: ['rows'],
  sqlite: ['engine', 'rows'],
  postgres: ['engine', 'rows'],
  query: ['engine', 'rows'],
  statistics: ['engine', 'query', 'rows'],
  changes: ['engine', 'rows'],
  write: ['changes', 'engine', 'query', 'rows'],
};

/** Packages that only these places may import. */
const PACKAGES: [RegExp, RegExp][] = [
  [/^kysely$/, /^store\//],
  [/^better-sqlite3$/, /^store\/sqlite\//],
  [/^pg$|^pg-/, /^store\/postgres\/connection\.ts$/],
  [/^@apollo\/(?!client)|^@as-integrations\//, /^(graphql|server|subgraph)\//],
  [/^@apollo\/client|^react|^@visx\/|^@tanstack\/|^downshift$|^wouter$|^oidc-client-ts$/, /^(explorer|web)\//],
  [/^fastify$/, /^(rest|server)\//],
  [/^@fastify\//, /^server\//],
  [/^@azure\/msal-node$/, /^sync\/tokens\.ts$/],
  [/^commander$/, /^cli\/program\.ts$/],
  [/^csv-stringify|^hyparquet/, /^export\//],
];

type Imports = Record<string, string[]>;

/** The imports of every file, types included: ours by path below src, others by name. */
function readImports(): Imports {
  const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name));
  return Object.fromEntries(
    files.map((file) => {
      const text = readFileSync(join(SOURCE, file), 'utf8');
      const names = ts.preProcessFile(text).importedFiles.map(({ fileName }) => fileName);
      const known = new Set(files);
      return [file, names.map((name) => (name.startsWith('.') ? ours(file, name, known) : name))];
    }),
  );
}

function ours(from: string, name: string, files: ReadonlySet<string>): string {
  const path = relative('/', join('/', dirname(from), name)).replace(/\.js$/, '.ts');
  return files.has(`${path}x`) ? `${path}x` : path;
}

const place = (file: string) => file.replace(/\/.*|\.tsx?$/, '');

function wrongArrows(imports: Imports): string[] {
  const isAllowed = (from: string, to: string) =>
    from === to || to === 'platform' || ARROWS[from]?.includes(to) === true;
  return arrows(imports, (from, to) => !isAllowed(place(from), place(to)));
}

/** The folder within the store; empty for its face. */
const room = (file: string) => /^store\/(\w+)\//.exec(file)?.[1] ?? '';

function wrongRooms(imports: Imports): string[] {
  const isAllowed = (from: string, to: string) => from === to || from === '' || ROOMS[from]?.includes(to) === true;
  return arrows(
    imports,
    (from, to) => place(from) === 'store' && place(to) === 'store' && !isAllowed(room(from), room(to)),
  );
}

/** The imports of our own files for which this holds. */
function arrows(imports: Imports, holds: (from: string, to: string) => boolean): string[] {
  return Object.entries(imports).flatMap(([file, names]) =>
    names.filter((name) => name in imports && holds(file, name)).map((name) => `${file} imports ${name}`),
  );
}

function cycles(imports: Imports): string[] {
  const finished = new Set<string>();
  const visit = (file: string, path: string[]): string[] => {
    if (path.includes(file)) return [[...path.slice(path.indexOf(file)), file].join(' -> ')];
    if (finished.has(file)) return [];
    const found = (imports[file] ?? []).flatMap((name) => visit(name, [...path, file]));
    finished.add(file);
    return found;
  };
  return Object.keys(imports).flatMap((file) => visit(file, []));
}

function strayPackages(imports: Imports): string[] {
  return Object.entries(imports).flatMap(([file, names]) =>
    names
      .filter((name) => PACKAGES.some(([name_, where]) => name_.test(name) && !where.test(file)))
      .map((name) => `${file} imports ${name}`),
  );
}

describe('the imports of the source', () => {
  const imports = readImports();

  it('follow the arrows: domain <- store, auth <- graphql | rest <- server <- cli', () => {
    expect(Object.keys(imports).length).toBeGreaterThan(30);
    expect(wrongArrows(imports)).toEqual([]);
  });

  it('go one way between the rooms of the store, whose face alone is above them all', () => {
    expect(Object.keys(imports).map(room)).toEqual(expect.arrayContaining(Object.keys(ROOMS)));
    expect(wrongRooms(imports)).toEqual([]);
    const below = (name: string): string[] => (ROOMS[name] ?? []).flatMap((other) => [other, ...below(other)]);
    for (const name of Object.keys(ROOMS)) expect(below(name)).not.toContain(name);
  });

  it('have no cycles, types included', () => {
    expect(cycles(imports)).toEqual([]);
  });

  it('keep SQL in the store, each engine in files of its own, Apollo in the door and the server', () => {
    expect(strayPackages(imports)).toEqual([]);
  });

  it('read the environment in the command line only, which hands it to the settings', () => {
    const readers = Object.keys(imports).filter((file) =>
      readFileSync(join(SOURCE, file), 'utf8').includes('process.env'),
    );
    expect(readers).toEqual(['cli/program.ts']);
  });

  it('would be refused with a wrong arrow, a cycle or a stray package', () => {
    const wrong = { 'domain/a.ts': ['store/b.ts'], 'store/b.ts': ['domain/a.ts'], 'graphql/c.ts': ['kysely'] };
    expect(wrongArrows(wrong)).toEqual(['domain/a.ts imports store/b.ts']);
    expect(wrongArrows({ 'platform/a.ts': ['domain/b.ts'], 'domain/b.ts': [] })).toHaveLength(1);
    expect(
      wrongRooms({ 'store/rows/a.ts': ['store/query/b.ts', 'store/c.ts'], 'store/query/b.ts': [], 'store/c.ts': [] }),
    ).toEqual(['store/rows/a.ts imports store/query/b.ts', 'store/rows/a.ts imports store/c.ts']);
    expect(cycles(wrong)).toEqual(['domain/a.ts -> store/b.ts -> domain/a.ts']);
    expect(strayPackages(wrong)).toEqual(['graphql/c.ts imports kysely']);
  });
});
