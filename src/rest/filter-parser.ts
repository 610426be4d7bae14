import { readDateTime, type UtcText } from '../domain/date-time.js';
import { CallType, Modality } from '../domain/enums.js';
import type { CallRecordFilter, DateTimeOffsetFilter, IdentityFilter } from '../domain/filter.js';
import { IdentityKind } from '../domain/identity.js';
import {
  anyOf,
  membersOf,
  NEVER_NULL,
  INSTEAD_OF_SESSIONS,
  notAnOperator,
  NOTHING,
  refuseNull,
} from './filter-conditions.js';
import { filterError, readTokens, type Token } from './filter-lexer.js';

/** How deep parentheses and `not` may nest: far deeper than any useful filter, far from the limit of the stack. */
const NESTING_LIMIT = 32;

const DATE_TIMES = ['startDateTime', 'endDateTime', 'lastModifiedDateTime'] as const;
const COMPARISONS = { lt: 'lt', le: 'lte', gt: 'gt', ge: 'gte', eq: 'eq' } as const;
const PEOPLE = new Set(['participants', 'participants_v2']);
const ORGANIZER = new Set(['organizer', 'organizer_v2']);
const KINDS: readonly string[] = Object.values(IdentityKind);
/** The properties of a record that conditions may use. */
export const FILTERABLE_PROPERTIES: readonly string[] = [
  ...DATE_TIMES,
  ...['id', 'type', 'joinWebUrl', 'modalities'],
  ...PEOPLE,
  ...ORGANIZER,
];
const FILTERABLE = `${DATE_TIMES.join(', ')}, id, type, joinWebUrl, organizer_v2/id, participants_v2/any(p:p/id eq '…') and modalities/any(m:m eq '…')`;

/**
 * Parses a `$filter` (OData 4.01, URL Conventions 5.1.1) into the same filter that GraphQL takes. Throws
 * `BAD_USER_INPUT` with the position of the first fault: what is not supported is refused, never ignored.
 */
export function parseFilter(text: string): CallRecordFilter {
  return new FilterParser(readTokens(text)).parse();
}

/** Recursive descent, with a method for each rule of the grammar. */
class FilterParser {
  private index = 0;
  private nesting = 0;

  constructor(private readonly tokens: Token[]) {}

  parse(): CallRecordFilter {
    const filter = this.either();
    if (this.token.kind !== 'end')
      throw this.unexpected("'and', 'or' or the end", this.token.text === ')' ? ' (there is no opening one)' : '');
    return filter;
  }

  private get token(): Token {
    return this.tokens[this.index] as Token;
  }

  private next(): Token {
    const { token } = this;
    if (token.kind !== 'end') this.index += 1;
    return token;
  }

  /** Keywords are lower case in 4.0, and in any letter case in 4.01. */
  private takes(keyword: string): boolean {
    const { kind, text } = this.token;
    const isNext = (kind === 'word' || kind === 'sign') && text.toLowerCase() === keyword;
    if (isNext) this.index += 1;
    return isNext;
  }

  private expect(sign: string): void {
    if (!this.takes(sign)) throw this.unexpected(`'${sign}'`);
  }

  private unexpected(expected: string, remark = ''): Error {
    const { kind, text, at } = this.token;
    return filterError(at, `expected ${expected}, found ${kind === 'end' ? 'the end' : JSON.stringify(text) + remark}`);
  }

  private either(): CallRecordFilter {
    const parts = [this.all()];
    while (this.takes('or')) parts.push(this.all());
    return parts.length === 1 ? (parts[0] as CallRecordFilter) : { or: parts };
  }

  private all(): CallRecordFilter {
    const parts = [this.negation()];
    while (this.takes('and')) parts.push(this.negation());
    return parts.length === 1 ? (parts[0] as CallRecordFilter) : { and: parts };
  }

  private negation(): CallRecordFilter {
    const { at } = this.token;
    if (!this.takes('not')) return this.group();
    return this.nested(at, () => ({ not: this.negation() }));
  }

  private group(): CallRecordFilter {
    const { at } = this.token;
    if (!this.takes('(')) return this.condition();
    return this.nested(at, () => {
      const filter = this.either();
      this.expect(')');
      return filter;
    });
  }

  private nested(at: number, read: () => CallRecordFilter): CallRecordFilter {
    this.nesting += 1;
    if (this.nesting > NESTING_LIMIT) throw filterError(at, `nests deeper than ${NESTING_LIMIT} levels`);
    const filter = read();
    this.nesting -= 1;
    return filter;
  }

