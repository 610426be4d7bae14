import { readFile } from 'node:fs/promises';
import {
  buildSchema,
  type GraphQLSchema,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
} from 'graphql';
import { getDataID, keys, possibleTypes, resolvers, scalars, typePolicies } from '../../src/clients.js';
import { printApiSdl } from '../../src/graphql/schema.js';

let schema: GraphQLSchema;
beforeAll(async () => {
  schema = buildSchema(await printApiSdl());
});

const ROOTS = ['Query', 'Mutation', 'Subscription'];
/** The object types of the schema whose `id` is of this type; undefined: that have none. */
const typesWith = (id: string | undefined) =>
  Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type) && !isIntrospectionType(type) && !ROOTS.includes(type.name))
    .filter((type) => isObjectType(type) && type.getFields()['id']?.type.toString() === id)
    .map(({ name }) => name);

describe('callrecords-graphql/clients', () => {
  test('says of every type that has no id, or one that may be null, that it is kept with what holds it', () => {
    const values = [...typesWith('ID'), 'Person'];
    expect(values).toEqual(['Identity', 'UserIdentity', 'Person']);
    expect(Object.keys(keys).sort()).toEqual([...values, ...typesWith(undefined)].sort());
    for (const key of Object.values(keys)) expect(key()).toBeNull();
    for (const name of values) {
      expect(typePolicies).toHaveProperty([name, 'keyFields'], false);
      expect(getDataID({ id: '1' }, name)).toBeUndefined();
    }
  });

  test('leaves to each record and user its id', () => {
    // A person's id is one in a kind of identity.
    const keyed = typesWith('ID!').filter((name) => name !== 'Person');
    expect(keyed).toEqual(['CallRecord', 'User']);
    for (const name of keyed) expect(getDataID({ id: '1' }, name)).toBe('1');
  });

  test('joins the pages of every connection', () => {
    const connections = Object.values(schema.getTypeMap()).flatMap((type) =>
      isObjectType(type)
        ? Object.values(type.getFields())
            .filter((field) => field.type.toString().replace('!', '') === 'CallRecordConnection')
            .map((field) => [type.name, field.name] as const)
        : [],
    );
    expect(connections).toHaveLength(2);
    for (const [type, field] of connections) {
      expect(typePolicies).toHaveProperty([type, 'fields', field, 'keyArgs'], ['filter', 'orderBy']);
      expect(resolvers).toHaveProperty([type, field]);
    }
  });

  test('knows what every scalar of ours is in TypeScript', () => {
    const own = Object.values(schema.getTypeMap()).filter((type) => isScalarType(type) && !isSpecifiedScalarType(type));
    expect(Object.keys(scalars).sort()).toEqual(own.map(({ name }) => name).sort());
  });

  test('knows the types of every interface', () => {
    const own = Object.values(schema.getTypeMap()).filter(isInterfaceType);
    const types = own.map((type) => [
      type.name,
      schema
        .getPossibleTypes(type)
        .map(({ name }) => name)
        .sort(),
    ]);
    const known = Object.entries(possibleTypes).map(([name, all]) => [name, [...all].sort()]);
    expect(Object.fromEntries(known)).toEqual(Object.fromEntries(types));
  });

  test('imports nothing when it runs, and is named by the package', async () => {
    expect(await readFile(new URL('../../dist/clients.js', import.meta.url), 'utf8')).not.toMatch(
      /\b(import|require)\b ?[({'"]/,
    );
    expect(Object.keys((await import('callrecords-graphql/clients')) as object).sort()).toEqual([
      'extensionsOf',
      'getDataID',
      'keys',
      'possibleTypes',
      'resolvers',
      'scalars',
      'typePolicies',
      'violationsOf',
    ]);
  });

  test('is pointed to by the ids that are no keys, and by no others', () => {
    const pointing = Object.values(schema.getTypeMap()).flatMap((type) =>
      'getFields' in type
        ? Object.values(type.getFields())
            .filter(({ description }) =>
              /^.*Not a key for caches: .*callrecords-graphql\/clients/.test(description ?? ''),
            )
            .map(({ name }) => `${type.name}.${name}`)
        : [],
    );
    expect(pointing.sort()).toEqual(['Identity.id', 'Person.id', 'UserIdentity.id']);
  });
});
