import '../support/loopback-only.js';
import { ApolloGateway, LocalGraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { ApolloServerPluginInlineTrace } from '@apollo/server/plugin/inlineTrace';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { buildASTSchema, parse, printSchema, stripIgnoredCharacters } from 'graphql';
import { hosts, stopWatching } from '../support/loopback-only.js';
import { compose } from '../support/composing.js';
import { buildProducts } from './products.js';

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3",
  import: ["@key", "@shareable", "@external", "@requires"])`;
const USERS = `${LINK} type User @key(fields: "email") {
  email: ID!  name: String  totalProductsCreated: Int @shareable  yearsOfEmployment: Int! }`;
const INVENTORY = `${LINK}
type Query { inventory(id: ID!): Inventory }
type Product @key(fields: "id") { id: ID!  dimensions: ProductDimension @external
  delivery(zip: String): String @requires(fields: "dimensions { size weight }") }
type ProductDimension @shareable { size: String  weight: Float }
interface Inventory @key(fields: "id") { id: ID!  products: [Product!]! }
type OpenSourceInventory implements Inventory @key(fields: "id") { id: ID!  products: [Product!]! }`;

const products = buildProducts();
const neighbours = {
  users: buildSubgraphSchema({
    typeDefs: parse(USERS),
    resolvers: {
      User: {
        __resolveReference: ({ email }) => ({
          email,
          name: 'Not Jane',
          totalProductsCreated: 10,
          yearsOfEmployment: 10,
        }),
      },
    },
  }),
  inventory: buildSubgraphSchema({
    typeDefs: parse(INVENTORY),
    resolvers: {
      Query: { inventory: (_root, { id }: { id: string }) => ({ id, products: [{ id: 'apollo-federation' }] }) },
      Inventory: { __resolveType: () => 'OpenSourceInventory' },
    },
  }),
};

let server: ApolloServer;
let gateway: ApolloServer;
beforeAll(async () => {
  server = new ApolloServer({
    schema: products.schema,
    plugins: [ApolloServerPluginInlineTrace(), ApolloServerPluginLandingPageDisabled()],
  });
  const { supergraphSdl } = compose([
    { name: 'products', sdl: products.sdl },
    { name: 'users', sdl: USERS },
    { name: 'inventory', sdl: INVENTORY },
  ]);
  const schemas = { products: products.schema, ...neighbours };
  gateway = new ApolloServer({
    gateway: new ApolloGateway({
      supergraphSdl,
      buildService: ({ name }) => new LocalGraphQLDataSource(schemas[name as keyof typeof schemas]),
    }),
    plugins: [ApolloServerPluginLandingPageDisabled()],
  });
  // One after the other: Jest mixes up modules that two of them load lazily at once.
  await server.start();
  await gateway.start();
});
afterAll(async () => {
  stopWatching();
  await Promise.all([server.stop(), gateway.stop()]);
});

async function ask(to: ApolloServer, query: string, variables = {}, headers: Record<string, string> = {}) {
  const { body } = await to.executeOperation(
    {
      query,
      variables,
      http: { headers: new Map(Object.entries(headers)) as never, method: 'POST', search: '', body: {} },
    },
    {},
  );
  if (body.kind !== 'single') throw new Error('No single answer.');
  expect(body.singleResult.errors).toBeUndefined();
  return JSON.parse(JSON.stringify(body.singleResult)) as { data: Record<string, unknown>; extensions?: object };
}
async function sdl(): Promise<string> {
  const { data } = await ask(server, '{ _service { sdl } }');
  return stripIgnoredCharacters((data._service as { sdl: string }).sdl);
}
async function entities(selection: string, representations: object[]): Promise<unknown> {
  const query = `query ($representations: [_Any!]!) { _entities(representations: $representations) { ${selection} } }`;
  return (await ask(server, query, { representations })).data._entities;
}
const PRODUCT = { id: 'apollo-federation' };
const product = (selection: string) => `query ($id: ID!) { product(id: $id) { ${selection} } }`;

/** One test for each column of the table that Apollo publishes of subgraph libraries. */
describe("The columns of Apollo's subgraph compatibility suite", () => {
  test('_service: the SDL has the types of the schema', async () => {
    const served = printSchema(buildASTSchema(parse(await sdl()), { assumeValidSDL: true }));
    for (const [type, fields] of Object.entries({
      Product:
        'id: ID! sku: String package: String variation: ProductVariation dimensions: ProductDimension createdBy: User notes: String research: [ProductResearch!]!',
      DeprecatedProduct: 'sku: String! package: String! reason: String createdBy: User',
      ProductVariation: 'id: ID!',
      ProductResearch: 'study: CaseStudy! outcome: String',
      CaseStudy: 'caseNumber: ID! description: String',
      ProductDimension: 'size: String weight: Float unit: String',
      User: 'email: ID! name: String totalProductsCreated: Int yearsOfEmployment: Int! averageProductsCreatedPerYear: Int',
      Query:
        'product(id: ID!): Product deprecatedProduct(package: String! sku: String!): DeprecatedProduct @deprecated(reason: "Use product query instead")',
      Inventory: 'id: ID! deprecatedProducts: [DeprecatedProduct!]!',
    }))
      expect(stripIgnoredCharacters(served)).toContain(`type ${type}${stripIgnoredCharacters(`{ ${fields} }`)}`);
  });

  test('@key (single)', async () => {
    expect(await sdl()).toMatch(/type User@extends@key\(fields:"email"\)/);
    expect(
      await entities('... on User { email name }', [{ __typename: 'User', email: 'support@apollographql.com' }]),
    ).toEqual([{ email: 'support@apollographql.com', name: 'Jane Smith' }]);
  });

  test('@key (multi)', async () => {
    expect(await sdl()).toMatch(/type DeprecatedProduct@key\(fields:"sku package"\)/);
    const reference = { sku: 'apollo-federation-v1', package: '@apollo/federation-v1' };
    expect(
      await entities('... on DeprecatedProduct { sku package reason }', [
        { __typename: 'DeprecatedProduct', ...reference },
      ]),
    ).toEqual([{ ...reference, reason: 'Migrate to Federation V2' }]);
  });

  test('@key (composite)', async () => {
    expect(await sdl()).toMatch(/type ProductResearch@key\(fields:"study { caseNumber }"\)/);
    expect(
      await entities('... on ProductResearch { study { caseNumber description } }', [
        { __typename: 'ProductResearch', study: { caseNumber: '1234' } },
      ]),
    ).toEqual([{ study: { caseNumber: '1234', description: 'Federation Study' } }]);
  });

  test('repeatable @key', async () => {
    expect(await sdl()).toMatch(
      /type Product@custom@key\(fields:"id"\)@key\(fields:"sku package"\)@key\(fields:"sku variation { id }"\){/,
    );
    expect(
      await entities('... on Product { id sku }', [
        { __typename: 'Product', id: 'apollo-federation' },
        { __typename: 'Product', sku: 'federation', package: '@apollo/federation' },
        { __typename: 'Product', sku: 'studio', variation: { id: 'platform' } },
      ]),
    ).toEqual([
      { id: 'apollo-federation', sku: 'federation' },
      { id: 'apollo-federation', sku: 'federation' },
      { id: 'apollo-studio', sku: 'studio' },
    ]);
  });

  test('@requires', async () => {
    expect(await sdl()).toContain(
      'averageProductsCreatedPerYear:Int@requires(fields:"totalProductsCreated yearsOfEmployment")',
    );
    const { data } = await ask(gateway, product('createdBy { averageProductsCreatedPerYear email }'), PRODUCT);
    expect(data.product).toEqual({
      createdBy: { averageProductsCreatedPerYear: 134, email: 'support@apollographql.com' },
    });
  });

  test('@provides', async () => {
    expect(await sdl()).toContain('createdBy:User@provides(fields:"totalProductsCreated")');
    const { data } = await ask(server, product('createdBy { email totalProductsCreated }'), PRODUCT);
    expect(data.product).toEqual({ createdBy: { email: 'support@apollographql.com', totalProductsCreated: 1337 } });
  });

  test('federated tracing', async () => {
    const headers = { 'apollo-federation-include-trace': 'ftv1' };
    expect(await ask(server, 'query { __typename }', {}, headers)).toEqual({
      data: { __typename: 'Query' },
      extensions: { ftv1: expect.stringMatching(/^[\w+/]{20,}=*$/) },
    });
  });

  test('@link', async () => {
    const imports = ['composeDirective', 'extends', 'external', 'inaccessible', 'interfaceObject', 'key']
      .concat('override', 'provides', 'requires', 'shareable', 'tag')
      .map((name) => `"@${name}"`);
    expect((await sdl()).match(/@link\(.+?\)/g)).toEqual([
      `@link(url:"https://specs.apollo.dev/federation/v2.3" import:[${imports.join(' ')}])`,
      '@link(url:"https://myspecs.dev/myCustomDirective/v1.0" import:["@custom"])',
    ]);
  });

  test('@shareable', async () => {
    expect(await sdl()).toContain('type ProductDimension@shareable{');
    const { data } = await ask(gateway, product('dimensions { size weight }'), PRODUCT);
    expect(data.product).toEqual({ dimensions: { size: 'small', weight: 1 } });
  });

  test('@tag', async () => expect(await sdl()).toContain('notes:String@tag(name:"internal")'));

  test('@override', async () => {
    expect(await sdl()).toContain('name:String@override(from:"users")');
    const { data } = await ask(gateway, product('createdBy { name }'), PRODUCT);
    expect(data.product).toEqual({ createdBy: { name: 'Jane Smith' } });
  });

  test('@inaccessible', async () => {
    expect(await sdl()).toContain('unit:String@inaccessible');
    const { data } = await ask(server, product('dimensions { unit }'), PRODUCT);
    expect(data.product).toEqual({ dimensions: { unit: 'kg' } });
  });

  test('@composeDirective', async () => {
    expect(await sdl()).toMatch(/schema@link.+@composeDirective\(name:"@custom"\)/);
    expect(await sdl()).toContain('directive@custom on OBJECT');
    expect(await sdl()).toContain('type Product@custom');
  });

  test('@interfaceObject', async () => {
    expect(await sdl()).toContain('type Inventory@interfaceObject@key(fields:"id"){');
    const query = 'query ($id: ID!) { inventory(id: $id) { deprecatedProducts { sku reason } } }';
    expect((await ask(gateway, query, { id: 'apollo-oss' })).data.inventory).toEqual({
      deprecatedProducts: [{ sku: 'apollo-federation-v1', reason: 'Migrate to Federation V2' }],
    });
  });
});

test('No connection is made for any of it', () => expect([...hosts]).toEqual([]));
