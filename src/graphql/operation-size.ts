import { collectFields, collectSubFields } from '@graphql-tools/utils';
import {
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  GraphQLError,
  type GraphQLField,
  type GraphQLNamedOutputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isAbstractType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  valueFromASTUntyped,
} from 'graphql';
import { COSTLY_MEMBERS, importCost, MEMBER_COST, pageCost, STATISTICS_COST } from '../domain/cost.js';
import type { Limits } from '../domain/limits.js';

type Variables = { [name: string]: unknown };
type Fields = Map<string, FieldNode[]>;

/** The most that an operation may reach and cost. */
export interface OperationSize {
  records: number;
  points: number;
  /** The list that adds most records; null if none does. */
  worst: { path: string; records: number } | null;
}

/** An operation, the document around it, and the variables as they were sent. */
export interface SentOperation {
  schema: GraphQLSchema;
  operation: OperationDefinitionNode;
  fragments: { [name: string]: FragmentDefinitionNode };
  variables: Variables;
}

/** The fragments of a document by name. */
export function fragmentsOf({ definitions }: DocumentNode): SentOperation['fragments'] {
  return Object.fromEntries(
    definitions.flatMap((one) => (one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one]] : [])),
  );
}

/**
 * Sizes an operation before it runs (IBM's cost specification). The length of a list is that of its slicing arguments
 * or its list of ids, or else the `assumedSize` of its `@listSize`. It counts once for each object above it. Points are
 * those that its resolvers take. Fields that `@skip` and `@include` leave out do not count.
 */
export function sizeOf(sent: SentOperation, limits: SizeLimits): OperationSize {
  return new Sizing(sent, limits).measure();
}

/** The limits of lists. A longer list is refused by the rule that it breaks, and its cost does not matter. */
type SizeLimits = Pick<Limits, 'maxPageSize' | 'maxImportRecords'>;

/** The place of a field: how many objects have it, and the sizes of the lists among the fields of these objects. */
interface Place {
  times: number;
  path: string;
  sizes: ReadonlyMap<string, number> | null;
}

const RECORD = 'CallRecord';
/** The types that count as records. A session can be many times as long as a record, and counts as one. */
const COUNTED = new Set([RECORD, 'Session']);

class Sizing {
  private readonly size: OperationSize = { records: 0, points: 0, worst: null };
  private readonly variables: Variables;

  constructor(
    private readonly sent: SentOperation,
    private readonly limits: SizeLimits,
  ) {
    this.variables = withDefaults(sent.operation, sent.variables);
  }

  measure(): OperationSize {
    const { schema, operation, fragments } = this.sent;
    const root = schema.getRootType(operation.operation);
    if (!root) return this.size;
    const collect = () => collectFields(schema, fragments, this.variables, root, operation.selectionSet);
    for (const [key, nodes] of fieldsOr(collect)) {
      const field = root.getFields()[nameOf(nodes)];
      if (!field || field.name === '_service') continue;
      if (field.name === '_entities') this.entities(key, field, nodes);
      else this.read(field, nodes, { times: 1, path: key, sizes: null });
    }
    return this.size;
  }

  private fields(type: GraphQLObjectType, fields: Fields, { times, path, sizes }: Place): void {
    for (const [key, nodes] of fields) {
      const field = type.getFields()[nameOf(nodes)];
      if (!field) continue;
      const place = { times, path: `${path}.${key}`, sizes };
      if (isLookedUp(field)) this.read(field, nodes, place);
      else this.below(field.type, nodes, { ...place, times: times * this.lengthOf(field, sizes), sizes: null });
    }
  }

  /** Adds a field that is looked up in the store: it costs points, and the records that it finds count. */
  private read(field: GraphQLField<unknown, unknown>, nodes: FieldNode[], { times, path }: Place): void {
    const { sizedFields } = listSizeOf(field);
    const length = this.askedOf(field, nodes);
    const type = getNamedType(field.type);
    this.add(path, { records: findsRecords(type) ? times * length : 0, points: times * costOf(field, length) });
    if (sizedFields.length === 0) return this.below(field.type, nodes, { times: times * length, path, sizes: null });
    this.below(field.type, nodes, { times, path, sizes: new Map(sizedFields.map((name) => [name, length])) });
  }

