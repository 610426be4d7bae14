import { getNamedType, type GraphQLSchema, isInterfaceType, isLeafType, isObjectType } from 'graphql';

/** Fields that lead to other things than the object itself, and those that show it a second time. */
const LEFT_OUT = new Set(['account', 'edges']);

/** Fragments that select everything below a type of the schema, `__typename` included; `All_NAME` is that of a type. */
export function wholeFragments(schema: GraphQLSchema, name: string): string {
  const fragments = new Map<string, string>();
  const add = (typeName: string): string => {
    const type = schema.getType(typeName);
    if (isLeafType(type)) return '';
    if (fragments.has(typeName)) return `{ ...All_${typeName} }`;
    fragments.set(typeName, '');
    const parts = isInterfaceType(type)
      ? schema.getPossibleTypes(type).map((one) => (add(one.name), `...All_${one.name}`))
      : Object.values(isObjectType(type) ? type.getFields() : {})
          .filter((field) => !LEFT_OUT.has(field.name))
          .map((field) => `${field.name} ${add(getNamedType(field.type).name)}`);
    fragments.set(typeName, `fragment All_${typeName} on ${typeName} { __typename ${parts.join(' ')} }`);
    return `{ ...All_${typeName} }`;
  };
  add(name);
  return [...fragments.values()].join('\n');
}