  private condition(): CallRecordFilter {
    const { at } = this.token;
    const path = this.path('a property');
    const [property = '', ...rest] = path;
    if (property === 'sessions') {
      const shown = `${path.join('/')}${this.token.text === '(' ? '(…)' : ''}`;
      throw filterError(at, `${shown} is not supported; ${INSTEAD_OF_SESSIONS}`);
    }
    if (this.token.text === '(') return this.collection(property, rest, at);
    const dateTime = DATE_TIMES.find((name) => name === property);
    if (dateTime && rest.length === 0) return this.dateTimeCondition(dateTime);
    if (rest.length === 0 && (property === 'id' || property === 'joinWebUrl' || property === 'type'))
      return this.textCondition(property);
    if (ORGANIZER.has(property) && rest.length > 0) {
      const person = identityOf(rest, at, path.join('/'));
      return this.equality(
        (texts) => anyOf(person.match(texts).map((organizer) => ({ organizer }))),
        person.any ? () => ({ not: { organizer: person.any } }) : refuseNull,
      );
    }
    throw filterError(at, `${path.join('/')} is not a property to filter by; these are: ${FILTERABLE}`);
  }

  private path(expected: string): string[] {
    const path: string[] = [];
    do {
      if (this.token.kind !== 'word') throw this.unexpected(expected);
      path.push(this.next().text);
    } while (this.takes('/'));
    return path;
  }

  private dateTimeCondition(property: (typeof DATE_TIMES)[number]): CallRecordFilter {
    const operator = this.next();
    const name = operator.text.toLowerCase();
    if (name !== 'ne' && !Object.hasOwn(COMPARISONS, name)) throw notAnOperator(operator, 'lt, le, gt, ge, eq or ne');
    // A comparison with null is false, except `ne` with a value (OData 4.01, URL Conventions 5.1.1.1).
    if (this.takes('null')) return name === 'ne' ? { not: NOTHING } : NOTHING;
    if (name === 'ne') return { not: { [property]: { eq: this.dateTime() } } };
    const range: DateTimeOffsetFilter = { [COMPARISONS[name as keyof typeof COMPARISONS]]: this.dateTime() };
    return { [property]: range };
  }

  private dateTime(): UtcText {
    if (this.token.kind === 'end') throw this.unexpected('a date-time, such as 2026-02-25T18:52:21.2169889Z');
    const { kind, text, at } = this.next();
    if (kind === 'string') throw filterError(at, `a date-time stands without quotes, as in ${text.slice(1, -1)}`);
    const follows = this.token;
    if (follows.kind === 'literal')
      throw filterError(follows.at, `a + in a URL is a space; write an offset as in ${text}%2B${follows.text}`);
    try {
      return readDateTime(text);
    } catch (error) {
      throw filterError(at, (error as Error).message.replace(/\.$/, ''));
    }
  }

  private textCondition(property: 'id' | 'joinWebUrl' | 'type'): CallRecordFilter {
    if (property === 'id') return this.equality((id) => ({ id }));
    if (property === 'joinWebUrl')
      return this.equality(
        (urls) => anyOf(urls.map((joinWebUrl) => ({ joinWebUrl }))),
        () => ({ not: { hasJoinWebUrl: true } }),
      );
    return this.equality((types, at) => ({ type: membersOf(CallType, types, at) }), NEVER_NULL, 'callType');
  }

  /**
   * Parses `eq 'a'`, `ne 'a'` and `in ('a','b')`; null may stand for a text. `type` is the type of an enumeration's
   * members.
   */
  private equality(
    filter: (values: string[], at: number) => CallRecordFilter,
    isNull: (at: number) => CallRecordFilter = NEVER_NULL,
    type?: string,
  ): CallRecordFilter {
    const operator = this.next();
    const { at } = this.token;
    switch (operator.text.toLowerCase()) {
      case 'eq':
        return this.takes('null') ? isNull(at) : filter([this.text(type)], at);
      case 'ne':
        return { not: this.takes('null') ? isNull(at) : filter([this.text(type)], at) };
      case 'in': {
        const texts = this.texts(type);
        const known = texts.filter((text) => text !== null);
        const parts = known.length > 0 ? [filter(known, at)] : [];
        return anyOf(known.length < texts.length ? [...parts, isNull(at)] : parts);
      }
      default:
        throw notAnOperator(operator, 'eq, ne or in');
    }
  }

  private texts(type?: string): (string | null)[] {
    this.expect('(');
    const texts: (string | null)[] = [];
    do texts.push(this.takes('null') ? null : this.text(type));
    while (this.takes(','));
    this.expect(')');
    return texts;
  }

