import { readFile } from 'node:fs/promises';
import {
  buildASTSchema,
  buildSchema,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  Kind,
  parse,
  print,
  validateSchema,
} from 'graphql';
import { printApiSdl, printSubgraphSdl } from '../../src/graphql/schema.js';
import { startTestServer } from '../support/harness.js';
import { dataOf } from '../support/asking.js';

const text = (path: string) => readFile(new URL(path, import.meta.url), 'utf8');
const byName = <Named extends { name: string }>(things: readonly Named[]) =>
  [...things].sort((a, b) => a.name.localeCompare(b.name));
const input = ({ name, type, astNode }: GraphQLArgument | GraphQLInputField): string =>
  `${name}: ${String(type)}${astNode?.defaultValue ? ` = ${print(astNode.defaultValue)}` : ''}`;

/** One line for each member of a type: its name, arguments, types and defaults. */
function membersOf(type: GraphQLNamedType): string[] {
  if (isEnumType(type)) return type.getValues().map(({ name }) => `${type.name}.${name}`);
  if (isInputObjectType(type)) return Object.values(type.getFields()).map((field) => `${type.name}.${input(field)}`);
  if (!isObjectType(type) && !isInterfaceType(type)) return [`scalar ${type.name}`];
  const interfaces = type.getInterfaces().map(({ name }) => `${type.name} implements ${name}`);
  const fields = Object.values(type.getFields()).map(({ name, args, type: result }) => {
    const list = byName(args).map(input).join(', ');
    return `${type.name}.${name}${list && `(${list})`}: ${String(result)}`;
  });
  return [...interfaces, ...fields];
}
const ownTypes = (schema: GraphQLSchema) =>
  Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type));
const membersIn = (schema: GraphQLSchema) => ownTypes(schema).flatMap(membersOf).sort();

/** Every named thing of a schema with what stands there for its readers. */
function described(schema: GraphQLSchema): [string, string | null | undefined][] {
  return ownTypes(schema).flatMap((type): [string, string | null | undefined][] => [
    [type.name, type.description],
    ...(isEnumType(type) ? type.getValues() : []).map((value): [string, string | null | undefined] => [
      `${type.name}.${value.name}`,
      value.description,
    ]),
    ...(isInputObjectType(type) || isObjectType(type) || isInterfaceType(type)
      ? Object.values(type.getFields())
      : []
    ).flatMap((field) => [
      [`${type.name}.${field.name}`, field.description] as [string, string | null | undefined],
      ...('args' in field ? (field.args as readonly GraphQLArgument[]) : []).map(
        (argument): [string, string | null | undefined] => [
          `${type.name}.${field.name}(${argument.name}:)`,
          argument.description,
        ],
      ),
    ]),
  ]);
}

let api: GraphQLSchema;
beforeAll(async () => {
  api = buildSchema(await printApiSdl());
});

describe('The API', () => {
  test('Its names, types, arguments and defaults are those of the contract, and no others', async () => {
    const contract = buildASTSchema(parse(await text('contract.graphql')));
    expect(membersIn(api)).toEqual(membersIn(contract));
  });

  test('Every type, field, argument, input field and enumeration member of ours is described in a sentence', () => {
    const things = described(api);
    expect(things.length).toBeGreaterThan(150);
    expect(things.filter(([, description]) => !/^\S.*\S[.)]$/s.test(description ?? ''))).toEqual([]);
  });

  test('It is valid by the rules of GraphQL', () => expect(validateSchema(api)).toEqual([]));

  test('It has nothing of federation', async () =>
    expect(await printApiSdl()).not.toMatch(/@(?!deprecated|specifiedBy)|_Entity/));
});

