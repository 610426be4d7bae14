import fc, { type GeneratorValue } from 'fast-check';
import {
  getNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isLeafType,
  isObjectType,
  type OperationTypeNode,
} from 'graphql';
import { LosslessNumber } from 'lossless-json';

/** A request as a client could send it. */
export interface Generated {
  query: string;
  variables: { [name: string]: unknown };
}

/** Values for an argument: as a literal, and the same as JSON. */
export type Choices = [literal: string, json: unknown][];

/** What the arguments of lists and lookups are taken from; some break rules. */
export interface Pool {
  ids: string[];
  people: string[];
  cursors: string[];
  inputs: Choices;
  keys: Choices;
}

const ROOTS = {
  query: ['callRecord', 'callRecords', 'callRecords', 'callRecordStatistics', '_entities', '__typename'],
  mutation: ['createCallRecord', 'createCallRecord', 'createCallRecord', 'createCallRecord', '__typename'],
};
/** Arguments that are always given. */
const REQUIRED = new Set(['id', 'input', 'dimension']);
const DEPTH = 7;
/** Selections of a record, as good as any beside the lists of its people. */
const SOME_OF_A_RECORD = [
  'id',
  '__typename type organizer { user { id } }',
  'joinWebUrl p: participants { phone { id displayName } user { displayName } }',
  '... on CallRecord { version endDateTime }',
];
/** Names of variables that every object of JavaScript has members of. */
const INHERITED = ['constructor', 'toString', '__proto__'];

/** JSON as it is written in a document. Texts of these members are members of enumerations. */
export function literal(value: unknown, enums?: ReadonlySet<string>, member = ''): string {
  if (value instanceof LosslessNumber) return value.toString();
  if (typeof value === 'string' && enums?.has(member)) return value;
  if (Array.isArray(value)) return `[${value.map((item) => literal(item, enums, member)).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([name, inner]) => `${name}: ${literal(inner, enums, name)}`)
    .join(', ')} }`;
}

/** Makes documents over the schema: fragments, aliases, directives, variables, and now and then something wrong. */
export class DocumentMaker {
  private readonly fragments: string[] = [];
  private readonly declared: string[] = [];
  private variables: { [name: string]: unknown } = {};

  constructor(
    private readonly generate: GeneratorValue,
    private readonly schema: GraphQLSchema,
    private readonly pool: Pool,
    private readonly operation: keyof typeof ROOTS = 'query',
  ) {}

  make(): Generated {
    return this.document(Array.from({ length: this.chance(8) ? 2 : 1 }, () => this.root()));
  }

  /** One or some lists of calls, with lists of the calls of those who stand in them, and of those in these. */
  makeOfLists(): Generated {
    const count = 1 + this.generate(fc.nat, { max: 2 });
    // The less deep ones are compiled more often.
    const lists = Array.from({ length: count }, (_, index) => `l${index}: ${this.listWithin(this.chance(2) ? 1 : 2)}`);
    return this.document(lists);
  }

  /** Few of them are wrong: what is wrong in one of the lists would be an answer without the others. */
  private listWithin(levels: number): string {
    const fields = [this.pick(SOME_OF_A_RECORD)];
    if (levels > 0) {
      const lists = Array.from({ length: this.chance(3) ? 2 : 1 }, (_, index) =>
        index > 0 ? `other: ${this.listWithin(levels - 1)}` : this.listWithin(levels - 1),
      );
      const account = `account${this.chance(9) ? this.directive() : ''} { ${this.pick(['id', '__typename', ''])} ${lists.join(' ')} }`;
      const person = `{ user { ${this.pick(['id', 'displayName', ''])} ${account} } }`;
      fields.push(`${this.pick(['participants', 'participants', 'organizer'])} ${person}`);
    }
    const nodes = `{ ${fields.join(' ')} }`;
    const page = this.chance(3) ? `edges { cursor node ${nodes} }` : `nodes ${nodes}`;
    const beside = this.chance(3) ? `pageInfo { ${this.pick(['hasNextPage', 'endCursor', 'hasPreviousPage'])} }` : '';
    // Lists of the usual size would soon be too many.
    const size = `${this.pick(['first', 'last'])}: ${this.generate(fc.nat, { max: 4 })}`;
    const more = this.chance(2) ? this.pick(this.moreOfAList()) : '';
    return `callRecords(${size} ${more}) { ${beside} ${page} ${this.chance(9) ? 'totalCount' : ''} }`;
  }

  private moreOfAList(): string[] {
    const { people, cursors } = this.pool;
    return [
      `filter: { participant: { id: ["${this.pick(people)}"] } }`,
      'filter: { type: [groupCall] }',
      'orderBy: { field: START_DATE_TIME, direction: ASC }',
      'orderBy: { field: DURATION, direction: DESC }',
      ...(this.chance(2) ? [`after: "${this.pick(cursors)}"`, `before: "${this.pick(cursors)}"`] : []),
    ];
  }

  private document(roots: string[]): Generated {
    const declared = this.declared.length > 0 ? `(${this.declared.join(', ')})` : '';
    const query = [`${this.operation} Q${declared} { ${roots.join(' ')} }`, ...this.fragments].join('\n');
    return { query, variables: this.variables };
  }