  private entities(path: string, field: GraphQLField<unknown, unknown>, nodes: FieldNode[]): void {
    const representations = this.argument(nodes, 'representations');
    const counts = new Map<string, number>();
    for (const one of Array.isArray(representations) ? representations : []) {
      const name = (one as { __typename?: unknown } | null)?.__typename;
      if (typeof name === 'string') counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    const records = counts.get(RECORD) ?? 0;
    if (records > 0) this.add(path, { records, points: pageCost(records) });
    for (const type of this.objectTypes(field.type))
      this.within(type, nodes, { times: counts.get(type.name) ?? 0, path, sizes: null });
  }

  private below(type: GraphQLField<unknown, unknown>['type'], nodes: FieldNode[], place: Place): void {
    for (const one of this.objectTypes(type)) this.within(one, nodes, place);
  }

  private within(type: GraphQLObjectType, nodes: FieldNode[], place: Place): void {
    if (place.times === 0) return;
    const { schema, fragments } = this.sent;
    const collect = () => collectSubFields(schema, fragments, this.variables, type, nodes);
    this.fields(type, fieldsOr(collect), place);
  }

  private objectTypes(type: GraphQLField<unknown, unknown>['type']): readonly GraphQLObjectType[] {
    const named = getNamedType(type);
    if (isObjectType(named)) return [named];
    return isAbstractType(named) ? this.sent.schema.getPossibleTypes(named) : [];
  }

  private add(path: string, { records, points }: { records: number; points: number }): void {
    this.size.records += records;
    this.size.points += points;
    if (records > (this.size.worst?.records ?? 0)) this.size.worst = { path, records };
  }

  /** The length of a list without a slicing argument. */
  private lengthOf(field: GraphQLField<unknown, unknown>, sizes: Place['sizes']): number {
    if (!isList(field)) return 1;
    return sizes?.get(field.name) ?? listSizeOf(field).assumedSize ?? 1;
  }

  /** The length that a field asks for: by the first of its slicing arguments, by its list of ids, or as assumed. */
  private askedOf(field: GraphQLField<unknown, unknown>, nodes: FieldNode[]): number {
    const { slicingArguments, assumedSize } = listSizeOf(field);
    for (const name of slicingArguments) {
      const size = this.argument(nodes, name);
      if (Number.isInteger(size)) return Math.min(Math.max(0, size as number), this.limits.maxPageSize);
    }
    for (const { name, type } of field.args) {
      const isIds = isListType(isNonNullType(type) ? type.ofType : type);
      const items = isIds ? this.argument(nodes, name) : undefined;
      if (Array.isArray(items)) return Math.min(items.length, this.mostOf(field));
    }
    return isList(field) || slicingArguments.length > 0 ? Math.min(assumedSize ?? 1, this.limits.maxPageSize) : 1;
  }

  private mostOf({ name }: GraphQLField<unknown, unknown>): number {
    return name === 'importCallRecords' ? this.limits.maxImportRecords : this.limits.maxPageSize;
  }

  private argument([node]: FieldNode[], name: string): unknown {
    const given = node?.arguments?.find((argument) => argument.name.value === name)?.value;
    if (!given) return undefined;
    // A variable may have any name, and a value or none.
    if (given.kind === Kind.VARIABLE)
      return Object.hasOwn(this.variables, given.name.value) ? this.variables[given.name.value] : undefined;
    return valueFromASTUntyped(given, this.variables);
  }
}

/** The selection. It is empty if a directive's argument has no value, which graphql-js refuses at that place. */
function fieldsOr(collect: () => { fields: Fields }): Fields {
  try {
    return collect().fields;
  } catch (error) {
    if (error instanceof GraphQLError) return new Map();
    throw error;
  }
}

function nameOf([node]: FieldNode[]): string {
  return (node as FieldNode).name.value;
}

function isList({ type }: GraphQLField<unknown, unknown>): boolean {
  return isListType(isNonNullType(type) ? type.ofType : type);
}

/** Whether a field of an object is looked up in the store. */
function isLookedUp(field: GraphQLField<unknown, unknown>): boolean {
  return listSizeOf(field).slicingArguments.length > 0 || COSTLY_MEMBERS.has(field.name);
}

function costOf(field: GraphQLField<unknown, unknown>, length: number): number {
  if (field.name === 'callRecordStatistics') return STATISTICS_COST;
  if (COSTLY_MEMBERS.has(field.name)) return MEMBER_COST;
  if (field.name === 'importCallRecords') return importCost(length);
  return isList(field) || listSizeOf(field).slicingArguments.length > 0 ? pageCost(length) : 1;
}

/**
 * Whether a field of this type gives records, or sessions of one: by itself, through an interface, or in a connection.
 */
function findsRecords(type: GraphQLNamedOutputType): boolean {
  if (type.name === RECORD || type.name === 'Node') return true;
  const nodes = isObjectType(type) ? type.getFields()['nodes'] : undefined;
  return nodes !== undefined && COUNTED.has(getNamedType(nodes.type).name);
}

/** The sent variables, with defaults for those not sent. */
function withDefaults({ variableDefinitions = [] }: OperationDefinitionNode, sent: Variables): Variables {
  const values = Object.assign(Object.create(null) as Variables, sent);
  for (const { variable, defaultValue } of variableDefinitions)
    if (defaultValue && values[variable.name.value] === undefined)
      values[variable.name.value] = valueFromASTUntyped(defaultValue);
  return values;
}

interface ListSize {
  assumedSize?: number;
  slicingArguments: string[];
  sizedFields: string[];
}

const UNSIZED: ListSize = { slicingArguments: [], sizedFields: [] };
const listSizes = new WeakMap<GraphQLField<unknown, unknown>, ListSize>();

/** The `@listSize` of a field. */
function listSizeOf(field: GraphQLField<unknown, unknown>): ListSize {
  const known = listSizes.get(field);
  if (known) return known;
  const directive = field.astNode?.directives?.find(({ name }) => /^(federation__)?listSize$/.test(name.value));
  const size = directive ? { ...UNSIZED, ...argumentsOf(directive) } : UNSIZED;
  listSizes.set(field, size);
  return size;
}

function argumentsOf({ arguments: given = [] }: ConstDirectiveNode): Partial<ListSize> {
  return Object.fromEntries(given.map(({ name, value }) => [name.value, valueFromASTUntyped(value)]));
}
