import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildSchema, type GraphQLSchema, parse, validate } from 'graphql';
import { SETTINGS } from '../src/config.js';
import { COSTLY_MEMBERS } from '../src/domain/cost.js';
import { ERRORS } from '../src/domain/errors.js';
import { QUALITY_LIMITS, QUALITY_TARGETS } from '../src/domain/quality-limits.js';
import { PoorReason } from '../src/domain/quality.js';
import { printApiSdl } from '../src/graphql/schema.js';
import { RESOURCES } from '../src/rest/resources.js';
import { run } from './support/run.js';
import { startTestServer } from './support/harness.js';
import { blocksOf, codesIn, pageAt, PAGES, proseOf, ROOT, rowsOf } from './support/pages.js';

/** What one reads at a stretch. */
const README_BYTES = 15_000;

const SHOWN = (value: string | null) => (value === null ? '-' : value === '' ? '(none)' : `\`${value}\``);

let schema: GraphQLSchema;
beforeAll(async () => {
  schema = buildSchema(await printApiSdl());
});

describe('the README', () => {
  it('is short', () => {
    expect(Buffer.byteLength(pageAt('README.md'))).toBeLessThanOrEqual(README_BYTES);
  });

  it('lists every operation with its arguments, and no other', () => {
    const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
    const operations = roots.flatMap((type) => Object.values(type?.getFields() ?? {}));
    const written = operations.map(({ name, args }) =>
      signature(
        name,
        args.map((arg) => arg.name),
      ),
    );
    const listed = rowsOf('README.md', /^`\w+(\([\w, ]+\))?`(, `\w+(\([\w, ]+\))?`)*$/).filter(([first]) =>
      /\(|syncStatus/.test(first ?? ''),
    );
    const told = listed
      .flatMap(([first = '']) => codesIn(first))
      .map((code) => signature(...(/^(\w+)(?:\((.*)\))?$/.exec(code)?.slice(1) as [string, string | undefined])));
    expect(told.sort()).toEqual(written.sort());
  });

  it('names ten settings that there are', () => {
    const names = rowsOf('README.md', /^`[A-Z_]+`$/).map(([first = '']) => codesIn(first)[0]);
    expect(names).toHaveLength(10);
    expect(Object.values(SETTINGS).map(({ name }) => name)).toEqual(expect.arrayContaining(names));
  });

  it('leads to every page', () => {
    const linked = linksOf('README.md').map(({ path }) => path);
    expect([...PAGES.keys()].filter((path) => path !== 'README.md' && !linked.includes(path))).toEqual([]);
  });
});

describe('the pages below docs', () => {
  it('list every error code with its statuses at both doors, its code at the REST door and when it happens, and no other', () => {
    const expected = Object.entries(ERRORS).map(([code, { graphql, status, rest, when }]) => [
      `\`${code}\``,
      graphql.join(', ') || '-',
      String(status),
      `\`${rest}\``,
      when,
    ]);
    expect(rowsOf('docs/graphql.md', /^`[A-Z_]+`$/).filter((cells) => cells.length === 5)).toEqual(expected);
  });

  it('list every setting with its default and meaning, and no other', () => {
    const expected = Object.values(SETTINGS).map(({ name, default: value, meaning }) => [
      `\`${name}\``,
      SHOWN(value),
      meaning,
    ]);
    expect(rowsOf('docs/settings.md', /^`[A-Z_]+`$/)).toEqual(expected);
  });

  it('name the members of statistics that cost more', () => {
    const [row] = rowsOf('docs/settings.md', /^`callRecordStatistics`$/);
    expect(new Set(codesIn(row?.[1] ?? ''))).toEqual(COSTLY_MEMBERS);
  });

  it('list every command with its options, and no other', async () => {
    const commandsIn = (help: string) =>
      [...(help.split('Commands:')[1] ?? '').matchAll(/^ {2}(\w+)/gm)]
        .map(([, name]) => name as string)
        .filter((name) => name !== 'help');
    const commands = commandsIn((await run(['--help'])).stdout);
    const rows = rowsOf('docs/cli.md', /^`callrecords \w+/);
    const named = rows.flatMap(([first = '']) => [...first.matchAll(/`callrecords (\w+)/g)].map(([, name]) => name));
    expect([...new Set(named)].sort()).toEqual(commands.sort());
    const missing = await Promise.all(
      commands.map(async (command) => {
        const { stdout } = await run([command, '--help']);
        const options = [...stdout.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, option]) => option as string);
        return options
          .filter((option) => option !== '--help' && !pageAt('docs/cli.md').includes(option))
          .map((option) => `${command} ${option}`);
      }),
    );
    expect(missing.flat()).toEqual([]);
  });

  it('list every request that the REST door takes with its query options, and no other', () => {
    const written = (path: string) => path.replace(/:(\w+)/g, '{$1}');
    const expected = Object.entries(RESOURCES).flatMap(([path, operations]) =>
      operations.map(({ method, options }) => [
        `${method} …${written(path)}`,
        // It stands in the links that the door makes.
        ...options.filter((option) => option !== '$skiptoken'),
      ]),
    );
    const listed = rowsOf('docs/rest.md', /^`[A-Z]+ …\//).map(([request = '', options = '']) => [
      ...codesIn(request),
      ...codesIn(options),
    ]);
    expect(listed.sort()).toEqual(expected.sort());
  });

  it('tell the limits and targets of quality', () => {
    const page = pageAt('docs/quality.md');
    const reasons = rowsOf('docs/quality.md', /^`[A-Z_]+`$|^\d$/).flatMap((cells) =>
      cells.flatMap(codesIn).filter((code) => code in PoorReason),
    );
    expect(reasons).toEqual(Object.values(PoorReason));
    const { packetsToJudge, roundTripMs, jitterMs, packetLossRate, frameLossPercent, framesPerSecond, fecLossRate } =
      QUALITY_LIMITS;
    for (const told of [
      `more than ${packetsToJudge} packets`,
      `more than ${roundTripMs} ms`,
      `more than ${packetLossRate} `,
      `more than ${jitterMs} ms`,
      `more than ${frameLossPercent} percent`,
      `fewer than ${framesPerSecond.VIDEO} frames a second in video, ${framesPerSecond.SCREEN_SHARING} in screen sharing`,
      `more than ${fecLossRate} `,
      `${QUALITY_TARGETS.poorAudio * 100} percent of poor audio`,
      `${QUALITY_TARGETS.setupFailures * 100} percent of setup failures`,
      `${QUALITY_TARGETS.drops * 100} percent of drops`,
    ])
      expect(page).toContain(told);
  });

  describe('on metrics', () => {
    let served: string;
    beforeAll(async () => {
      const server = await startTestServer({
        GRAPH_TENANT_ID: 'tenant',
        GRAPH_CLIENT_ID: 'client',
        GRAPH_CLIENT_SECRET: 'not-a-secret',
        // Nobody listens there.
        ...{ GRAPH_URL: 'http://127.0.0.1:9', GRAPH_AUTHORITY: 'http://127.0.0.1:9' },
      });
      served = await (await fetch(`${server.url}/metrics`)).text();
      await server.end();
    });

    const describedIn = (text: string) =>
      new Map([...text.matchAll(/^# HELP (\w+) (.*)$/gm)].map(([, name, help]) => [name as string, help as string]));

    it('list every metric that is not one of a Node.js process, with what it tells, and no other', () => {
      const own = [...describedIn(served)].filter(([name]) => /^(callrecords|http)_/.test(name));
      const listed = rowsOf('docs/operations.md', /^`(callrecords|http)_\w+`$/).map(([name = '', , tells]) => [
        codesIn(name)[0],
        tells,
      ]);
      expect(new Map(listed as [string, string][])).toEqual(new Map(own));
    });

    it('have a dashboard that asks for each of them, and for no metric that is not served', () => {
      const dashboard = readFileSync(join(ROOT, 'docs/grafana-dashboard.json'), 'utf8');
      const expressions = [...dashboard.matchAll(/"expr": "((?:[^"\\]|\\.)*)"/g)].map(([, one]) => one as string);
      const asked = expressions.flatMap((one) => [...one.matchAll(/\b(\w+)\{/g)].map(([, name]) => name as string));
      const names = new Set(asked.map((name) => name.replace(/^(http_\w+)_(bucket|count|sum)$/, '$1')));
      const known = describedIn(served);
      expect([...names].filter((name) => !known.has(name))).toEqual([]);
      expect([...known.keys()].filter((name) => name.startsWith('callrecords_') && !names.has(name))).toEqual([]);
    });
  });
});

describe('docs/architecture.md', () => {
  const named = codesIn(proseOf('docs/architecture.md'));
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).map((path) =>
    path.replaceAll('\\', '/'),
  );

  it('names every folder of the source, and every room of the store', () => {
    const folders = (below: string) =>
      readdirSync(join(ROOT, below), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name);
    expect(named).toEqual(expect.arrayContaining(folders('src').map((name) => `src/${name}`)));
    expect(named).toEqual(expect.arrayContaining(folders('src/store')));
  });

  it('names only files that there are', () => {
    const files = named.filter((code) => /^[a-z]+([-/][a-z-]+)+\/?$/.test(code));
    const isThere = (code: string) =>
      existsSync(join(ROOT, code)) ||
      sources.some((source) => `/${source}`.replace(/\.tsx?$/, '').endsWith(`/${code.replace(/\/$/, '')}`));
    expect(files.length).toBeGreaterThan(30);
    expect(files.filter((code) => !isThere(code))).toEqual([]);
  });
});

describe('the pages', () => {
  it('name only scripts that there are', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
    const named = [...PAGES.values()].flatMap((page) => [...page.matchAll(/npm run ([\w:-]+)/g)].map(([, one]) => one));
    expect(named.filter((name) => !Object.hasOwn(scripts, name as string))).toEqual([]);
  });

  it('link to files and headings that there are', () => {
    const broken = [...PAGES.keys()].flatMap((page) =>
      linksOf(page)
        .filter(({ path, heading }) => !leadsSomewhere(path, heading))
        .map(({ path, heading }) => `${page}: ${path}#${heading}`),
    );
    expect(broken).toEqual([]);
  });

  it('show only operations that the schema takes', () => {
    const wrong = [...PAGES.keys()].flatMap((page) =>
      blocksOf(page, 'graphql').flatMap((code) =>
        validate(schema, parse(code)).map(({ message }) => `${page}: ${message}`),
      ),
    );
    expect(wrong).toEqual([]);
    expect([...PAGES.keys()].filter((page) => blocksOf(page, 'graphql').length > 0).length).toBeGreaterThan(1);
  });

  it('name no host of a registry and no place of a machine', () => {
    for (const page of PAGES.values()) expect(page).not.toMatch(/\bregistry\.\w+\.|\/(home|root|Users)\//);
  });
});

/** An operation, its arguments in any order. */
function signature(name: string, args: string | string[] = []): string {
  const names = typeof args === 'string' ? args.split(', ') : args;
  return `${name} ${[...names].sort().join(' ')}`;
}

/** The links of a page to other files of this project, and to headings. */
function linksOf(page: string): { path: string; heading: string }[] {
  return [...proseOf(page).matchAll(/\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]*))?\)/g)].map(([, path = '', heading = '']) => ({
    path: path === '' ? page : join(dirname(page), path),
    heading,
  }));
}

function leadsSomewhere(path: string, heading: string): boolean {
  if (!existsSync(join(ROOT, path))) return false;
  return heading === '' || headingsOf(path).includes(heading);
}

/** As GitHub makes them of the headings. */
function headingsOf(page: string): string[] {
  return [...pageAt(page).matchAll(/^#+ (.*)$/gm)].map(([, text = '']) =>
    text
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}