  private root(): string {
    const name = this.pick(ROOTS[this.operation]);
    const type = this.schema.getRootType(this.operation as OperationTypeNode) as GraphQLObjectType;
    const field = type.getFields()[name];
    if (!field) return name;
    if (name === '_entities') {
      const representations: Choices = [this.references(), this.references()].map((value) => [literal(value), value]);
      const type = '[_Any!]!';
      const given = this.chance(4) ? this.pick(representations)[0] : this.variable(type, representations);
      const record = this.schema.getType('CallRecord') as GraphQLObjectType;
      const below = `{ ${this.chance(3) ? '__typename ' : ''}... on CallRecord ${this.selection(record, DEPTH)} ${this.chance(6) ? '... on User { id }' : ''} }`;
      return `${this.alias()}_entities(representations: ${given})${this.directive()} ${below}`;
    }
    return this.field(name, type, DEPTH);
  }

  private references(): unknown[] {
    return Array.from({ length: this.generate(fc.nat, { max: 4 }) }, () => {
      const id = this.pick(this.pool.ids);
      const { __typename, ...usual } = { __typename: 'CallRecord', id };
      const written = [usual, { ...usual, id: id.toUpperCase() }, { ...usual, version: 1 }];
      if (!this.chance(8)) return { ...this.pick(written), __typename };
      return this.pick([{ __typename: 'User', id }, { __typename }, { __typename, id: 5 }, usual, 'x', [], {}]);
    });
  }

  /** `{ … }` below a field of the type. */
  private selection(type: GraphQLObjectType, depth: number): string {
    // What leads from a new record to others would depend on how many have been created before.
    const names = Object.keys(type.getFields()).filter((name) => this.operation === 'query' || name !== 'account');
    const count = 1 + this.generate(fc.nat, { max: 5 });
    const parts = Array.from({ length: count }, () => {
      const name = this.chance(8) ? '__typename' : this.pick(names);
      const field = this.field(name, type, depth);
      if (this.chance(8)) return `...${this.chance(2) ? ` on ${type.name}` : ''}${this.directive()} { ${field} }`;
      if (type.name === 'CallRecord' && this.chance(10)) return `... on Node${this.directive()} { ${this.alias()}id }`;
      return this.chance(10) ? this.fragment(type, field) : field;
    });
    return `{ ${parts.join(' ')} }`;
  }

  private fragment(type: GraphQLObjectType, field: string): string {
    const name = `F${this.fragments.length}`;
    this.fragments.push(`fragment ${name} on ${type.name} { ${field} }`);
    const spread = `...${name}${this.directive()}`;
    return this.chance(3) ? `${spread} ${spread}` : spread;
  }

  private field(name: string, type: GraphQLObjectType, depth: number): string {
    const field = type.getFields()[name];
    const head = `${this.alias()}${name}`;
    if (!field) return `${head}${this.directive()}`;
    const named = getNamedType(field.type);
    const given = `${head}${this.args(field.args.map((argument) => argument.name))}${this.directive()}`;
    if (isLeafType(named) || !isObjectType(named)) return given;
    if (depth === 0) return '__typename';
    return `${given} ${this.selection(named, depth - 1)}`;
  }

  private args(names: string[]): string {
    const given = names.flatMap((name) => {
      const choices = this.choices(name);
      if (!choices || (!REQUIRED.has(name) && this.generate(fc.nat, { max: 2 }) > 0)) return [];
      return [`${name}: ${this.chance(2) ? this.pick(choices[1])[0] : this.variable(choices[0], choices[1])}`];
    });
    return given.length > 0 ? `(${given.join(', ')})` : '';
  }

  private choices(name: string): [type: string, Choices] | null {
    const { ids, cursors } = this.pool;
    const texts = (values: string[]): Choices => values.map((value) => [JSON.stringify(value), value]);
    const sizes = [0, 1, 2, 3, 50, null, ...(this.chance(8) ? [-1, 501] : [])];
    const numbers: Choices = [
      ...sizes.map((value): Choices[number] => [String(value), value]),
      ['2', new LosslessNumber('2.0')],
    ];
    const orders: Choices = ['START_DATE_TIME', 'DURATION', 'LAST_MODIFIED_DATE_TIME'].map((field) => [
      `{ field: ${field}, direction: ASC }`,
      { field, direction: 'DESC' },
    ]);
    const enums = (...names: string[]): Choices => names.map((one) => [one, one]);
    const known: Record<string, [string, Choices]> = {
      id: ['ID!', texts(ids)],
      input: ['CreateCallRecordInput!', this.pool.inputs],
      idempotencyKey: ['String', this.pool.keys],
      first: ['Int', numbers],
      last: ['Int', numbers],
      after: ['String', texts(cursors)],
      before: ['String', texts(cursors)],
      filter: ['CallRecordFilter', name === 'filter' ? this.filters() : []],
      interval: ['TimeInterval', [['null', null], ...enums('HOUR', 'DAY', 'WEEK', 'MONTH')]],
      timeZone: ['String', texts(['Europe/Berlin', 'Australia/Lord_Howe', 'UTC', 'Nowhere'])],
      dimension: ['QualityDimension!', enums('MEDIA_KIND', 'SUBNET')],
      minimumStreams: ['Int', numbers],
      orderBy: ['CallRecordOrder', [['null', null], ...orders]],
    };
    return known[name] ?? null;
  }

