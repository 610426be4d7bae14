import fc, { type GeneratorValue } from 'fast-check';
import {
  buildSchema,
  execute,
  type FieldNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  parse,
} from 'graphql';
import { toByteText, fromByteText } from '../../src/platform/byte-text.js';
import { GraphQLDateTimeOffset } from '../../src/domain/date-time.js';
import { GraphQLDuration } from '../../src/domain/duration.js';
import { isObject } from '../../src/platform/json-object.js';
import { GraphQLInt64 } from '../../src/domain/int64.js';
import { parseJson, stringifyJson } from '../../src/platform/json.js';
import { JSON_SOURCE, type JsonSource } from '../../src/domain/json-source.js';
import { type JsonWriter, jsonWriter } from '../../src/graphql/compiled/json-writer.js';
import { NotCompiled } from '../../src/graphql/compiled/not-compiled.js';
import { readFromJson } from '../../src/graphql/json-types.js';

/** Every kind of type that JSON below a record may have, at any depth. */
const SDL = `
  scalar Int64  scalar DateTimeOffset  scalar Duration
  enum Codec { opus satin unknownFutureValue }
  enum Direction { callerToCallee calleeToCaller }
  type Query { calls: [Call!]! }
  type Call { callId: ID  end: Endpoint  ends: [Endpoint!]!  first: Leg  isFirst: String  calls: [Call!]!  legs: [Leg]
    main: Legs }
  type Legs { opus: Leg  satin: Leg }
  type Leg { count: Int  rate: Float  speed: Int64  at: DateTimeOffset  isTest: Boolean  codec: Codec  codecs: [Codec!]!
    direction: Direction  name: String  double: Float  triple: Float  length: Duration  isOdd: Boolean! }
  interface Endpoint { agent: Leg }
  type ServiceEndpoint implements Endpoint { agent: Leg }
  type ParticipantEndpoint implements Endpoint { agent: Leg  name: String }
  type OtherEndpoint implements Endpoint { agent: Leg }`;

interface Times {
  twice: number | null;
  thrice: number | null;
}

/** Of which several fields take something. */
const TIMES = {
  members: ['rate'],
  compute: ({ rate }: { rate?: unknown }): Times =>
    typeof rate === 'number' ? { twice: rate * 2, thrice: rate * 3 } : { twice: null, thrice: null },
};

const SOURCES: Record<string, JsonSource> = {
  'Call.callId': { member: 'id' },
  'Call.first': { firstOf: ['caller', 'callee'] },
  'Call.isFirst': { nameOfFirst: ['caller', 'callee'] },
  'Leg.double': { ...TIMES, choose: ({ twice }: Times) => twice },
  'Leg.triple': { ...TIMES, choose: ({ thrice }: Times) => thrice },
  'Leg.isOdd': { members: ['count'], compute: ({ count }) => count === 1 },
  'Call.main': {
    ...{ renamed: 'caller', by: 'codec', beside: 'all' },
    nameOf: (codec, all) => (codec === 'satin' || isObject(all) ? 'satin' : 'opus'),
  },
};

const LEG =
  '{ __typename count rate speed at isTest codec codecs direction name double triple length isOdd again: rate }';
const END = `{ __typename agent ${LEG} ... on ParticipantEndpoint { name } }`;
const CALL = `callId end ${END} ends ${END} first ${LEG} isFirst legs ${LEG} main { opus ${LEG} } again: main { satin { rate } opus { name } }`;
const QUERY = `{ calls { ${CALL} calls { ${CALL} calls { ${CALL} } } } }`;

function schemaOf(): GraphQLSchema {
  const schema = buildSchema(SDL);
  Object.assign(schema.getType('Int64') as object, functionsOf(GraphQLInt64));
  Object.assign(schema.getType('DateTimeOffset') as object, functionsOf(GraphQLDateTimeOffset));
  Object.assign(schema.getType('Duration') as object, functionsOf(GraphQLDuration));
  for (const [coordinate, source] of Object.entries(SOURCES)) {
    const [type = '', name = ''] = coordinate.split('.');
    const field = (schema.getType(type) as GraphQLObjectType).getFields()[name] as GraphQLField<unknown, unknown>;
    field.extensions = { [JSON_SOURCE]: source };
  }
  readFromJson(schema, schema, 'Query', ['calls']);
  return schema;
}

const functionsOf = ({ serialize, parseValue }: { serialize: unknown; parseValue: unknown }) => ({
  serialize,
  parseValue,
});

const schema = schemaOf();
const document = parse(QUERY);

/** What graphql-js answers from the parsed JSON, and what is written from its text. */
function both(calls: unknown): [byGraphqlJs: string, written: string] {
  const text = stringifyJson(calls);
  const { data, errors } = execute({ schema, document, rootValue: { calls: parseJson(text) } }) as {
    data: { calls: unknown };
    errors?: unknown;
  };
  expect(errors).toBeUndefined();
  return [JSON.stringify(data.calls), fromByteText(write(toByteText(text)))];
}

const write = writerOf();

function writerOf(): JsonWriter {
  const [node] = (document.definitions[0] as OperationDefinitionNode).selectionSet.selections as [FieldNode];
  const { type } = schema.getQueryType()?.getFields().calls as GraphQLField<unknown, unknown>;
  return jsonWriter({ schema, fragments: {}, variables: {} }, type, { key: 'calls', name: 'calls', nodes: [node] });
}

