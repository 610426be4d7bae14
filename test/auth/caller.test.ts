import { callerFromClaims, requireRead, requireWrite } from '../../src/auth/caller.js';
import { CallRecordsError } from '../../src/domain/errors.js';

const USER = '821809f5-0000-0000-0000-3b5136c0e777';

function refusalOf(action: () => void): CallRecordsError | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof CallRecordsError) return error;
    throw error;
  }
}

describe('The rights in a token', () => {
  test('The role CallRecords.Read.All reads every record and writes none', () => {
    const caller = callerFromClaims({ roles: ['CallRecords.Read.All'] });
    expect(caller).toMatchObject({ canRead: true, canWrite: false, visibleTo: null });
  });

  test('The role CallRecords.ReadWrite.All reads every record too', () => {
    const caller = callerFromClaims({ roles: ['CallRecords.ReadWrite.All'] });
    expect(caller).toMatchObject({ canRead: true, canWrite: true, visibleTo: null });
  });

  test("The delegated scope CallRecords.Read shows the user's own records only", () => {
    const caller = callerFromClaims({ scp: 'openid CallRecords.Read profile', oid: USER });
    expect(caller).toMatchObject({ canRead: true, canWrite: false, visibleTo: USER });
  });

  test('A user id that is a GUID is compared in lower case, any other is taken as it is', () => {
    const scp = 'CallRecords.Read';
    expect(callerFromClaims({ scp, oid: USER.toUpperCase() }).visibleTo).toBe(USER);
    expect(callerFromClaims({ scp, oid: 'Alice' }).visibleTo).toBe('Alice');
  });

  test('A role for all records outranks the scope for one user', () => {
    const caller = callerFromClaims({ roles: ['CallRecords.Read.All'], scp: 'CallRecords.Read', oid: USER });
    expect(caller.visibleTo).toBeNull();
  });

  test.each([
    ['no claim at all', {}],
    ['the scope without a user', { scp: 'CallRecords.Read' }],
    ['the scope with an empty user', { scp: 'CallRecords.Read', oid: '' }],
    ['the scope with a user that is no text', { scp: 'CallRecords.Read', oid: { $ne: null } }],
    ['a user without the scope', { oid: USER }],
    ['a scope whose name only begins alike', { scp: 'CallRecords.Read.All CallRecords.ReadBasic', oid: USER }],
    ['scopes as a list', { scp: ['CallRecords.Read'], oid: USER }],
    ['a role as a bare text', { roles: 'CallRecords.Read.All' }],
    ['a role in another case', { roles: ['callrecords.read.all'] }],
    ['roles of other types', { roles: [null, 1, { name: 'CallRecords.Read.All' }] }],
  ])('A token with %s gives no right', (_, claims) => {
    const caller = callerFromClaims(claims);
    expect(caller).toMatchObject({ canRead: false, canWrite: false, visibleTo: null });
  });
});

describe('The subject of a token', () => {
  test.each([
    [{ sub: 'a', azp: 'b', appid: 'c', oid: 'd' }, 'a'],
    [{ azp: 'b', appid: 'c', oid: 'd' }, 'b'],
    [{ appid: 'c', oid: 'd' }, 'c'],
    [{ oid: 'd' }, 'd'],
    [{}, 'unknown'],
  ])('Of %j the subject is %s', (claims, subject) => {
    expect(callerFromClaims(claims).subject).toBe(subject);
  });

  test('The same subject of two issuers is two callers', () => {
    const one = callerFromClaims({ iss: 'https://one.example', sub: 'a' });
    const two = callerFromClaims({ iss: 'https://two.example', sub: 'a' });
    expect(one.subject).not.toBe(two.subject);
  });
});

describe('What a caller without a right is told', () => {
  const reader = callerFromClaims({ roles: ['CallRecords.Read.All'] });
  const writer = callerFromClaims({ roles: ['CallRecords.ReadWrite.All'] });
  const user = callerFromClaims({ scp: 'CallRecords.Read', oid: USER });
  const nobody = callerFromClaims({});

  test('Readers, writers and users pass where reading is asked for', () => {
    for (const caller of [reader, writer, user]) expect(refusalOf(() => requireRead(caller))).toBeUndefined();
  });

  test('Whoever cannot read is FORBIDDEN, with the role and the scope that would do', () => {
    const refusal = refusalOf(() => requireRead(nobody));
    expect(refusal?.code).toBe('FORBIDDEN');
    expect(refusal?.message).toMatch(/CallRecords\.Read\.All.*CallRecords\.Read with the claim oid/);
  });

  test('Only the role CallRecords.ReadWrite.All passes where writing is asked for', () => {
    expect(refusalOf(() => requireWrite(writer))).toBeUndefined();
    for (const caller of [reader, user, nobody]) {
      const refusal = refusalOf(() => requireWrite(caller));
      expect(refusal).toMatchObject({
        code: 'FORBIDDEN',
        message: expect.stringContaining('CallRecords.ReadWrite.All'),
      });
    }
  });
});