describe('The SDL of the subgraph', () => {
  test('schema.graphql is what the code says', async () => {
    expect(await text('../../schema.graphql')).toBe(await printSubgraphSdl());
  });

  test('A record and a user are entities by their id, and PageInfo may be shared', async () => {
    const sdl = await printSubgraphSdl();
    expect(sdl).toContain('type CallRecord implements Node @key(fields: "id") {');
    expect(sdl).toContain('type User @key(fields: "id") {');
    expect(sdl).toContain('type PageInfo @shareable {');
  });

  test('It links to Federation 2.9, the lowest version with @cost and @listSize, and imports what it uses', async () => {
    const names = ['cost', 'inaccessible', 'key', 'listSize', 'shareable', 'tag']
      .map((name) => `"@${name}"`)
      .join(', ');
    expect(await printSubgraphSdl()).toContain(
      `schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [${names}]) {\n`,
    );
  });

  test('Every field that gives a list or a connection says how large it is, a connection by first and last', async () => {
    const fields = parse(await printSubgraphSdl()).definitions.flatMap((type) =>
      type.kind === Kind.OBJECT_TYPE_DEFINITION ? (type.fields ?? []) : [],
    );
    const sizes = (type: RegExp) =>
      fields
        .filter((field) => type.test(print(field.type)))
        .map(({ name, directives = [] }) => [name.value, directives.map(print).find((one) => /^@listSize/.test(one))]);
    const lists = sizes(/^\[/);
    expect(lists.map(([name]) => name)).toEqual(
      expect.arrayContaining(['edges', 'modalities', 'nodes', 'participants']),
    );
    for (const list of lists) expect(list).toEqual([list[0], expect.stringMatching(/^@listSize\(.+\)$/)]);
    const connections = sizes(/^CallRecordConnection!?$/);
    expect(connections.length).toBeGreaterThan(1);
    for (const [, size] of connections)
      expect(size).toContain('slicingArguments: ["first", "last"], sizedFields: ["edges", "nodes"]');
    expect(sizes(/^SessionConnection$/)).toEqual([
      ['sessions', expect.stringContaining('slicingArguments: ["first"], sizedFields: ["edges", "nodes"]')],
    ]);
  });

  test('Names, addresses, devices and feedback are tagged as personal data', async () => {
    const tagged = parse(await printSubgraphSdl()).definitions.flatMap((type) =>
      type.kind === Kind.OBJECT_TYPE_DEFINITION
        ? (type.fields ?? [])
            .filter(({ directives = [] }) => directives.map(print).includes('@tag(name: "personal-data")'))
            .map(({ name }) => `${type.name.value}.${name.value}`)
        : [],
    );
    expect(tagged).toEqual(
      expect.arrayContaining([
        ...['NetworkInfo.ipAddress', 'NetworkInfo.subnet', 'NetworkInfo.reflexiveIPAddress', 'TraceRouteHop.ipAddress'],
        ...['NetworkInfo.relayIPAddress', 'NetworkInfo.macAddress', 'NetworkInfo.basicServiceSetIdentifier'],
        ...['NetworkInfo.dnsSuffix', 'ParticipantEndpoint.name', 'UserFeedback.text', 'ClientUserAgent.headerValue'],
        ...['DeviceInfo.captureDeviceName', 'DeviceInfo.renderDeviceName', 'Identity.displayName'],
      ]),
    );
  });

  test('@authenticated stands where this subgraph alone answers, and only in the SDL for routers that know it', async () => {
    expect(await printSubgraphSdl()).not.toContain('@authenticated');
    const sdl = await printSubgraphSdl({ authorization: true });
    const open = buildASTSchema(parse(sdl), { assumeValidSDL: true });
    const without = ['Query', 'Mutation', 'CallRecord', 'User'].flatMap((name) =>
      Object.values((open.getType(name) as GraphQLObjectType).getFields())
        .filter(({ astNode }) => !astNode?.directives?.some((directive) => directive.name.value === 'authenticated'))
        .map((field) => `${name}.${field.name}`),
    );
    expect(without).toEqual(['CallRecord.id', 'User.id']);
    expect(sdl.replaceAll(/ @authenticated|"@authenticated", /g, '')).toBe(await printSubgraphSdl());
  });

  test('A running server serves this SDL to gateways, and the API to clients', async () => {
    const server = await startTestServer();
    try {
      const query = '{ _service { sdl } __type(name: "CallRecordOrder") { inputFields { name defaultValue } } }';
      const { _service, __type } = dataOf(await server.ask(query));
      expect(_service.sdl).toBe(await text('../../schema.graphql'));
      expect(__type.inputFields).toEqual([
        { name: 'field', defaultValue: 'START_DATE_TIME' },
        { name: 'direction', defaultValue: 'DESC' },
      ]);
    } finally {
      await server.end();
    }
  });
});
