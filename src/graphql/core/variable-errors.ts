import {
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type GraphQLArgument,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  print,
  separateOperations,
  TypeInfo,
  type ValueNode,
  type VariableDefinitionNode,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { CallRecordImport } from '../../domain/call-record.js';
import type { Coerced } from '../../domain/coerce-input.js';
import { checkCreateInput, checkIdempotencyKey } from '../../domain/create-input.js';
import { badUserInput, ENOUGH_VIOLATIONS, gather, type Violation } from '../../domain/errors.js';
import { fromImport } from '../../domain/import-input.js';
import { MAX_ERRORS } from '../../domain/limits.js';
import { withMeantSuggestions } from '../suggestions.js';
import { inputCoercer, type RefusedVariable } from './coerce-variables.js';

type Variables = { [name: string]: unknown };
type Path = (string | number)[];
type Arguments = { [name: string]: unknown };

/** An operation, and the values sent for its variables. */
interface Sent {
  document: DocumentNode;
  operation: OperationDefinitionNode;
  variables: Variables;
  refused: readonly RefusedVariable[];
}

/**
 * The single error of a request with wrong variables, located at their definitions; null if none of them is used in an
 * argument. It has the violations of the arguments: a client author knows these, and the rules between members are
 * about them.
 */
export function variablesError(schema: GraphQLSchema, sent: Sent): GraphQLError | null {
  const violations = argumentViolations(schema, sent).map((violation) => ({
    ...violation,
    message: withMeantSuggestions(schema, violation.message),
  }));
  if (violations.length === 0) return null;
  const { message, extensions } = badUserInput(violations);
  const nodes = sent.refused.map(({ definition }) => definition);
  const unset = violations.length > 1 ? withoutValue(nodes, sent.variables) : '';
  return new GraphQLError(message + unset, { nodes, extensions });
}

/** The missing and null variables, for a message that names only the places where they stand. */
function withoutValue(refused: readonly VariableDefinitionNode[], variables: Variables): string {
  const names = refused
    .map(({ variable }) => variable.name.value)
    .filter((name) => !Object.hasOwn(variables, name) || variables[name] == null);
  return names.length === 0
    ? ''
    : ` (no value for ${names
        .slice(0, MAX_ERRORS)
        .map((name) => `$${name}`)
        .join(', ')})`;
}

/**
 * The errors of an execution, with a violation for each argument that graphql-js has refused: a variable made it null
 * in spite of the variable's default. Such an error is located at the argument's value, all others at fields.
 */
export function withArgumentViolations(document: DocumentNode, errors: readonly GraphQLError[]): GraphQLError[] {
  return errors.map((error) => {
    const [node] = error.nodes ?? [];
    const isThrown = error.originalError && !(error.originalError instanceof GraphQLError);
    if (isThrown || !node || node.kind === Kind.FIELD) return error;
    let name: string | null = null;
    visit(document, { Argument: (argument) => void (argument.value === node && (name = argument.name.value)) });
    if (name === null) return error;
    const rule = node.kind === Kind.VARIABLE ? 'required' : 'type';
    const { message, path } = error;
    const { extensions } = badUserInput([{ path: [name], rule, message }]);
    return new GraphQLError(message, { nodes: node, path, extensions });
  });
}

/**
 * The violations of arguments that use variables. Rules are checked, too: an unreadable value must not hide their
 * violations.
 */
function argumentViolations(schema: GraphQLSchema, { document, operation, variables, refused }: Sent): Violation[] {
  const given = readVariables(operation, variables, refused);
  const own = separateOperations(document)[operation.name?.value ?? ''] ?? document;
  const typeInfo = new TypeInfo(schema);
  const seen = new Set<string>();
  let violations: Violation[] = [];
  const check = (node: FieldNode | DirectiveNode, args: readonly GraphQLArgument[] | undefined) => {
    // The same arguments under another alias have the same violations.
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
  /** Messages for variables of non-null types that are missing or null, by name. */
  missing: Map<string, string>;
  /** What was found in variables with wrong values, by name. */
  found: Map<string, NonNullable<RefusedVariable['found']>>;
}

function readVariables(
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Variables,
  refused: readonly RefusedVariable[],
): Given {
  // A variable may have any name, and a value or none.
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
  const found: Given['found'] = new Map();
  for (const { definition, found: one } of refused) if (one) found.set(definition.variable.name.value, one);
  return { values, missing, found };
}

/** How many undeclared variables a message names. There may be many, with any names. */
const TOLD_NAMES = 3;
const TOLD_NAME = /^\w{1,100}$/;

/** A sentence that names the undeclared variables: one of them may be misspelt. */
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
    if (!argument || json === undefined) continue;
    const coerced = foundIn(value, argument, given) ?? inputCoercer.coerce(json, argument.type, [argument.name]);
    read[argument.name] = coerced.value;
    for (const violation of coerced.violations) unread.push(violation);
  }
  if (unread.length === 0 || unread.length >= ENOUGH_VIOLATIONS) return unread;
  const broken = RULES[node.name.value]?.(read) ?? [];
  return unread.concat(broken.filter(isNotTold(unread)));
}

/** What was found in a variable that is the whole argument; null where the argument has to be coerced. */
function foundIn(value: ValueNode, { name, type }: GraphQLArgument, given: Given): Coerced | null {
  const found = value.kind === Kind.VARIABLE ? given.found.get(value.name.value) : undefined;
  if (!found || String(found.type) !== String(type)) return null;
  const violations = found.violations.map((violation) => ({ ...violation, path: [name, ...violation.path] }));
  return { value: found.value, violations };
}

/** The rules between and within the readable members, by field: those that its resolver checks. */
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
 * Leaves out a broken rule that only repeats that a value could not be read: at its place, within it, or as the type of
 * what is around it. There may be very many of these.
 */
function isNotTold(unread: readonly Violation[]): (broken: Violation) => boolean {
  const places = new Set(unread.filter(({ rule }) => rule !== 'unknown').map(({ path }) => placesOn(path).at(-1)));
  const around = new Set(unread.flatMap(({ path }) => placesOn(path)));
  return ({ path, rule }) => {
    const way = placesOn(path);
    return !way.some((place) => places.has(place)) && !(rule === 'type' && around.has(way.at(-1) as string));
  };
}

/** The places on a path, from the whole input to its own, as texts. */
function placesOn(path: Path): string[] {
  let place = '';
  return ['', ...path.map((part) => (place += `/${JSON.stringify(part)}`))];
}

/**
 * A literal as the JSON with the same meaning, with the variables' values in it; undefined for a variable without a
 * value.
 */
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

/** Of several violations of one rule at one place, the first: it names the variable. */
function withoutRepetitions(violations: readonly Violation[]): Violation[] {
  const seen = new Set<string>();
  return violations.filter(({ path, rule }) => {
    const place = JSON.stringify([path, rule]);
    return !seen.has(place) && seen.add(place);
  });
}
