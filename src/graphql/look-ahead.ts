import { collectFields, collectSubFields } from '@graphql-tools/utils';
import {
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isObjectType,
  type OperationDefinitionNode,
} from 'graphql';
import { FIELDS } from '../domain/record-members.js';
import { type Column, SCALAR_COLUMNS } from '../store/rows/row-mapping.js';

/** The document, and the variables by which `@skip` and `@include` decide. */
export interface Scope {
  schema: GraphQLSchema;
  fragments: { [name: string]: FragmentDefinitionNode };
  variables: { [name: string]: unknown };
}

/**
 * A field of an object as it will stand in the answer. It has several nodes if the document selects it several times.
 */
export interface Selected {
  key: string;
  name: string;
  nodes: FieldNode[];
}

export function selectedRoots(scope: Scope, operation: OperationDefinitionNode, type: GraphQLObjectType): Selected[] {
  const { schema, fragments, variables } = scope;
  return toSelected(collectFields(schema, fragments, variables, type, operation.selectionSet).fields);
}

/** The selection below the nodes of a field, in the order of the answer. */
export function selectedBelow(scope: Scope, type: GraphQLObjectType, nodes: FieldNode[]): Selected[] {
  const { schema, fragments, variables } = scope;
  return toSelected(collectSubFields(schema, fragments, variables, type, nodes).fields);
}

function toSelected(fields: Map<string, FieldNode[]>): Selected[] {
  return [...fields].map(([key, nodes]) => ({ key, name: (nodes[0] as FieldNode).name.value, nodes }));
}

/** The selection below a resolver's field, from which the resolver knows what to read. */
export class LookAhead {
  /**
   * `nodesOfFields`: the nodes of each field under an alias of its own. They are not merged: below two aliases, one key may
   * stand for different members.
   */
  private constructor(
    private readonly scope: Scope,
    private readonly type: GraphQLObjectType | null,
    private readonly nodesOfFields: FieldNode[][],
  ) {}

  /** `typeName`: the object type whose selection is wanted, if the field has an abstract type. */
  static of(info: GraphQLResolveInfo, typeName = getNamedType(info.returnType).name): LookAhead {
    const { schema, fragments, variableValues: variables } = info;
    return new LookAhead({ schema, fragments, variables }, asObject(schema, typeName), [[...info.fieldNodes]]);
  }

  /** The selection below the nodes of a field of this type. */
  static below(scope: Scope, type: GraphQLObjectType, nodes: FieldNode[]): LookAhead {
    return new LookAhead(scope, type, [nodes]);
  }

  /** The selection below the fields of this name, under any alias. */
  below(name: string): LookAhead {
    const field = this.type?.getFields()[name];
    const type = field ? asObject(this.scope.schema, getNamedType(field.type).name) : null;
    const fields = this.fields().filter((one) => one.name === name);
    return new LookAhead(
      this.scope,
      type,
      fields.map(({ nodes }) => nodes),
    );
  }

  has(name: string): boolean {
    return this.fields().some((one) => one.name === name);
  }

  fields(): Selected[] {
    const { scope, type } = this;
    return type ? this.nodesOfFields.flatMap((nodes) => selectedBelow(scope, type, nodes)) : [];
  }
}

function asObject(schema: GraphQLSchema, name: string): GraphQLObjectType | null {
  const type = schema.getType(name);
  return isObjectType(type) ? type : null;
}

/**
 * The columns to read for records with these selections. Scalars are always read, so that fields that differ only in
 * these share a statement. JSON is read only if asked for.
 */
export function columnsOf(...records: LookAhead[]): Column[] {
  const columns = new Set(SCALAR_COLUMNS);
  for (const { name } of records.flatMap((record) => record.fields())) {
    const field = FIELDS.get(name);
    if (field) columns.add(field.column);
  }
  return [...columns].sort();
}
