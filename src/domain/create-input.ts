import { z } from 'zod';
import type { CreateCallRecordInput } from './call-record.js';
import { checkTicks, parseDateTime } from './date-time.js';
import { isObject } from './document.js';
import { CallType, EndpointType, Modality } from './enums.js';
import { badUserInput, ENOUGH_VIOLATIONS, type Violation } from './errors.js';
import { IdentityKind } from './identity.js';
import { parseInt64 } from './int64.js';
import { EXPECTED } from './shapes.js';
import { checkCharacters, checkWordCharacters } from './text.js';

const TEXT_LIMIT = 1_024;
const URL_LIMIT = 4_096;
const KEY_LIMIT = 255;
const KINDS = Object.values(IdentityKind);

/** A text as JSON carries it, read by a function of ours that throws a `RangeError` naming its rule. */
function read<Value>(parse: (value: unknown) => Value, rule: string) {
  return z.unknown().transform((value, context): Value => {
    try {
      return parse(value);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message, params: { rule } });
      return z.NEVER;
    }
  });
}

const int64 = read(parseInt64, 'Int64').meta({
  anyOf: [
    { type: 'integer', format: 'int64', minimum: 1 },
    { type: 'string', pattern: '^\\d{1,19}$' },
  ],
});
const dateTime = read((value) => {
  if (typeof value !== 'string') throw new RangeError('Expected a DateTimeOffset as a string.');
  return parseDateTime(value);
}, 'DateTimeOffset').meta({
  anyOf: [
    { type: 'string', format: 'date-time' },
    { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\d[Tt]\\d\\d:\\d\\d(?:[Zz]|[+-]\\d\\d:\\d\\d)$' },
  ],
});
const text = z.string(EXPECTED.text).nullish();
/** One identity of a set, on its way in. */
export const identitySchema = z.strictObject({ id: text, displayName: text, tenantId: text }, EXPECTED.object);
const userSchema = z.strictObject({ ...identitySchema.shape, userPrincipalName: text }, EXPECTED.object);
const identitySet = z.strictObject(
  {
    ...Object.fromEntries(KINDS.map((kind) => [kind, identitySchema.nullish()])),
    user: userSchema.nullish(),
    endpointType: z.enum(EndpointType).nullish(),
  },
  EXPECTED.object,
);

/** The wire shape of a create, at every door. The rules between its members are `checkCreateInput`'s. */
export const createInputSchema = z.strictObject({
  version: int64,
  type: z.enum(CallType),
  modalities: z.array(z.enum(Modality), EXPECTED.texts),
  startDateTime: dateTime,
  endDateTime: dateTime,
  joinWebUrl: text,
  organizer: identitySet,
  participants: z.array(identitySet, EXPECTED.objects),
});

/**
 * Reads the JSON of a create. Throws `BAD_USER_INPUT` with every violation at once, those of the shape and those
 * between members; paths start with `root`.
 */
export function parseCreateInput(json: unknown, root: readonly (string | number)[]): CreateCallRecordInput {
  const { input, violations: unread } = readCreateInput(json, root);
  const violations = [...unread, ...checkCreateInput(input, root)];
  if (violations.length > 0) throw badUserInput(violations);
  return input as CreateCallRecordInput;
}

function readCreateInput(json: unknown, root: readonly (string | number)[]) {
  const input: Partial<CreateCallRecordInput> = {};
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return { input, violations: [{ path: [...root], rule: 'type', message: EXPECTED.object }] };
  }
  let violations: Violation[] = [];
  // Each member by itself, so that one that cannot be read does not hide what is wrong with the others.
  for (const [name, schema] of Object.entries(createInputSchema.shape)) {
    const value = (json as Record<string, unknown>)[name];
    const { data, issues } = readMember(schema, value);
    if (issues.length === 0) Object.assign(input, { [name]: data });
    else violations = violations.concat(issues.flatMap((issue) => toViolations(issue, value, [...root, name])));
    // What can be read within people must not stay unchecked for what cannot.
    if (issues.length > 0 && (name === 'organizer' || name === 'participants')) Object.assign(input, { [name]: value });
  }
  for (const name of Object.keys(json).slice(0, ENOUGH_VIOLATIONS)) {
    if (!Object.hasOwn(createInputSchema.shape, name)) violations.push(unknownMember([...root, name]));
  }
  return { input, violations };
}

/** Reads a value, a long list in pieces, up to the one with which enough is wrong. */
function readMember(schema: z.ZodType, value: unknown): { data: unknown; issues: z.core.$ZodIssue[] } {
  if (!(schema instanceof z.ZodArray) || !Array.isArray(value) || value.length <= ENOUGH_VIOLATIONS) {
    const { data, error } = schema.safeParse(value);
    return { data, issues: error?.issues ?? [] };
  }
  const data: unknown[] = [];
  const issues: z.core.$ZodIssue[] = [];
  for (let start = 0; start < value.length && issues.length < ENOUGH_VIOLATIONS; start += ENOUGH_VIOLATIONS) {
    const some = readMember(schema, value.slice(start, start + ENOUGH_VIOLATIONS));
    for (const issue of some.issues) {
      const [place, ...rest] = issue.path;
      issues.push({ ...issue, path: [start + Number(place), ...rest] });
    }
    for (const item of (some.data ?? []) as unknown[]) data.push(item);
  }
  return { data, issues };
}

function toViolations(issue: z.core.$ZodIssue, value: unknown, root: (string | number)[]): Violation[] {
  const path = [...root, ...(issue.path as (string | number)[])];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.slice(0, ENOUGH_VIOLATIONS).map((key) => unknownMember([...path, key]));
  const given = issue.path.reduce<unknown>(
    (member, name) => (member as Record<PropertyKey, unknown> | null | undefined)?.[name],
    value,
  );
  if (given == null) return [{ path, rule: 'required', message: 'A value is required.' }];
  if (issue.code === 'custom') return [{ path, rule: String(issue.params?.rule), message: issue.message }];
  if (issue.code === 'invalid_value')
    return [{ path, rule: 'enum', message: `Expected one of ${issue.values.join(', ')}.` }];
  return [{ path, rule: 'type', message: issue.message }];
}

function unknownMember(path: (string | number)[]): Violation {
  return { path, rule: 'unknown', message: 'There is no such property.' };
}

/**
 * The rules between and within members that have been read. Members that could not be read are passed over; within
 * people they may stand as they came, and count as given.
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

/** What is wrong with an idempotency key, at whichever door it came. */
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
