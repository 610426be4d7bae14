import { readFileSync } from 'node:fs';
import { printSubgraphSdl } from '../../src/graphql/schema.js';
import { breakingChanges, listedIn, unlisted } from './breaking-changes.js';

const text = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const CHANGELOG = text('../../CHANGELOG.md');

let sdl: string;
beforeAll(async () => {
  sdl = await printSubgraphSdl();
});
const changed = (from: string | RegExp, to: string) => {
  const other = sdl.replace(from, to);
  expect(other).not.toBe(sdl);
  return other;
};
const FIELD = /\n {2}"""\n {2}The meeting URL; [^"]+"""\n {2}joinWebUrl: String\n/;

test('What breaks clients or composition since the last release is listed in CHANGELOG.md', async () => {
  expect(await unlisted(text('released.graphql'), sdl, CHANGELOG)).toEqual([]);
});

describe('A change that breaks', () => {
  test.each([
    ['CallRecord.joinWebUrl', () => changed(FIELD, '\n')],
    ['CallRecord.participantCount', () => changed('participantCount: Int!', 'participantCount: Int')],
    ['CallType.groupCall', () => changed(/\n {2}"""[^"]+"""\n {2}groupCall\n/, '\n')],
    ['Query.callRecord.kind', () => changed(/(callRecord\(\s+"""[^"]+"""\s+)id: ID!/, '$1id: ID!, kind: ID!')],
    ['User.callRecords.first', () => changed('first: Int = 50', 'first: Int = 20')],
    [
      'CallRecord.@key',
      () => changed('type CallRecord implements Node @key(fields: "id")', 'type CallRecord implements Node'),
    ],
    ['PageInfo.@shareable', () => changed('type PageInfo @shareable', 'type PageInfo')],
    ['CallRecord.version.@authenticated', () => changed('version: Int64!', 'version: Int64! @authenticated')],
  ])('%s is one, until it is listed', async (coordinate, change) => {
    const found = await unlisted(sdl, change(), CHANGELOG);
    expect(found.map((one) => one.coordinate)).toEqual([coordinate]);
    const list = found.map((one) => `- \`${one.coordinate}\`: for a reason.`).join('\n');
    const changelog = `# Changelog\n\n## Unreleased\n\n### Breaking\n\n${list}\n\n## 0.1.0\n`;
    expect(await unlisted(sdl, change(), changelog)).toEqual([]);
  });

  test.each([
    ['a new field', () => changed('  version: Int64!', '  version: Int64!\n  more: String')],
    ['a new optional argument', () => changed('first: Int = 50', 'first: Int = 50\n    skip: Int')],
    [
      'a description, a cost, a tag',
      () => changed('  version: Int64!', '  version: Int64! @cost(weight: 3) @tag(name: "x")'),
    ],
  ])('%s is none', async (_what, change) => expect(await breakingChanges(sdl, change())).toEqual([]));
});

describe('The changelog', () => {
  test('lists by coordinate, under Unreleased and Breaking only', () => {
    const changelog =
      '# Changelog\n\n## Unreleased\n\n### Added\n\n- `A.a`\n\n### Breaking\n\n- `B.b`, `B.c`\n\n### Fixed\n\n- `C`\n\n## 1.0.0\n\n### Breaking\n\n- `D`\n';
    expect([...listedIn(changelog)]).toEqual(['B.b', 'B.c']);
    expect([...listedIn('## Unreleased\n\n### Breaking\n\n- `B.b`\n')]).toEqual(['B.b']);
    expect([...listedIn('# Changelog\n')]).toEqual([]);
  });
});
