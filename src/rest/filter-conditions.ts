import type { CallRecordFilter } from '../domain/filter.js';
import { filterError, type Token } from './filter-lexer.js';

/** What an error suggests instead of a filter on the content of sessions. */
export const INSTEAD_OF_SESSIONS =
  'callRecords of GraphQL (/graphql) has the filters quality, failureStage and sessionsFetched';

/** Matches no record: a property that always has a value never equals null. */
export const NOTHING: CallRecordFilter = { or: [] };
export const NEVER_NULL = () => NOTHING;
export function refuseNull(at: number): never {
  throw filterError(at, 'null is not supported inside of any()');
}

export function anyOf(filters: CallRecordFilter[]): CallRecordFilter {
  return filters.length === 1 ? (filters[0] as CallRecordFilter) : { or: filters };
}

export function membersOf<Member extends string>(known: Record<string, Member>, texts: string[], at: number): Member[] {
  const unknown = texts.find((text) => !Object.hasOwn(known, text));
  if (unknown !== undefined)
    throw filterError(at, `${JSON.stringify(unknown)} is not one of ${Object.keys(known).join(', ')}`);
  return texts as Member[];
}

export function notAnOperator({ text, at, kind }: Token, expected: string): Error {
  return filterError(at, `expected ${expected}, found ${kind === 'end' ? 'the end' : JSON.stringify(text)}`);
}
