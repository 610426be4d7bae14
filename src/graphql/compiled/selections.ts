import { collectFields, collectSubFields } from '@graphql-tools/utils';
import type {
  FieldNode,
  FragmentDefinitionNode,
  GraphQLObjectType,
  GraphQLSchema,
  OperationDefinitionNode,
} from 'graphql';
import { NotCompiled } from './not-compiled.js';
import type { WrittenTexts } from './written-texts.js';

/** The document at hand and the variables by which `@skip` and `@include` decide. */
export interface Scope {
  schema: GraphQLSchema;
  fragments: { [name: string]: FragmentDefinitionNode };
  variables: { [name: string]: unknown };
  written: WrittenTexts;
}

/** A field of an object as it will stand in the answer; several nodes where the document selects it several times. */
export interface Selected {
  key: string;
  name: string;
  nodes: FieldNode[];
}

export function selectedRoots(scope: Scope, operation: OperationDefinitionNode, type: GraphQLObjectType): Selected[] {
  const { schema, fragments, variables } = scope;
  return toSelected(collectFields(schema, fragments, variables, type, operation.selectionSet).fields);
}

/** What is selected below the nodes of a field, in the order of the answer. */
export function selectedBelow(scope: Scope, type: GraphQLObjectType, nodes: FieldNode[]): Selected[] {
  const { schema, fragments, variables } = scope;
  return toSelected(collectSubFields(schema, fragments, variables, type, nodes).fields);
}

function toSelected(fields: Map<string, FieldNode[]>): Selected[] {
  return [...fields].map(([key, nodes]) => ({ key, name: (nodes[0] as FieldNode).name.value, nodes }));
}

/** An object type of ours by name. */
export function objectType({ schema }: Scope, name: string): GraphQLObjectType {
  const type = schema.getType(name);
  if (!type || !('getFields' in type) || !('getInterfaces' in type)) throw new NotCompiled(`no type ${name}`);
  return type as GraphQLObjectType;
}
