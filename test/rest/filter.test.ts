import fc from 'fast-check';
import { parseFilter } from '../../src/rest/filter-parser.js';
import type { CallRecordsError } from '../../src/domain/errors.js';

const NOON = '2026-01-15T12:00:00';

/** The message of a filter that is refused. */
function refusal(filter: string): string {
  try {
    parseFilter(filter);
  } catch (error) {
    const { code, violations = [] } = error as CallRecordsError;
    expect([code, violations.map(({ path }) => path)]).toEqual(['BAD_USER_INPUT', [['$filter']]]);
    return violations[0]?.message ?? '';
  }
  throw new Error(`${filter} was not refused`);
}

describe('A $filter reads as the filter of GraphQL', () => {
  test.each<[string, object]>([
    [`startDateTime lt ${NOON}Z`, { startDateTime: { lt: NOON } }],
    [`startDateTime le ${NOON}.50Z`, { startDateTime: { lte: `${NOON}.5` } }],
    [`endDateTime gt 2026-01-15T14:00:00+02:00`, { endDateTime: { gt: NOON } }],
    [`lastModifiedDateTime ge ${NOON}.1234567Z`, { lastModifiedDateTime: { gte: `${NOON}.1234567` } }],
    [`startDateTime eq ${NOON}Z`, { startDateTime: { eq: NOON } }],
    [`startDateTime ne ${NOON}Z`, { not: { startDateTime: { eq: NOON } } }],
    ["id eq 'A'", { id: ['A'] }],
    ["id in ('a', 'b')", { id: ['a', 'b'] }],
    ["type ne 'groupCall'", { not: { type: ['groupCall'] } }],
    ["joinWebUrl eq 'https://x/it''s'", { joinWebUrl: "https://x/it's" }],
    ["joinWebUrl in ('a','b')", { or: [{ joinWebUrl: 'a' }, { joinWebUrl: 'b' }] }],
    ["organizer_v2/id eq 'a'", { organizer: { id: ['a'] } }],
    ["organizer/user/id eq 'a'", { organizer: { kind: ['user'], id: ['a'] } }],
    ["organizer_v2/identity/phone/id in ('+1')", { organizer: { kind: ['phone'], id: ['+1'] } }],
    [
      "organizer_v2/identity/user/userPrincipalName eq 'a@b'",
      { organizer: { kind: ['user'], userPrincipalName: 'a@b' } },
    ],
    [
      "participants_v2/any(p:p/identity/user/userPrincipalName in ('a@b','c@d'))",
      {
        or: ['a@b', 'c@d'].map((userPrincipalName) => ({ participant: { kind: ['user'], userPrincipalName } })),
      },
    ],
    [
      "participants/any(p:p/user/userPrincipalName eq 'a@b')",
      { participant: { kind: ['user'], userPrincipalName: 'a@b' } },
    ],
    ["participants_v2/any(p:p/id eq 'a')", { participant: { id: ['a'] } }],
    ["participants/any(x: x/id in ('a','b'))", { participant: { id: ['a', 'b'] } }],
    [
      "participants_v2/any(p:p/id eq 'a' or p/identity/guest/id eq 'b')",
      { or: [{ participant: { id: ['a'] } }, { participant: { kind: ['guest'], id: ['b'] } }] },
    ],
    ["modalities/any(m:m eq 'video')", { modalities: { hasAny: ['video'] } }],
    ["type eq microsoft.graph.callRecords.callType'groupCall'", { type: ['groupCall'] }],
    ["type in (microsoft.graph.callRecords.callType'unknown','groupCall')", { type: ['unknown', 'groupCall'] }],
    ["modalities/any(m:m eq microsoft.graph.callRecords.modality'video')", { modalities: { hasAny: ['video'] } }],
    ['startDateTime ge 2026-01-15T12:00Z', { startDateTime: { gte: NOON } }],
    ['startDateTime ge 2026-01-15T14:00+02:00', { startDateTime: { gte: NOON } }],
    [`startDateTime ge ${NOON}.123456789Z`, { startDateTime: { gte: `${NOON}.123456789` } }],
    [`startDateTime ge ${NOON}.1234567000000000000Z`, { startDateTime: { gte: `${NOON}.1234567` } }],
    ['joinWebUrl ne null', { not: { not: { hasJoinWebUrl: true } } }],
    ['joinWebUrl eq null', { not: { hasJoinWebUrl: true } }],
    ["joinWebUrl in (null,'a')", { or: [{ joinWebUrl: 'a' }, { not: { hasJoinWebUrl: true } }] }],
    ['organizer_v2/id eq null', { not: { organizer: { hasId: true } } }],
    ['organizer/phone/id ne null', { not: { not: { organizer: { kind: ['phone'], hasId: true } } } }],
    ['startDateTime eq null', { or: [] }],
    ['startDateTime lt null', { or: [] }],
    ['endDateTime ne null', { not: { or: [] } }],
    ['id eq null', { or: [] }],
    ['type ne null', { not: { or: [] } }],
  ])('%s', (filter, expected) => expect(parseFilter(filter)).toEqual(expected));

  test('not binds closer than and, and that closer than or; parentheses change it', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((id) => ({ id: [id] }));
    expect(parseFilter("id eq 'a' or not id eq 'b' and id eq 'c'")).toEqual({ or: [a, { and: [{ not: b }, c] }] });
    expect(parseFilter("not (id eq 'a' or id eq 'b') and id eq 'c'")).toEqual({ and: [{ not: { or: [a, b] } }, c] });
  });

  test('Keywords may be of any case, and spaces any number', () => {
    expect(parseFilter("  id   EQ 'a'  OR(id eq 'b')")).toEqual({ or: [{ id: ['a'] }, { id: ['b'] }] });
  });
});

