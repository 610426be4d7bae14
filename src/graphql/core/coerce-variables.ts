import {
  GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  isInputType,
  isNonNullType,
  type OperationDefinitionNode,
  typeFromAST,
  type VariableDefinitionNode,
  valueFromAST,
} from 'graphql';
import { type Coerced, InputCoercer, type Reading } from '../../domain/coerce-input.js';

type Variables = { [name: string]: unknown };

/** The rules of GraphQL itself, with the messages of graphql-js but for its suggestions. */
const READING: Reading = {
  isStrict: false,
  absent: (name, type) => `Field "${name}" of required type "${String(type)}" was not provided.`,
  null: (type) => `Expected non-nullable type "${String(type)}" not to be null.`,
  list: (type) => `Expected type "${String(type)}".`,
  object: ({ name }) => `Expected type "${name}" to be an object.`,
  unknown: (name, type) => `Field "${name}" is not defined by type "${type.name}".`,
  name: (type, name) => `Value "${name}" does not exist in "${type.name}" enum.`,
  leaf: ({ name }, error) => {
    if (error instanceof GraphQLError) return error.message;
    return `Expected type "${name}".${error ? ` ${error.message}` : ''}`;
  },
};

/** Coerces values of variables and arguments. */
export const inputCoercer = new InputCoercer(READING);

/** A variable with a wrong value, and what was found; null if its value is missing. */
export interface RefusedVariable {
  definition: VariableDefinitionNode;
  found: (Coerced & { type: GraphQLInputType }) | null;
}

/** The variables of a request. */
export interface CoercedVariables {
  values: Variables;
  refused: RefusedVariable[];
}

interface Variable {
  definition: VariableDefinitionNode;
  name: string;
  /** Null if the document names no input type. */
  type: GraphQLInputType | null;
  isRequired: boolean;
  byDefault: (() => unknown) | null;
}

/**
 * Coerces the variables of an operation (GraphQL specification, section 6.1.2). The work that depends only on their
 * types is done once.
 */
export class VariableCoercer {
  private readonly variables: Variable[];

  constructor(schema: GraphQLSchema, { variableDefinitions = [] }: OperationDefinitionNode) {
    this.variables = variableDefinitions.map((definition) => {
      const type = typeFromAST(schema, definition.type as never);
      const { defaultValue } = definition;
      const isInput = isInputType(type);
      return {
        definition,
        name: definition.variable.name.value,
        type: isInput ? type : null,
        isRequired: !isInput || isNonNullType(type),
        byDefault: isInput && defaultValue ? () => valueFromAST(defaultValue, type) : null,
      };
    });
  }

  coerce(given: { readonly [name: string]: unknown }): CoercedVariables {
    // A variable may have any name, and a value or none.
    const values = Object.create(null) as Variables;
    const refused: RefusedVariable[] = [];
    for (const { definition, name, type, isRequired, byDefault } of this.variables) {
      if (type && Object.hasOwn(given, name)) {
        const coerced = inputCoercer.coerce(given[name], type);
        values[name] = coerced.value;
        if (coerced.violations.length > 0) refused.push({ definition, found: { ...coerced, type } });
      } else if (byDefault) values[name] = byDefault();
      else if (isRequired) refused.push({ definition, found: null });
    }
    return { values, refused };
  }
}
