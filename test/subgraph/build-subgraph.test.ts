import 'reflect-metadata';
import { graphql, GraphQLError, printSchema } from 'graphql';
import {
  Arg,
  Authorized,
  buildSchema,
  Ctx,
  Directive,
  Field,
  FieldResolver,
  ID,
  InterfaceType,
  type NextFn,
  ObjectType,
  Query,
  registerEnumType,
  type ResolverData,
  Resolver,
  Root,
  UseMiddleware,
} from 'type-graphql';
import { buildSubgraph, type SubgraphOptions } from '../../src/subgraph/build-subgraph.js';
import { ReferenceResolver, type Representation } from '../../src/subgraph/reference-resolver.js';

interface Context {
  batches: string[][];
  role?: string;
}

@ObjectType()
@Directive('@key(fields: "isbn")')
class Book {
  @Field(() => ID)
  isbn!: string;

  @Field(() => String)
  title!: string;
}

@ObjectType()
@Directive('@key(fields: "id")')
class Author {
  @Field(() => ID)
  id!: string;

  @Field(() => Boolean)
  isStub!: boolean;
}

enum Size {
  SMALL = 's',
  LARGE = 'l',
}
registerEnumType(Size, { name: 'Size' });

@ObjectType()
@Directive('@key(fields: "id")')
@Directive('@key(fields: "code", resolvable: false)')
class Shelf {
  @Field(() => ID)
  id!: string;

  @Field(() => ID)
  code!: string;
}

@Resolver(() => Book)
class BookResolver {
  @ReferenceResolver(() => Book)
  async references(
    @Root() references: readonly Representation<{ isbn: string }>[],
    @Ctx() { batches }: Context,
  ): Promise<(Book | Error | null)[]> {
    batches.push(references.map(({ isbn }) => isbn));
    if (references.some(({ isbn }) => isbn === 'short')) return [];
    if (references.some(({ isbn }) => isbn === 'broken')) throw new Error('The shop is closed.');
    return references.map(({ isbn }) => {
      if (isbn.startsWith('bad')) return new GraphQLError(`${isbn} is bad.`);
      return isbn.startsWith('no') ? null : Object.freeze({ isbn, title: `Book ${isbn}` });
    });
  }

  @Query(() => [Book])
  books(@Arg('size', () => Size, { defaultValue: Size.LARGE }) size: Size): Book[] {
    return [{ isbn: '1', title: size }];
  }
}

@Resolver(() => Shelf)
class ShelfResolver {
  private readonly prefix = 'shelf';

  @Authorized('librarian')
  @UseMiddleware(({ context }: ResolverData<Context>, next: NextFn) => {
    context.batches.push(['before']);
    return next();
  })
  @ReferenceResolver(() => Shelf)
  references(@Root() references: readonly Representation<Shelf>[]): Shelf[] {
    return references.map(({ id }) => ({ id, code: `${this.prefix} ${id}` }));
  }
}

@InterfaceType({ resolveType: (value: object) => ('pages' in value ? 'Novel' : 'Film') })
@Directive('@key(fields: "id")')
abstract class Work {
  @Field(() => ID)
  id!: string;
}

@ObjectType({ implements: Work })
@Directive('@key(fields: "id")')
class Novel extends Work {
  @Field(() => String)
  pages!: string;
}

@ObjectType({ implements: Work })
@Directive('@key(fields: "id")')
class Film extends Work {
  @Field(() => String)
  minutes!: string;
}

@Resolver(() => Work)
class WorkResolver {
  @ReferenceResolver(() => Work)
  references(@Root() references: readonly Representation<Work>[]): Work[] {
    return references.map(({ id }) => (id === 'n' ? { id, pages: 'many' } : { id, minutes: 'few' }));
  }
}

const OPTIONS: SubgraphOptions = {
  resolvers: [BookResolver, ShelfResolver, WorkResolver],
  orphanedTypes: [Author, Novel, Film],
  validate: false,
  authChecker: ({ context }, roles) => roles.includes((context as Context).role ?? ''),
};
const { schema, sdl, api } = buildSubgraph(OPTIONS);

