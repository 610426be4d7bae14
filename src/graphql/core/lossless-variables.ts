import {
  getNullableType,
  type GraphQLInputType,
  type GraphQLSchema,
  isInputObjectType,
  isInputType,
  isListType,
  type OperationDefinitionNode,
  typeFromAST,
} from 'graphql';
import { isLosslessNumber } from 'lossless-json';

type Variables = { [name: string]: unknown };

/** The variables with numbers as graphql-js reads them. Only Int64 gets all digits of the body. */
export function withPlainNumbers(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Variables,
): Variables {
  if (!holdsLosslessNumber(variables)) return variables;
  const plain = { ...variables };
  for (const { variable, type: typeNode } of operation.variableDefinitions ?? []) {
    const name = variable.name.value;
    const type = typeFromAST(schema, typeNode as never);
    if (Object.hasOwn(plain, name) && isInputType(type)) plain[name] = toPlain(plain[name], type);
  }
  return plain;
}

function holdsLosslessNumber(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(holdsLosslessNumber);
  return isLosslessNumber(value) || Object.values(value).some(holdsLosslessNumber);
}

function toPlain(value: unknown, ofType: GraphQLInputType): unknown {
  const type = getNullableType(ofType);
  // A single item stands for a list of one.
  if (isListType(type) && !Array.isArray(value)) return toPlain(value, type.ofType);
  if (isLosslessNumber(value)) {
    const digits = value.toString();
    if ('name' in type && type.name === 'Int64') return value;
    return 'name' in type && type.name === 'ID' && /^-?\d+$/.test(digits) ? digits : Number(digits);
  }
  if (Array.isArray(value)) {
    const item = isListType(type) ? type.ofType : type;
    return value.map((one) => toPlain(one, item));
  }
  if (typeof value !== 'object' || value === null || !isInputObjectType(type)) return value;
  const fields = type.getFields();
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, fields[name] ? toPlain(member, fields[name].type) : member]),
  );
}
