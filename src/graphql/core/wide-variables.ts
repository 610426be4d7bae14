import { GraphQLError } from 'graphql';
import { badUserInput } from '../../domain/errors.js';

/** The maximum number of members of an object in a variable: ten times those of our largest input type. */
const MAX_MEMBERS = 200;

/**
 * Finds an object with more members in variables than any input type has. graphql-js lists all of them for each unknown
 * one. Gives BAD_USER_INPUT, an error of the request, for the first such object; null if there is none.
 */
export function wideObject(variables: { readonly [name: string]: unknown }): GraphQLError | null {
  const path: (string | number)[] = [];
  const find = (value: unknown): number => {
    if (typeof value !== 'object' || value === null) return 0;
    const members = Array.isArray(value) ? value.entries() : Object.entries(value);
    if (Array.isArray(members) && members.length > MAX_MEMBERS) return members.length;
    for (const [name, member] of members) {
      if (typeof member !== 'object') continue;
      path.push(name);
      const count = find(member);
      if (count > 0) return count;
      path.pop();
    }
    return 0;
  };
  for (const [name, value] of Object.entries(variables)) {
    path.push(name);
    const count = find(value);
    if (count > 0) return tooWide(path, count);
    path.pop();
  }
  return null;
}

function tooWide(path: (string | number)[], count: number): GraphQLError {
  const message = `An object of ${count} members; no type has more than ${MAX_MEMBERS}.`;
  const error = badUserInput([{ path, rule: 'maximum', message }]);
  return new GraphQLError(error.message, { extensions: { ...error.extensions, http: { status: error.status } } });
}
