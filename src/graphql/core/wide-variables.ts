import { GraphQLError } from 'graphql';
import { badUserInput } from '../../domain/errors.js';

/** Members of one object in a variable: ten times those of our largest input type. */
const MAX_MEMBERS = 200;

/**
 * Refuses variables that hold an object of very many members, of which no input type has as many: graphql-js writes out
 * all of them for each one that it does not know. Throws BAD_USER_INPUT, an error of the request, for the first.
 */
export function refuseWideObjects(variables: { [name: string]: unknown }): void {
  for (const [name, value] of Object.entries(variables)) check(value, [name]);
}

function check(value: unknown, path: (string | number)[]): void {
  if (typeof value !== 'object' || value === null) return;
  const members = Array.isArray(value) ? value.entries() : entriesOf(value, path);
  for (const [name, member] of members) {
    if (typeof member !== 'object') continue;
    path.push(name);
    check(member, path);
    path.pop();
  }
}

function entriesOf(value: object, path: readonly (string | number)[]): [string, unknown][] {
  const members = Object.entries(value);
  if (members.length <= MAX_MEMBERS) return members;
  const message = `An object of ${members.length} members; no type has more than ${MAX_MEMBERS}.`;
  const error = badUserInput([{ path: [...path], rule: 'maximum', message }]);
  throw new GraphQLError(error.message, { extensions: { ...error.extensions, http: { status: error.status } } });
}