  private text(type?: string): string {
    if (type !== undefined && this.token.kind === 'member') return this.member(type);
    if (this.token.kind !== 'string') throw this.unexpected("a text in single quotes, as in 'text'");
    const { text, at } = this.next();
    // No id begins with a blank, but a telephone number does if its + was decoded as one. An error helps more than an
    // empty list.
    if (/^' \d/.test(text))
      throw filterError(at, `a + in a URL is a space; write a telephone number as in '%2B${text.slice(2)}`);
    return text.slice(1, -1).replaceAll("''", "'");
  }

  /** Parses `microsoft.graph.callRecords.callType'groupCall'`, a member of that type. */
  private member(type: string): string {
    const { text, at } = this.next();
    const [name = '', member = ''] = text.split("'");
    const expected = `microsoft.graph.callRecords.${type}`;
    if (name !== expected) throw filterError(at, `expected a member of ${expected}, found one of ${name}`);
    return member;
  }

  /**
   * Parses `participants_v2/any(p:p/id eq 'x')` and `modalities/any(m:m eq 'video')`. Any other lambda or function is
   * refused.
   */
  private collection(property: string, rest: string[], at: number): CallRecordFilter {
    const [quantifier] = rest;
    if (rest.length !== 1 || quantifier?.toLowerCase() !== 'any') {
      throw filterError(at, `${[property, ...rest].join('/')}(…) is not supported; filter by ${FILTERABLE}`);
    }
    this.expect('(');
    const variable = this.path('a variable')[0] as string;
    this.expect(':');
    const filter = anyOf(this.alternatives(() => this.element(property, variable, at)));
    this.expect(')');
    return filter;
  }

  private alternatives(read: () => CallRecordFilter): CallRecordFilter[] {
    const one = () => {
      const { at } = this.token;
      return this.takes('(') ? this.nested(at, () => anyOf(this.closed(read))) : read();
    };
    const parts = [one()];
    while (this.takes('or')) parts.push(one());
    if (this.token.text !== ')') throw this.unexpected("'or' or ')'", ' (inside of any() there is eq, in and or)');
    return parts;
  }

  private closed(read: () => CallRecordFilter): CallRecordFilter[] {
    const parts = this.alternatives(read);
    this.expect(')');
    return parts;
  }

  private element(property: string, variable: string, start: number): CallRecordFilter {
    const { at } = this.token;
    const [name, ...rest] = this.path(`the variable ${variable}`);
    if (name !== variable) throw filterError(at, `expected the variable ${variable}, found ${JSON.stringify(name)}`);
    const operator = this.token;
    if (operator.text.toLowerCase() === 'ne') throw notAnOperator(operator, 'eq or in');
    if (PEOPLE.has(property)) {
      const person = identityOf(rest, at, [variable, ...rest].join('/'));
      return this.equality((texts) => anyOf(person.match(texts).map((participant) => ({ participant }))), refuseNull);
    }
    if (property === 'modalities' && rest.length === 0)
      return this.equality(
        (texts, place) => ({ modalities: { hasAny: membersOf(Modality, texts, place) } }),
        NEVER_NULL,
        'modality',
      );
    throw filterError(start, `${property}/any(…) is not supported; filter by ${FILTERABLE}`);
  }
}

/** A property that identifies people. `any` matches people who have it at all; null if that is not supported. */
interface PersonProperty {
  match: (texts: string[]) => IdentityFilter[];
  any: IdentityFilter | null;
}

/**
 * The property at the end of a path. `id` is the id of an entity. `identity/user/id` (legacy: `user/id`) is the id of
 * one kind of identity in it. Only an identity has a `userPrincipalName`.
 */
function identityOf(path: string[], at: number, shown: string): PersonProperty {
  const [last, name, ...rest] = [...path].reverse();
  if (last === 'id' && name === undefined) return { match: (id) => [{ id }], any: { hasId: true } };
  if (name !== undefined && KINDS.includes(name) && ['', 'identity'].includes(rest.join('/'))) {
    const kind = [name as IdentityKind];
    if (last === 'id') return { match: (id) => [{ kind, id }], any: { kind, hasId: true } };
    if (last === 'userPrincipalName')
      return { match: (names) => names.map((userPrincipalName) => ({ kind, userPrincipalName })), any: null };
  }
  throw filterError(
    at,
    `${shown} is not supported; a person is found by …/id, …/identity/user/id or …/identity/user/userPrincipalName`,
  );
}
