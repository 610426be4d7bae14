import {
  type ConstDirectiveNode,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  parse,
  type ScalarTypeDefinitionNode,
} from 'graphql';

/**
 * Directives by schema coordinate: `Type`, `Type.field`, `Enum.VALUE`, `Input.field` or `Type.field(argument:)`. They
 * are for places that type-graphql's `@Directive` does not reach, such as enumerations, scalars and unions.
 */
export type AppliedDirectives = Readonly<Record<string, readonly string[]>>;

interface Annotated {
  astNode?: unknown;
}

/** Adds directives to a schema that will be printed. Throws if a coordinate names nothing. */
export function applyDirectives(schema: GraphQLSchema, applied: AppliedDirectives): void {
  for (const [coordinate, directives] of Object.entries(applied)) {
    const place = placeOf(schema, coordinate);
    if (!place) throw new Error(`Directives are applied to ${coordinate}, which the schema does not have.`);
    const node = (place.astNode ?? {}) as { directives?: readonly ConstDirectiveNode[] };
    place.astNode = { ...node, directives: [...(node.directives ?? []), ...directives.flatMap(parseDirective)] };
  }
}

function placeOf(schema: GraphQLSchema, coordinate: string): Annotated | null | undefined {
  const [, typeName = '', member, argument] = /^(\w+)(?:\.(\w+)(?:\((\w+):\))?)?$/.exec(coordinate) ?? [];
  const type = schema.getType(typeName);
  if (!type || member === undefined) return type;
  if (isEnumType(type)) return type.getValue(member);
  if (isInputObjectType(type)) return type.getFields()[member];
  if (!isObjectType(type) && !isInterfaceType(type)) return undefined;
  const field = type.getFields()[member];
  return argument === undefined ? field : field?.args.find(({ name }) => name === argument);
}

function parseDirective(text: string): readonly ConstDirectiveNode[] {
  const [definition] = parse(`scalar Any ${text}`).definitions as ScalarTypeDefinitionNode[];
  return definition?.directives ?? [];
}