describe('A $filter that cannot be understood is refused, with the place', () => {
  test.each<[string, string, RegExp]>([
    ['An empty one', '', /^At character 1: expected a property, found the end\.$/],
    [
      'An unknown property',
      `subject eq 'x'`,
      /^At character 1: subject is not a property to filter by; these are: startDateTime/,
    ],
    ['A property of another case', `StartDateTime eq ${NOON}Z`, /^At character 1: StartDateTime is not/],
    [
      'An unknown operator',
      `startDateTime has ${NOON}Z`,
      /^At character 15: expected lt, le, gt, ge, eq or ne, found "has"/,
    ],
    [
      'A date-time in quotes',
      `startDateTime ge '${NOON}Z'`,
      /^At character 18: a date-time stands without quotes, as in 2026/,
    ],
    [
      'A date alone',
      'startDateTime ge 2026-01-15',
      /^At character 18: .*: a date alone is no moment; write 2026-01-15T00:00:00Z for its midnight in UTC\.$/,
    ],
    ['A date-time without a zone', `startDateTime ge ${NOON}`, /its zone is missing; write 2026-01-15T12:00:00Z/],
    ['Seconds that are not there', 'startDateTime ge 2026-01-15T12:00:Z', /is not a DateTimeOffset/],
    ['A fraction of a minute', 'startDateTime ge 2026-01-15T12:00.5Z', /is not a DateTimeOffset/],
    [
      'A member of another enumeration',
      "type eq microsoft.graph.callRecords.modality'audio'",
      /^At character 9: expected a member of microsoft\.graph\.callRecords\.callType/,
    ],
    ['A member that its type does not have', "type eq microsoft.graph.callRecords.callType'x'", /"x" is not one of/],
    [
      'A member of a type for a text',
      "id eq microsoft.graph.callRecords.callType'unknown'",
      /expected a text in single/,
    ],
    ['null inside of any()', 'participants/any(p:p/id eq null)', /null is not supported inside of any\(\)/],
    [
      'An offset whose + became a space',
      `startDateTime ge ${NOON} 02:00`,
      /^At character 38: a \+ in a URL is a space; .*%2B02:00/,
    ],
    [
      'A telephone number whose + became a space',
      "id eq ' 14255550123'",
      /^At character 7: a \+ in a URL is a space; .*'%2B14255550123'/,
    ],
    ['Text in double quotes', 'id eq "a"', /^At character 7: text stands in single quotes/],
    ['Text without its end', "id eq 'a", /^At character 7: the text has no closing quote/],
    ['Text without quotes', 'id eq a', /^At character 7: expected a text in single quotes/],
    ['A parenthesis that does not close', "(id eq 'a'", /^At character 11: expected '\)', found the end/],
    ['A parenthesis that was not opened', "id eq 'a')", /^At character 10: .*there is no opening one/],
    [
      'Two conditions without and',
      "id eq 'a' id eq 'b'",
      /^At character 11: expected 'and', 'or' or the end, found "id"/,
    ],
    ['A comparison with nothing', 'startDateTime ge', /^At character 17: expected a date-time, .*found the end/],
    ['and without a second condition', "id eq 'a' and ", /found the end/],
    ['A function', "contains(joinWebUrl,'x')", /^At character 1: contains\(…\) is not supported/],
    ['all()', "participants_v2/all(p:p/id eq 'a')", /^At character 1: participants_v2\/all\(…\) is not supported/],
    ['any() of sessions', "sessions/any(s:s/id eq 'a')", /sessions\/any\(…\) is not supported/],
    [
      'The stage at which sessions failed',
      "type eq 'groupCall' and not (sessions/any(s:s/failureInfo/stage eq 'midcall'))",
      /^At character 30: sessions\/any\(…\) is not supported; callRecords of GraphQL .* quality, failureStage and/,
    ],
    ['any() without a condition', 'participants_v2/any()', /expected a variable/],
    [
      'and inside of any()',
      "participants_v2/any(p:p/id eq 'a' and p/id eq 'b')",
      /^At character 35: expected 'or' or '\)'/,
    ],
    ['ne inside of any()', "participants_v2/any(p:p/id ne 'a')", /^At character 28: expected eq or in/],
    ['Another variable', "participants_v2/any(p:q/id eq 'a')", /^At character 23: expected the variable p, found "q"/],
    [
      'A name of a participant',
      "participants_v2/any(p:p/identity/user/displayName eq 'a')",
      /p\/identity\/user\/displayName is not supported/,
    ],
    ['An unknown type', "type eq 'conference'", /^At character 9: "conference" is not one of unknown, groupCall/],
    ['A character that belongs nowhere', "id eq 'a' & id eq 'b'", /^At character 11: "&" is not expected here/],
    ['A NUL character', "id eq 'a\0'", /^At character 9: a NUL/],
    ['Arithmetic', 'version add 1 eq 2', /^At character 1: version is not a property/],
    [
      '33 nested parentheses',
      `${'('.repeat(33)}id eq 'a'${')'.repeat(33)}`,
      /^At character 33: nests deeper than 32 levels/,
    ],
    ['10,000 times not', `${'not '.repeat(10_000)}id eq 'a'`, /nests deeper than 32 levels/],
    ['10,000 parentheses in any()', `participants/any(p:${'('.repeat(10_000)}`, /nests deeper than 32 levels/],
  ])('%s', (_what, filter, message) => expect(refusal(filter)).toMatch(message));

  test('Whatever the text is, it is read or refused as input', () => {
    const piece = fc.constantFrom(
      'id',
      ' eq ',
      "'a'",
      '(',
      ')',
      ' and ',
      ' or ',
      'not ',
      'startDateTime',
      ' ge ',
      `${NOON}Z`,
      'participants/any(p:p/id',
      ',',
      ' in ',
      "'",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
          fc.string(),
        ),
        (text) => {
          try {
            parseFilter(text);
          } catch (error) {
            expect((error as CallRecordsError).violations?.[0]?.message).toMatch(/^At character \d+: /);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
