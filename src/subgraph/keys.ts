import {
  type ConstDirectiveNode,
  type DocumentNode,
  getNamedType,
  type GraphQLNamedType,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
} from 'graphql';

/** A key of an entity, and a check that a representation holds all of it. */
export interface Key {
  /** In the form of `@key(fields:)`. */
  fields: string;
  isHeldBy: (representation: object) => boolean;
}

type Check = (value: unknown) => boolean;

/** The keys by which each entity of a subgraph can be asked for. */
export function keysOf(document: DocumentNode, schema: GraphQLSchema): Map<string, Key[]> {
  const entities = new Map<string, Key[]>();
  for (const definition of document.definitions) {
    if (!('directives' in definition) || !('name' in definition) || !definition.name) continue;
    const type = schema.getType(definition.name.value);
    const keys = (definition.directives ?? [])
      .filter(({ name }) => name.value === 'key' || name.value === 'federation__key')
      .filter((key) => argument(key as ConstDirectiveNode, 'resolvable') !== false)
      .map((key) => toKey(String(argument(key as ConstDirectiveNode, 'fields')), type));
    if (keys.length > 0) entities.set(definition.name.value, keys);
  }
  return entities;
}

function argument({ arguments: given }: ConstDirectiveNode, name: string): string | boolean | undefined {
  const value = given?.find((one) => one.name.value === name)?.value;
  return value?.kind === Kind.STRING || value?.kind === Kind.BOOLEAN ? value.value : undefined;
}

function toKey(fields: string, type: GraphQLNamedType | undefined): Key {
  const [operation] = parse(`{ ${fields} }`).definitions as OperationDefinitionNode[];
  return { fields, isHeldBy: checkOf((operation as OperationDefinitionNode).selectionSet, type) };
}

/** Checks that each member is there, and not null. Ids and strings must be strings, as every subgraph writes them. */
function checkOf(selectionSet: SelectionSetNode, type: GraphQLNamedType | undefined): Check {
  const fields = isObjectType(type) || isInterfaceType(type) ? type.getFields() : {};
  const checks = selectionSet.selections
    .filter((selection) => selection.kind === Kind.FIELD)
    .map(({ name, selectionSet: below }): [string, Check] => {
      const field = fields[name.value];
      const member = field && getNamedType(field.type);
      return [name.value, below ? checkOf(below, member) : isText(member) ? isString : isThere];
    });
  return (value) =>
    typeof value === 'object' &&
    value !== null &&
    checks.every(([name, isGood]) => isGood((value as { [name: string]: unknown })[name]));
}

const isText = (type: GraphQLNamedType | undefined) =>
  type !== undefined && isSpecifiedScalarType(type) && (type.name === 'ID' || type.name === 'String');
const isString: Check = (value) => typeof value === 'string';
const isThere: Check = (value) => value !== null && value !== undefined;
