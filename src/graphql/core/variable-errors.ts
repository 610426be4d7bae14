import {
  coerceInputValue,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  getNamedType,
  getNullableType,
  type GraphQLArgument,
  type GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  isInputObjectType,
  isListType,
  Kind,
  type OperationDefinitionNode,
  print,
  separateOperations,
  TypeInfo,
  type ValueNode,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { CallRecordImport } from '../../domain/call-record.js';
import { checkCreateInput, checkIdempotencyKey } from '../../domain/create-input.js';
import { ENOUGH_VIOLATIONS, gather, type Violation } from '../../domain/errors.js';
import { fromImport } from '../../domain/import-input.js';

type Variables = { [name: string]: unknown };
type Path = (string | number)[];
type Arguments = { [name: string]: unknown };

/**
 * What is wrong with the arguments into which an operation's variables go. graphql-js tells it by variable; a client
 * author knows the argument, which is also what the rules between members go by. Those rules are told here too: what
 * cannot be read must not hide them.
 */
export function argumentViolations(
  schema: GraphQLSchema,
  { document, operation }: { document: DocumentNode; operation: OperationDefinitionNode },
  variables: Variables,
): Violation[] {
  const given = readVariables(operation, variables);
  const own = separateOperations(document)[operation.name?.value ?? ''] ?? document;
  const typeInfo = new TypeInfo(schema);
  const seen = new Set<string>();
  let violations: Violation[] = [];
  const check = (node: FieldNode | DirectiveNode, args: readonly GraphQLArgument[] | undefined) => {
    // The same arguments again, under another alias, have nothing new to tell.
    const key = `${node.kind} ${node.name.value} ${(node.arguments ?? []).map(print).join()}`;
    if (!args || seen.has(key)) return;
    seen.add(key);
    violations = violations.concat(violationsOf(node, args, given));
  };
  visit(
    own,
    visitWithTypeInfo(typeInfo, {
      Field: (node) => check(node, typeInfo.getFieldDef()?.args),
      Directive: (node) => check(node, typeInfo.getDirective()?.args),
    }),
  );
  return withoutRepetitions(violations);
}

interface Given {
  values: Variables;
  /** What is wrong with those whose type is not nullable and that are missing or null, by name. */
  missing: Map<string, string>;
}

function readVariables({ variableDefinitions = [] }: OperationDefinitionNode, variables: Variables): Given {
  // A variable may have any name, and be given or not.
  const values = Object.assign(Object.create(null) as Variables, variables);
  const missing = new Map<string, string>();
  const declared = new Set(variableDefinitions.map(({ variable }) => variable.name.value));
  for (const { variable, type, defaultValue } of variableDefinitions) {
    const name = variable.name.value;
    if (defaultValue && values[name] === undefined) values[name] = toJson(defaultValue, [], () => undefined);
    if (type.kind !== Kind.NON_NULL_TYPE || values[name] != null) continue;
    const told =
      values[name] === null
        ? `of non-null type "${print(type)}" must not be null.`
        : `of required type "${print(type)}" was not provided.${undeclaredAmong(variables, declared)}`;
    missing.set(name, `Variable "$${name}" ${told}`);
  }
  return { values, missing };
}

/** Names of variables that are told; of others there may be many, and anything in them. */
const TOLD_NAMES = 3;
const TOLD_NAME = /^\w{1,100}$/;

/** What was sent that the operation does not declare, as a sentence: a misspelt variable stands among it. */
function undeclaredAmong(variables: Variables, declared: ReadonlySet<string>): string {
  const names = Object.keys(variables).filter((name) => !declared.has(name) && TOLD_NAME.test(name));
  if (names.length === 0) return '';
  const told = names.slice(0, TOLD_NAMES).map((name) => `"${name}"`);
  const more = names.length > TOLD_NAMES ? ' and others' : '';
  return ` Sent, but not declared by the operation: ${told.join(', ')}${more}.`;
}

function violationsOf(node: FieldNode | DirectiveNode, args: readonly GraphQLArgument[], given: Given): Violation[] {
  const unread: Violation[] = [];
  const read: Arguments = {};
  const lookUp = (variable: string, path: Path) => {
    const message = given.missing.get(variable);
    if (message !== undefined) unread.push({ path, rule: 'required', message });
    return given.values[variable];
  };
  for (const { name, value } of node.arguments ?? []) {
    const argument = args.find((one) => one.name === name.value);
    const json = toJson(value, [name.value], lookUp);
    if (argument && json !== undefined) read[argument.name] = readValue(json, argument.type, [argument.name], unread);
  }
  if (unread.length === 0 || unread.length >= ENOUGH_VIOLATIONS) return unread;
  const broken = RULES[node.name.value]?.(read) ?? [];
  return unread.concat(broken.filter(isNotTold(unread)));
}

/** The rules between and within what could be read, by field: those that its resolver asks. */
const RULES: { [field: string]: (read: Arguments) => Violation[] } = {
  createCallRecord: ({ input, idempotencyKey }) => [
    ...checkCreateInput(input ?? {}, ['input']),
    ...checkIdempotencyKey(idempotencyKey as string | undefined, ['idempotencyKey']),
  ],
  importCallRecords: ({ records }) => {
    const violations: Violation[] = [];
    const partly = ((records as unknown[] | undefined) ?? []).map((record) => record ?? {});
    gather(violations, () => fromImport(partly as CallRecordImport[], ['records']));
    return violations;
  },
};

/**
 * Leaves out a broken rule that says once more that something could not be read: there, within it, or of the list around
 * it. Of either there may be very many.
 */
function isNotTold(unread: readonly Violation[]): (broken: Violation) => boolean {
  const places = new Set(unread.filter(({ rule }) => rule !== 'unknown').map(({ path }) => placesOn(path).at(-1)));
  const around = new Set(unread.flatMap(({ path }) => placesOn(path)));
  return ({ path, rule }) => {
    const way = placesOn(path);
    return !way.some((place) => places.has(place)) && !(rule === 'type' && around.has(way.at(-1) as string));
  };
}

/** The places that a path leads through, from the whole input to its own, as texts to find them by. */
function placesOn(path: Path): string[] {
  let place = '';
  return ['', ...path.map((part) => (place += `/${JSON.stringify(part)}`))];
}

/** A literal as the JSON that would mean the same, with the variables in it; undefined for a variable not given. */
function toJson(node: ValueNode, path: Path, lookUp: (variable: string, path: Path) => unknown): unknown {
  switch (node.kind) {
    case Kind.VARIABLE:
      return lookUp(node.name.value, path);
    case Kind.NULL:
      return null;
    case Kind.LIST:
      return node.values.map((value, index) => toJson(value, [...path, index], lookUp) ?? null);
    case Kind.OBJECT:
      return Object.fromEntries(
        node.fields.map(({ name, value }) => [name.value, toJson(value, [...path, name.value], lookUp)]),
      );
    case Kind.INT:
      return Number.isSafeInteger(Number(node.value)) ? Number(node.value) : node.value;
    case Kind.FLOAT:
      return Number(node.value);
    default:
      return node.value;
  }
}

/** Ends the reading of a value, for which graphql-js has no other way. */
const ENOUGH = new Error('No more violations are looked for.');

/**
 * The value as resolvers get it, as far as it can be read; below its members what cannot be read stays as it came. Undefined
 * if it was not read to its end, as enough is wrong with it.
 */
function readValue(json: unknown, type: GraphQLInputType, root: Path, violations: Violation[]): unknown {
  const unread: { path: readonly (string | number)[]; value: unknown }[] = [];
  const refuse = (path: readonly (string | number)[], value: unknown, error: GraphQLError) => {
    if (violations.length >= ENOUGH_VIOLATIONS) throw ENOUGH;
    const field = fieldIn(error);
    const rule = ruleOf(error, typeAt(type, path));
    violations.push({ path: [...root, ...path, ...field], rule, message: error.message });
    if (field.length === 0 && path.length > 1) unread.push({ path, value });
  };
  let read: unknown;
  try {
    read = coerceInputValue(json, type, refuse);
  } catch (error) {
    if (error !== ENOUGH) throw error;
    return undefined;
  }
  for (const { path, value } of unread) {
    const parent = path.slice(0, -1).reduce((part: unknown, name) => (part as Arguments | undefined)?.[name], read);
    if (typeof parent === 'object' && parent !== null) (parent as Arguments)[path.at(-1) as string] = value;
  }
  return read;
}

/** Of a field that is unknown or missing graphql-js gives the path of the object; its message names the field. */
function fieldIn({ message }: GraphQLError): string[] {
  return /^Field "(.+)" (?:is not defined by|of required) type/.exec(message)?.slice(1) ?? [];
}

/** What graphql-js says of an argument while it executes, as a violation; null for all else that it says. */
export function refusedArgument(message: string): Violation | null {
  const [, name] = /^Argument "(\w+)" (?:of (?:required|non-null) type|has invalid value)/.exec(message) ?? [];
  return name === undefined ? null : { path: [name], rule: ruleOf({ message }, ''), message };
}

function ruleOf({ message }: Pick<GraphQLError, 'message'>, type: string): string {
  if (/was not provided|not (?:to )?be null/.test(message)) return 'required';
  if (/is not defined by type/.test(message)) return 'unknown';
  if (/does not exist in/.test(message)) return 'enum';
  return type === 'DateTimeOffset' || type === 'Int64' ? type : 'type';
}

function typeAt(ofType: GraphQLInputType, path: readonly (string | number)[]): string {
  let type = ofType;
  for (const part of path) {
    const nullable: GraphQLInputType = getNullableType(type);
    const item = isListType(nullable) && typeof part === 'string' ? getNamedType(nullable) : nullable;
    if (isListType(item)) type = item.ofType;
    else if (isInputObjectType(item)) type = item.getFields()[part]?.type ?? type;
  }
  return getNamedType(type).name;
}

/** Of several violations of one rule in one place the first, which knows most: it names the variable. */
function withoutRepetitions(violations: readonly Violation[]): Violation[] {
  const seen = new Set<string>();
  return violations.filter(({ path, rule }) => {
    const place = JSON.stringify([path, rule]);
    return !seen.has(place) && seen.add(place);
  });
}
