import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compile, compileForRelay, generate, projectOf, removeProject } from '../support/projects.js';

let folder: string;
afterEach(() => removeProject(folder));

describe('A frontend with Apollo Client', () => {
  beforeEach(async () => {
    folder = await projectOf('apollo');
    await generate(folder);
  });
  const file = () => join(folder, 'src/app.tsx');

  test('compiles with the types that the client preset makes of the schema, the type policies included', () => {
    expect(compile(file(), 'nodenext')).toEqual([]);
  });

  test('compiles a view of a call in detail, its interfaces told apart', () => {
    expect(compile(join(folder, 'src/call-detail.ts'), 'nodenext')).toEqual([]);
  });

  test('has no types of federation', async () => {
    const types = await readFile(join(folder, 'src/gql/graphql.ts'), 'utf8');
    expect(types).toContain('CreateCallRecordInput');
    expect(types).not.toMatch(/federation|link__|\b_(Any|Service|Entity)\b|: any/);
  });

  test('is told by the compiler of a field that it did not ask for and of an input that is wrong', async () => {
    const source = await readFile(file(), 'utf8');
    const wrong = source
      .replace('pageInfo.hasNextPage', 'totalCount')
      .replace('input, idempotencyKey }', 'input: {} }');
    await writeFile(file(), wrong);
    const problems = compile(file(), 'nodenext');
    expect(problems.join('\n')).toMatch(/Property 'totalCount' does not exist/);
    expect(problems.join('\n')).toMatch(/missing the following properties from type 'CreateCallRecordInput'/);
  });
});

describe('A frontend with urql', () => {
  beforeEach(async () => {
    folder = await projectOf('urql');
    await generate(folder);
  });

  test('compiles with the types that the client preset makes of the schema, the options for Graphcache included', () =>
    expect(compile(join(folder, 'src/app.tsx'), 'bundler')).toEqual([]));
});

describe('A frontend with Relay', () => {
  beforeEach(async () => {
    folder = await projectOf('relay');
  });

  test("compiles with Relay's compiler: pagination by connection, refetching by node", async () => {
    await compileForRelay(folder);
    expect(compile(join(folder, 'src/call-list.ts'), 'bundler')).toEqual([]);
    expect(compile(join(folder, 'src/call-detail.ts'), 'bundler')).toEqual([]);
    expect(compile(join(folder, 'src/app.tsx'), 'bundler')).toEqual([]);
    const refetch = await readFile(join(folder, 'src/__generated__/callRowRefetchQuery.graphql.ts'), 'utf8');
    expect(refetch).toMatch(/node\(id: \$id\)/);
    const pages = await readFile(join(folder, 'src/__generated__/callListPaginationQuery.graphql.ts'), 'utf8');
    expect(pages).toMatch(/pageInfo {\\n +endCursor\\n +hasNextPage/);
  });

  test("is told by Relay's compiler of a field that is not in the schema", async () => {
    const file = join(folder, 'src/call-list.ts');
    await writeFile(file, (await readFile(file, 'utf8')).replace('durationSeconds\n', 'lengthSeconds\n'));
    await expect(compileForRelay(folder)).rejects.toThrow();
  });
});
