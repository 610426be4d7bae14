import '../support/loopback-only.js';
import { composeServices } from '@apollo/composition';
import { buildASTSchema, parse, validateSchema } from 'graphql';
import { printSubgraphSdl } from '../../src/graphql/schema.js';
import { compose, type Service } from '../support/composing.js';
import { MEETINGS_SDL, USERS_SDL } from './neighbours.js';

const NEIGHBOURS: Service[] = [
  { name: 'users', sdl: USERS_SDL },
  { name: 'meetings', sdl: MEETINGS_SDL },
];
let sdl: string;
beforeAll(async () => {
  sdl = await printSubgraphSdl();
});
const composeWith = (ours: string) => compose([{ name: 'callrecords', sdl: ours }, ...NEIGHBOURS]);

/** The schema that clients of the supergraph see. */
function apiOf(ours: string) {
  const services = [{ name: 'callrecords', sdl: ours }, ...NEIGHBOURS];
  const result = composeServices(services.map(({ name, sdl: text }) => ({ name, url: '', typeDefs: parse(text) })));
  if (!result.schema) throw new Error(result.errors?.map(String).join('\n'));
  return result.schema.toAPISchema().toGraphQLJSSchema();
}
const fieldsOf = (ours: string, name: string) => {
  const type = apiOf(ours).getType(name);
  return type && 'getFields' in type ? Object.keys(type.getFields()) : undefined;
};

describe('Composed with a subgraph that owns User and one that adds to CallRecord', () => {
  test('There are no errors and no hints', () => expect(composeWith(sdl).hints).toEqual([]));

  test('There are none with @authenticated either, nor alone', async () => {
    const authorization = await printSubgraphSdl({ authorization: true });
    expect(composeWith(authorization).hints).toEqual([]);
    expect(compose([{ name: 'callrecords', sdl: authorization }]).hints).toEqual([]);
    expect(compose([{ name: 'callrecords', sdl }]).hints).toEqual([]);
  });

  test('Costs and list sizes stand in the supergraph', () => {
    const { supergraphSdl } = composeWith(sdl);
    expect(supergraphSdl).toContain('https://specs.apollo.dev/cost/v0.1');
    const costs = supergraphSdl.match(/totalCount: Int!.*/)?.[0];
    expect(costs).toContain('@cost(weight: 5)');
    const [sized] = supergraphSdl.match(/\): CallRecordConnection!.*/g) ?? [];
    expect(sized).toContain('@listSize(assumedSize: 50, slicingArguments: ["first", "last"], sizedFields: ["edges",');
  });

  test('Relay fields and Node are for those who ask this subgraph alone', () => {
    expect(fieldsOf(sdl, 'Query')).toEqual([
      ...['callRecord', 'callRecords', 'callRecordChanges', 'people', 'me', 'syncStatus', 'callRecordStatistics'],
      ...['meetings', 'user', 'users'],
    ]);
    expect(fieldsOf(sdl, 'Node')).toBeUndefined();
    expect(fieldsOf(sdl, 'CallRecord')).toEqual(expect.arrayContaining(['id', 'version', 'meeting']));
  });

  test("Another subgraph's node field, shared, is no conflict", () => {
    const other = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.0", import: ["@key", "@shareable", "@inaccessible"])
      type Query { node(id: ID!): Node @shareable @inaccessible  room: Room }
      interface Node @inaccessible { id: ID! }
      type Room implements Node @key(fields: "id") { id: ID! }`;
    expect(
      compose([
        { name: 'callrecords', sdl },
        { name: 'rooms', sdl: other },
      ]).hints,
    ).toEqual([]);
  });

  test.each([
    ['personal-data', 'UserIdentity', ['id', 'tenantId', 'account']],
    ['personal-data', 'IdentityFilter', ['id', 'kind', 'tenantId']],
    ['administration', 'Mutation', ['createCallRecord']],
  ])('A contract without %s leaves a valid schema, and of %s just %j', (tag, type, left) => {
    const contract = sdl.replaceAll(`@tag(name: "${tag}")`, '@inaccessible');
    expect(validateSchema(apiOf(contract))).toEqual([]);
    expect(fieldsOf(contract, type)?.sort()).toEqual([...left].sort());
  });

  test('A User without the key "id" of type ID! does not compose, and the composer says so', () => {
    const users = USERS_SDL.replace('@key(fields: "id")', '@key(fields: "mail")').replace('name: String!', 'mail: ID!');
    expect(() =>
      compose([
        { name: 'callrecords', sdl },
        { name: 'users', sdl: users },
      ]),
    ).toThrow(/User/);
  });
});

test('The SDL stands on its own with the definitions that federation adds', () => {
  expect(() => buildASTSchema(parse(sdl), { assumeValidSDL: true })).not.toThrow();
});