async function entities(selection: string, representations: unknown[], context: Partial<Context> = {}) {
  const contextValue: Context = { batches: [], ...context };
  const { data, errors = [] } = await graphql({
    schema,
    source: `query ($representations: [_Any!]!) { _entities(representations: $representations) { ${selection} } }`,
    variableValues: { representations },
    contextValue,
  });
  const found = (data as { _entities?: unknown[] } | null)?._entities;
  return { found: JSON.parse(JSON.stringify(found)) as unknown[], errors, batches: contextValue.batches };
}
const book = (isbn: unknown) => ({ __typename: 'Book', isbn });
const TITLE = '... on Book { title }';

describe('References', () => {
  test('of one type come to its resolver at once, each once, and the answers stand in their places', async () => {
    const { found, errors, batches } = await entities('__typename ... on Book { isbn } ... on Author { id }', [
      book('2'),
      { __typename: 'Author', id: 'a' },
      book('1'),
      book('2'),
      book('none'),
      book('2'),
    ]);
    expect(errors).toEqual([]);
    expect(batches).toEqual([['2', '1', 'none']]);
    const [one, two] = ['1', '2'].map((isbn) => ({ __typename: 'Book', isbn }));
    expect(found).toEqual([two, { __typename: 'Author', id: 'a' }, one, two, null, two]);
  });

  test('of a type without a resolver are themselves the objects', async () => {
    const author = { __typename: 'Author', id: 'a', isStub: true };
    expect((await entities('... on Author { id isStub }', [author])).found).toEqual([{ id: 'a', isStub: true }]);
  });

  test('that differ in what they bring beside the key are different', async () => {
    const { batches } = await entities(TITLE, [book('1'), { ...book('1'), weight: 5 }]);
    expect(batches).toEqual([['1', '1']]);
  });

  test('may be found bad by the resolver, each with an error in its own place', async () => {
    const { found, errors } = await entities(TITLE, [book('1'), book('bad'), book('3')]);
    expect(found).toEqual([{ title: 'Book 1' }, null, { title: 'Book 3' }]);
    expect(errors).toMatchObject([{ message: 'bad is bad.', path: ['_entities', 1] }]);
  });

  test('whose resolver fails are errors in their places, and the others are answered', async () => {
    const author = { __typename: 'Author', id: 'a' };
    const { found, errors } = await entities('... on Author { id } ... on Book { title }', [
      book('broken'),
      author,
      book('1'),
    ]);
    expect(found).toEqual([null, { id: 'a' }, null]);
    expect(errors).toMatchObject([
      { message: 'The shop is closed.', path: ['_entities', 0] },
      { message: 'The shop is closed.', path: ['_entities', 2] },
    ]);
  });

  test('are not mixed up when a resolver gives too few answers', async () => {
    const { found, errors } = await entities(TITLE, [book('short'), book('1')]);
    expect(found).toEqual([null, null]);
    expect(errors[0]?.message).toBe('The reference resolver of Book gave 0 answers for 2 representations.');
  });

  test.each([
    [{ isbn: '1' }, 'A representation needs __typename, the name of its type.'],
    ['text', 'A representation needs __typename, the name of its type.'],
    [{ __typename: 5 }, 'A representation needs __typename, the name of its type.'],
    [{ __typename: 'Pen', id: '1' }, '"Pen" is no entity of this subgraph.'],
    [{ __typename: 'Query' }, '"Query" is no entity of this subgraph.'],
    [book(undefined), 'A reference to Book needs { isbn }, without nulls, ids being strings.'],
    [book(null), 'A reference to Book needs { isbn }, without nulls, ids being strings.'],
    [book(5), 'A reference to Book needs { isbn }, without nulls, ids being strings.'],
    [{ __typename: 'Shelf', code: '1' }, 'A reference to Shelf needs { id }, without nulls, ids being strings.'],
  ])('such as %j are BAD_USER_INPUT in their own place', async (bad, message) => {
    const { found, errors } = await entities(TITLE, [book('1'), bad, book('2')]);
    expect(found).toEqual([{ title: 'Book 1' }, null, { title: 'Book 2' }]);
    expect(errors).toMatchObject([{ message, path: ['_entities', 1], extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  test('may be refused with an error of the owner of the schema', async () => {
    const own = buildSubgraph({ ...OPTIONS, refuse: ({ index }) => new Error(`number ${index}`) });
    const { errors } = await graphql({
      schema: own.schema,
      source: '{ _entities(representations: [{ __typename: "Pen" }]) { __typename } }',
    });
    expect(errors).toMatchObject([{ message: 'number 0' }]);
  });

  test('may be left out by the owner of the schema, who is told how many came before', async () => {
    const own = buildSubgraph({ ...OPTIONS, refuse: ({ earlier }) => (earlier < 1 ? new Error('the first') : null) });
    const { data, errors } = await graphql({
      schema: own.schema,
      source: '{ _entities(representations: [{ __typename: "Pen" }, 5, { __typename: "Pen" }]) { __typename } }',
    });
    expect([data?._entities, errors]).toMatchObject([[null, null, null], [{ message: 'the first' }]]);
  });

  test('by an interface become objects of the types that implement it', async () => {
    const { found, errors } = await entities('__typename ... on Novel { pages } ... on Film { minutes }', [
      { __typename: 'Work', id: 'n' },
      { __typename: 'Work', id: 'f' },
    ]);
    expect(errors).toEqual([]);
    expect(found).toEqual([
      { __typename: 'Novel', pages: 'many' },
      { __typename: 'Film', minutes: 'few' },
    ]);
  });
});

describe('A reference resolver', () => {
  const shelf = { __typename: 'Shelf', id: '1' };

  test('is guarded by @Authorized and @UseMiddleware, and is a method of its instance', async () => {
    const { found, batches } = await entities('... on Shelf { code }', [shelf], { role: 'librarian' });
    expect(found).toEqual([{ code: 'shelf 1' }]);
    expect(batches).toEqual([['before']]);
    const refused = await entities('... on Shelf { code }', [shelf], { role: 'visitor' });
    expect(refused.found).toEqual([null]);
    expect(refused.errors).toHaveLength(1);
  });

  test('is no field of any schema, built by us or by type-graphql', async () => {
    const plain = await buildSchema({ ...OPTIONS, resolvers: [BookResolver, ShelfResolver, WorkResolver] });
    for (const text of [printSchema(plain), printSchema(api), printSchema(schema)])
      expect(text).not.toContain('_references');
  });

  test('of a type without a resolvable key is an error when the schema is built', () => {
    @ObjectType()
    class Keyless {
      @Field(() => ID)
      id!: string;
    }
    @Resolver(() => Keyless)
    class KeylessResolver {
      @ReferenceResolver(() => Keyless)
      references(): Keyless[] {
        return [];
      }
    }
    expect(() => buildSubgraph({ ...OPTIONS, resolvers: [BookResolver, KeylessResolver] })).toThrow(
      'Keyless has a reference resolver, but no @key that is resolvable.',
    );
  });

  test('that is a second one of its type is an error when the schema is built', () => {
    @Resolver(() => Book)
    class Second {
      @ReferenceResolver(() => Book)
      references(): Book[] {
        return [];
      }
    }
    expect(() => buildSubgraph({ ...OPTIONS, resolvers: [BookResolver, Second] })).toThrow(
      'Book has more than one reference resolver.',
    );
  });
});

describe('The schema built', () => {
  test('reads defaults of enumerations as resolvers know them', async () => {
    const { data } = await graphql({ schema, source: '{ books { title } }', contextValue: { batches: [] } });
    expect(data).toEqual({ books: [{ title: 'l' }] });
  });

  test('answers _service with the SDL that it was built with', async () => {
    const { data } = await graphql({ schema, source: '{ _service { sdl } }' });
    expect(data).toEqual({ _service: { sdl } });
    expect(sdl).toMatch(/^schema @link/);
  });

  test('may have entities only, and no query of its own', async () => {
    const only = buildSubgraph({ ...OPTIONS, resolvers: [WorkResolver], orphanedTypes: [Novel, Film] });
    const source = '{ _entities(representations: [{ __typename: "Work", id: "n" }]) { ... on Novel { pages } } }';
    expect(await graphql({ schema: only.schema, source })).toEqual({ data: { _entities: [{ pages: 'many' }] } });
  });

  test('takes directives for enumerations and their values by coordinate, and refuses what names nothing', () => {
    const applied = { Size: ['@tag(name: "a")'], 'Size.SMALL': ['@tag(name: "b")', '@inaccessible'] };
    const own = buildSubgraph({ ...OPTIONS, appliedDirectives: () => applied });
    expect(own.sdl).toMatch(/enum Size @tag\(name: "a"\) {\s+SMALL @tag\(name: "b"\) @inaccessible\s+LARGE\s+}/);
    expect(() =>
      buildSubgraph({ ...OPTIONS, appliedDirectives: () => ({ 'Size.HUGE': ['@tag(name: "c")'] }) }),
    ).toThrow('Directives are applied to Size.HUGE, which the schema does not have.');
  });
});

test('A directive on the resolver of a field that its class has is an error, for type-graphql would lose it', () => {
  @Resolver(() => Book)
  class TitleResolver {
    @FieldResolver(() => String)
    @Directive('@shareable')
    title(): string {
      return '';
    }
  }
  expect(() => buildSubgraph({ ...OPTIONS, resolvers: [BookResolver, TitleResolver] })).toThrow(
    'A @Directive on TitleResolver.title would be lost: it belongs on the field title of Book.',
  );
  expect(buildSubgraph({ ...OPTIONS, resolvers: [BookResolver] }).sdl).not.toContain('@shareable');
});

test('Descriptions by coordinate stand in the SDL, and one of nothing is refused', () => {
  const describing = (descriptions: Record<string, string>) =>
    buildSubgraph({ ...OPTIONS, resolvers: [BookResolver], orphanedTypes: [], descriptions }).sdl;
  const described = describing({ Query: 'All.', 'Book.title': 'On its spine.' });
  expect(described).toContain('"""All."""\ntype Query {');
  expect(described).toContain('"""On its spine."""\n  title: String!');
  expect(() => describing({ 'Book.name': 'None.' })).toThrow('There is no Book.name to describe.');
});

describe('The version of Federation that is linked', () => {
  const link = (directives: Record<string, string[]>, resolvers: SubgraphOptions['resolvers'] = [BookResolver]) =>
    buildSubgraph({ ...OPTIONS, resolvers, orphanedTypes: [], appliedDirectives: () => directives }).sdl.split('\n')[0];

  test.each([
    [{}, '2.0', ['key']],
    [{ 'Book.title': ['@shareable', '@tag(name: "x")'] }, '2.0', ['key', 'shareable', 'tag']],
    [{ 'Book.title': ['@override(from: "x")'] }, '2.0', ['key', 'override']],
    [{ 'Book.title': ['@override(from: "x", label: "percent(5)")'] }, '2.7', ['key', 'override']],
    [{ Book: ['@authenticated'] }, '2.5', ['authenticated', 'key']],
    [{ Book: ['@policy(policies: [["x"]])'] }, '2.6', ['key', 'policy']],
    [
      { 'Query.books': ['@listSize(assumedSize: 3)'], Book: ['@authenticated'] },
      '2.9',
      ['authenticated', 'key', 'listSize'],
    ],
  ])('for %j is %s', (directives, version, names) => {
    const imports = names.map((name) => `"@${name}"`).join(', ');
    expect(link(directives)).toBe(
      `schema @link(url: "https://specs.apollo.dev/federation/v${version}", import: [${imports}]) {`,
    );
  });

  test('is 2.3 for a key of an interface', () => expect(sdl).toContain('federation/v2.3"'));
});
