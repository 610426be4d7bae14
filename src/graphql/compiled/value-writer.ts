import {
  type GraphQLLeafType,
  type GraphQLOutputType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type FieldNode,
  type GraphQLObjectType,
} from 'graphql';
import { type Scope, type Selected, selectedBelow } from '../look-ahead.js';
import { NotCompiled } from './not-compiled.js';
import { objectWriter, type Writer } from './object-writer.js';

type Members = { [name: string]: unknown };

/** A writer of objects of ours by their schema. A field with a resolver of its own is left to graphql-js. */
export function membersWriter(scope: Scope, type: GraphQLObjectType, nodes: FieldNode[]): Writer<Members> {
  return objectWriter(type.name, selectedBelow(scope, type, nodes), (selected) => {
    const { name } = selected;
    const field = type.getFields()[name];
    if (!field || field.resolve) throw new NotCompiled(`${type.name}.${name}`);
    const write = valueWriter(scope, field.type, selected);
    return (members) => write(members[name]);
  });
}

function valueWriter(scope: Scope, type: GraphQLOutputType, selected: Selected): Writer<unknown> {
  if (isNonNullType(type)) return writerOf(scope, type.ofType, selected);
  const write = writerOf(scope, type, selected);
  return (value) => (value == null ? 'null' : write(value));
}

/** Of values that are not null. */
function writerOf(scope: Scope, type: GraphQLOutputType, selected: Selected): Writer<unknown> {
  if (isListType(type)) {
    const write = valueWriter(scope, type.ofType as GraphQLOutputType, selected);
    return (items) => `[${(items as unknown[]).map(write).join()}]`;
  }
  if (isLeafType(type)) {
    const isPlain = PLAIN[type.name];
    return (value) => (isPlain?.(value) ? String(value) : leafText(type, value));
  }
  if (!isObjectType(type)) throw new NotCompiled(`the type ${String(type)}`);
  return membersWriter(scope, type, selected.nodes) as Writer<unknown>;
}

/** Numbers that stand in JSON as they are: most values of statistics. */
const PLAIN: Record<string, (value: unknown) => boolean> = {
  Int: (value) => typeof value === 'number' && (value | 0) === value,
  Float: (value) => Number.isFinite(value),
};

/** As graphql-js writes it. What it would refuse to write is left to it, to tell where. */
function leafText(type: GraphQLLeafType, value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(type.serialize(value));
  } catch {
    text = undefined;
  }
  if (text === undefined || text === 'null') throw new NotCompiled(`a value that is no ${type.name}`);
  return text;
}