const NUMBERS = [
  ...['1', '0', '-0', '-7', '1.50', '1e3', '1e-7', '2147483648', '9007199254740993', '0.1', '123456789.25', '-0.5'],
  ...['999999999999999', '9007199254740991', '0.000001', '0.0000001', '-0.0', '1.0', '0.123456789012345'],
  ...['0.1234567890123456', '12345678.90123456'],
];
const TEXTS = [
  'NaN',
  'INF',
  '-INF',
  'opus',
  'hologram',
  '2020-02-30T00:00:00Z',
  '2020-02-25T18:52:21.10Z',
  ...['2020-02-25T18:52:21.1Z', '2020-02-29T18:52:21Z', '2021-02-29T18:52:21Z', '2020-12-31T23:59:59.1234567Z'],
  ...['2020-12-31T24:00:00Z', '2020-12-31T23:59:59.12345678Z', '0999-01-01T00:00:00Z', '2020-12-31T23:59:59.Z'],
  ...['PT0.016S', 'PT1M', 'PT', 'PT.5S', 'PT1.S', '-PT1S', 'PT1234567890S', 'PT1.1234567890123S', 'P1DT2H'],
  '7',
  'Zoë "Z"',
];
/** What no member should hold. */
const ODD: unknown[] = [true, false, null, [], ['opus'], {}, ...TEXTS, ...NUMBERS.map((text) => parseJson(text))];
const TYPES = ['#a.b.participantEndpoint', 'a.b.serviceEndpoint', 'participantEndpoint', '#a.fax', '', 5];

/** JSON of calls in which any member may hold any kind of value that is no text in the place of text. */
function anyCall(generate: GeneratorValue, depth: number): unknown {
  const pick = <Value>(values: readonly Value[]) => generate(fc.constantFrom<Value[]>, ...values);
  const some = (make: () => unknown) => Array.from({ length: generate(fc.nat, { max: 2 }) }, make);
  const odd = () => pick(ODD);
  const text = () => pick<unknown>([null, ...TEXTS]);
  const leg = () =>
    pick([
      odd(),
      Object.fromEntries(
        [
          ...['count', 'rate', 'speed', 'at', 'isTest', 'codec', 'direction', 'length', 'other'].map(
            (name) => [name, odd()] as const,
          ),
          ['codecs', pick<unknown>([odd(), ['opus', 'x', 'y', 5], ['satin', 'satin']])],
          ['name', text()],
        ].filter(() => generate(fc.nat, { max: 4 }) > 0),
      ),
    ]);
  const end = () =>
    pick([odd(), { name: text(), agent: leg(), ...(generate(fc.boolean) && { '@odata.type': pick<unknown>(TYPES) }) }]);
  return pick([
    odd(),
    {
      ...{ id: text(), end: end(), ends: pick<unknown>([odd(), some(end)]), caller: leg(), callee: leg() },
      all: pick<unknown>([odd(), { opus: leg(), satin: leg(), other: leg() }]),
      ...{
        legs: pick<unknown>([odd(), some(leg)]),
        calls: depth === 0 ? odd() : some(() => anyCall(generate, depth - 1)),
      },
    },
  ]);
}

describe('Stored JSON as types of the schema', () => {
  test('is the same by graphql-js and written from text, at any depth, whatever stands in it', () => {
    fc.assert(
      fc.property(fc.gen(), (generate) => {
        const [byGraphqlJs, written] = both([anyCall(generate, 2), anyCall(generate, 2)]);
        expect(written).toBe(byGraphqlJs);
      }),
      { numRuns: 100 },
    );
  });

  test('is left to graphql-js where it ends too soon, wherever that is', () => {
    const whole = stringifyJson([{ id: 'a\\"', caller: { rate: 1.5, other: { a: [true, 'x'] } }, legs: [null, {}] }]);
    expect(write(toByteText(whole))).toContain('"callId"');
    for (let end = 0; end < whole.length; end++)
      expect(() => write(toByteText(whole.slice(0, end)))).toThrow(NotCompiled);
  });

  test('reads as null what a type cannot hold, an unknown member as unknownFutureValue, a list that is not there as none', () => {
    const leg = parseJson(
      '{"count":1.5,"rate":"NaN","speed":9007199254740993,"at":"no","isTest":"x","codec":"fax","codecs":["a","b","opus"],"direction":"up"}',
    );
    const [, written] = both([
      { id: 'a', callee: leg, end: { '@odata.type': '#microsoft.graph.callRecords.serviceEndpoint' } },
    ]);
    expect(JSON.parse(written)).toMatchObject([
      {
        callId: 'a',
        isFirst: 'callee',
        first: {
          count: null,
          rate: null,
          speed: '9007199254740993',
          at: null,
          isTest: null,
          codec: 'unknownFutureValue',
          codecs: ['unknownFutureValue', 'opus'],
          direction: null,
          double: null,
        },
        end: { __typename: 'ServiceEndpoint', agent: null },
        ends: [],
        calls: [],
        legs: null,
      },
    ]);
  });

  test.each([
    ['#microsoft.graph.callRecords.participantEndpoint', 'ParticipantEndpoint'],
    ['microsoft.graph.callRecords.participantEndpoint', 'ParticipantEndpoint'],
    ['#microsoft.graph.callRecords.endpoint', 'OtherEndpoint'],
    [undefined, 'OtherEndpoint'],
  ])('is of the sub-type that its @odata.type names: %s', (odataType, name) => {
    for (const text of both([{ end: { name: 'x', ...(odataType !== undefined && { '@odata.type': odataType }) } }]))
      expect(JSON.parse(text)).toMatchObject([{ end: { __typename: name } }]);
  });
});
