import { collectSubFields } from '@graphql-tools/utils';
import { type FieldNode, getNamedType, type GraphQLObjectType, type GraphQLResolveInfo, isObjectType } from 'graphql';
import type { People } from '../store/read.js';

/** What is selected below a field: what must be read follows from it. Fragments, `@skip` and `@include` are honoured. */
export class SelectionBelow {
  constructor(
    private readonly info: GraphQLResolveInfo,
    private readonly type: GraphQLObjectType | null = objectType(info.returnType),
    private readonly nodes: readonly FieldNode[] = info.fieldNodes,
  ) {}

  /** Below a field of an abstract type: what is selected of it for records. */
  static ofRecords(info: GraphQLResolveInfo): SelectionBelow {
    const type = info.schema.getType('CallRecord');
    return new SelectionBelow(info, isObjectType(type) ? type : null);
  }

  /** The selection below the fields of this name, under whatever aliases. */
  below(name: string): SelectionBelow {
    const field = this.type?.getFields()[name];
    return new SelectionBelow(this.info, field ? objectType(field.type) : null, this.fields(name));
  }

  has(name: string): boolean {
    return this.fields(name).length > 0;
  }

  /** Which of a record's people are selected. */
  people(): People {
    return { organizer: this.has('organizer'), participants: this.has('participants') };
  }

  private fields(name: string): FieldNode[] {
    if (!this.type || this.nodes.length === 0) return [];
    const { schema, fragments, variableValues } = this.info;
    const { fields } = collectSubFields(schema, fragments, variableValues, this.type, [...this.nodes]);
    return [...fields.values()].flat().filter((node) => node.name.value === name);
  }
}

function objectType(type: GraphQLResolveInfo['returnType']): GraphQLObjectType | null {
  const named = getNamedType(type);
  return isObjectType(named) ? named : null;
}
