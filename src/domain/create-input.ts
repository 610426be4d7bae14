import {
  getNamedType,
  type GraphQLEnumType,
  type GraphQLInputObjectType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isLeafType,
} from 'graphql';
import type { CreateCallRecordInput } from './call-record.js';
import { InputCoercer, type Reading } from './coerce-input.js';
import { checkTicks } from './date-time.js';
import { isObject } from './document.js';
import { CallType } from './enums.js';
import { badUserInput, ENOUGH_VIOLATIONS, type Violation } from './errors.js';
import { IdentityKind } from './identity.js';
import { EXPECTED } from './shapes.js';
import { checkCharacters, checkWordCharacters } from './text.js';

const TEXT_LIMIT = 1_024;
const URL_LIMIT = 4_096;
const KEY_LIMIT = 255;
const KINDS = Object.values(IdentityKind);

/** For JSON other than GraphQL variables: nothing is converted, and messages name no types. */
const JSON_READING: Reading = {
  isStrict: true,
  absent: () => REQUIRED,
  null: () => REQUIRED,
  list: (type) => (isLeafType(getNamedType(type)) ? EXPECTED.texts : EXPECTED.objects),
  object: () => EXPECTED.object,
  unknown: () => 'There is no such property.',
  name: namesOf,
  leaf: (type, error) => (isEnumType(type) ? namesOf(type) : (error?.message ?? EXPECTED.text)),
};

function namesOf(type: GraphQLEnumType): string {
  const names = type.getValues().map(({ value }) => String(value));
  return `Expected one of ${names.join(', ')}.`;
}

const REQUIRED = 'A value is required.';

/** Reads the JSON of a create; the paths of violations start with `root`. */
export type CreateReader = (json: unknown, root: readonly (string | number)[]) => CreateCallRecordInput;

/**
 * Makes a reader for the JSON of a create, based on the schema's input type. All doors use it except GraphQL's, whose
 * executor reads variables. It throws `BAD_USER_INPUT` with every violation at once, of the shape and of the rules
 * between members.
 */
export function createReader(schema: GraphQLSchema): CreateReader {
  const type = schema.getType('CreateCallRecordInput') as GraphQLInputObjectType;
  if (!isInputObjectType(type)) throw new Error('The schema has no CreateCallRecordInput.');
  const coercer = new InputCoercer(JSON_READING);
  return (json, root) => {
    const { value, violations: unread } = coercer.coerce(json ?? [], type, root);
    const violations = [...unread, ...checkCreateInput(value ?? {}, root)];
    if (violations.length > 0) throw badUserInput(violations);
    return value as CreateCallRecordInput;
  };
}

/**
 * Checks the rules within and between members that could be read. Other members are ignored. Inside people they may be
 * as the client sent them, and count as present.
 */
export function checkCreateInput(
  input: Partial<CreateCallRecordInput>,
  root: readonly (string | number)[],
): Violation[] {
  const violations: Violation[] = [];
  const add = (path: (string | number)[], rule: string, message: string) =>
    violations.push({ path: [...root, ...path], rule, message });
  if (input.version !== undefined && input.version < 1n) add(['version'], 'minimum', 'Versions count from 1.');
  for (const name of ['startDateTime', 'endDateTime'] as const) {
    const message = checkTicks(input[name] ?? '');
    if (message !== null) add([name], 'DateTimeOffset', message);
  }
  if (input.startDateTime && input.endDateTime && input.endDateTime < input.startDateTime) {
    add(['endDateTime'], 'order', 'The call would end before it starts.');
  }
  checkJoinWebUrl(input, add);
  checkIdentitySet(input.organizer, ['organizer'], add);
  const participants: unknown = input.participants;
  if (Array.isArray(participants)) {
    for (const [index, participant] of participants.entries()) {
      if (violations.length >= ENOUGH_VIOLATIONS) break;
      checkIdentitySet(participant, ['participants', index], add);
    }
  }
  return violations;
}

/** The violations of an idempotency key, for every door. */
export function checkIdempotencyKey(key: string | null | undefined, path: (string | number)[]): Violation[] {
  if (key == null) return [];
  if (key === '' || key.length > KEY_LIMIT)
    return [{ path, rule: 'length', message: `Must hold 1 to ${KEY_LIMIT} characters.` }];
  const message = checkCharacters(key);
  return message === null ? [] : [{ path, rule: 'characters', message }];
}

type Add = (path: (string | number)[], rule: string, message: string) => void;

function checkJoinWebUrl(input: Partial<CreateCallRecordInput>, add: Add): void {
  const url = input.joinWebUrl;
  if (url == null) {
    if (input.type === CallType.groupCall) add(['joinWebUrl'], 'required', 'A groupCall needs its meeting URL.');
    return;
  }
  const message = checkWordCharacters(url);
  if (url.length > URL_LIMIT) {
    add(['joinWebUrl'], 'length', `Must not exceed ${URL_LIMIT} characters.`);
  } else if (message !== null) {
    add(['joinWebUrl'], 'characters', message);
  } else if (!/^https?:\/\/\S+$/i.test(url) || !URL.canParse(url)) {
    add(['joinWebUrl'], 'url', 'Expected an absolute http or https URL.');
  }
}

function checkIdentitySet(set: unknown, path: (string | number)[], add: Add): void {
  if (!isObject(set)) return;
  const kinds = KINDS.filter((kind) => set[kind] != null);
  if (kinds.length === 0) add(path, 'identity', `Expected at least one identity: ${KINDS.join(', ')}.`);
  for (const kind of kinds) checkIdentity(set[kind], [...path, kind], add);
}

function checkIdentity(given: unknown, path: (string | number)[], add: Add): void {
  if (!isObject(given)) return;
  if ([given.id, given.displayName].every((name) => name == null || name === ''))
    add(path, 'identity', 'Expected an id, a displayName or both.');
  for (const [name, value] of Object.entries(given)) {
    if (typeof value !== 'string') continue;
    if (value.length > TEXT_LIMIT) add([...path, name], 'length', `Must not exceed ${TEXT_LIMIT} characters.`);
    const message = checkCharacters(value);
    if (message !== null) add([...path, name], 'characters', message);
  }
}