  /** Conditions, some of them joined, some that cannot be read. */
  private filters(depth = 2): Choices {
    const { people, ids } = this.pool;
    const person = this.pick(people);
    const id = this.pick(ids);
    const plain: Choices = [
      ['null', null],
      ['{}', {}],
      [`{ participant: { id: ["${person}"] } }`, { participant: { id: [person] } }],
      [`{ organizer: { id: ["${person}"] }, type: [groupCall] }`, { organizer: { id: [person] }, type: ['groupCall'] }],
      ['{ type: [] }', { type: [] }],
      ['{ startDateTime: { gte: "2026-01-15T12:02:00Z" } }', { startDateTime: { gte: '2026-01-15T12:02:00Z' } }],
      ['{ not: { modalities: { hasAny: [video] } } }', { not: { modalities: { hasAny: ['video'] } } }],
      ['{ participant: { displayName: "ö" } }', { participant: { displayName: 'ö' } }],
      ['{ durationSeconds: { lt: 60 } }', { durationSeconds: { lt: 60 } }],
      [`{ id: "${id.toUpperCase()}" }`, { id: id.toUpperCase() }],
      ['{ type: unknownFutureValue }', { type: 'unknownFutureValue' }],
      ['{ participant: null, organizer: { id: null } }', { participant: null, organizer: { id: null } }],
      ['{ participant: { tenantId: [], kind: USER } }', { participant: { tenantId: [], kind: 'USER' } }],
      [
        '{ endDateTime: { lt: "2026-01-15t13:05:00.0000001+01:00", eq: null } }',
        { endDateTime: { lt: '2026-01-15t13:05:00.0000001+01:00', eq: null } },
      ],
      ['{ durationSeconds: { gte: 6e1 } }', { durationSeconds: { gte: new LosslessNumber('6e1') } }],
      ['{ joinWebUrl: "" }', { joinWebUrl: '' }],
      ['{ startDateTime: { gt: "yesterday" } }', { startDateTime: { gt: 'yesterday' } }],
      ['{ type: [huddle] }', { type: ['huddle'] }],
      ['{ quality: [POOR, UNCLASSIFIED] }', { quality: ['POOR', 'UNCLASSIFIED'] }],
      ['{ not: { quality: GOOD, sessionsFetched: true } }', { not: { quality: 'GOOD', sessionsFetched: true } }],
      ['{ failureStage: [midcall], quality: null }', { failureStage: ['midcall'], quality: null }],
      ['{ participantCount: { gte: 2, lt: 5 } }', { participantCount: { gte: 2, lt: 5 } }],
      ['[]', []],
    ];
    if (depth === 0 || !this.chance(3)) return plain;
    const parts = Array.from({ length: this.generate(fc.nat, { max: 3 }) }, () => this.pick(this.filters(depth - 1)));
    const joined = (name: string): Choices[number] => [
      `{ ${name}: [${parts.map(([part]) => part).join(', ')}] }`,
      { [name]: parts.map(([, part]) => part) },
    ];
    const [part, json] = this.pick(this.filters(depth - 1));
    return [joined('and'), joined('or'), [`{ not: ${part} }`, { not: json }], [`{ and: ${part} }`, { and: json }]];
  }

  private variable(type: string, choices: Choices): string {
    const inherited = this.chance(8) ? INHERITED[this.declared.length] : undefined;
    const name = inherited ?? `v${this.declared.length}`;
    const [text, json] = this.pick(choices);
    const hasDefault = !type.endsWith('!') && text !== 'null' && this.chance(4);
    this.declared.push(`$${name}: ${type}${hasDefault ? ` = ${text}` : ''}`);
    // A variable may also be absent: null, its default, or an error.
    if (!this.chance(hasDefault || inherited ? 2 : 15)) this.variables = { ...this.variables, [name]: json };
    return `$${name}`;
  }

  private directive(): string {
    if (!this.chance(10)) return '';
    const choices: Choices = [
      ['true', true],
      ['false', false],
    ];
    const condition = this.chance(2) ? this.pick(choices)[0] : this.variable('Boolean!', choices);
    return ` @${this.pick(['skip', 'include'])}(if: ${condition})`;
  }

  private alias(): string {
    return this.chance(6) ? `${this.pick(['a', 'b', 'id', 'nodes'])}${this.generate(fc.nat, { max: 9 })}: ` : '';
  }

  private pick<Value>(values: readonly Value[]): Value {
    return values[this.generate(fc.nat, { max: values.length - 1 })] as Value;
  }

  /** True once in so many times. */
  private chance(times: number): boolean {
    return this.generate(fc.nat, { max: times - 1 }) === 0;
  }
}
