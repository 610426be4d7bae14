import type { JWTPayload } from 'jose';
import { CallRecordsError } from '../domain/errors.js';
import { identityKey } from '../domain/identity.js';
import { DELEGATED_READ, READ, READ_WRITE } from './roles.js';

/** Who sends a request, and what they may see and do. Shared by all requests with one token, hence read-only. */
export interface Caller {
  /** Unique across issuers; idempotency keys are scoped by it. */
  readonly subject: string;
  /** The client id of the application that the token was issued to; null if its claims do not say. */
  readonly application: string | null;
  readonly roles: ReadonlySet<string>;
  /** Object id of the user whose records alone are visible; null means all. Has no meaning unless `canRead`. */
  readonly visibleTo: string | null;
  readonly canRead: boolean;
  readonly canWrite: boolean;
  /** When the token expires, in milliseconds since 1970; Infinity if its claims do not say. */
  readonly expiresAt: number;
}

/**
 * The rights that verified claims give, as Microsoft Entra ID writes them. Application roles (`roles`) see everything;
 * the delegated scope (`scp`) sees only the records of the user (`oid`). Never throws: claims of the wrong type give no
 * right.
 */
export function callerFromClaims(payload: JWTPayload): Caller {
  const roles = rolesOf(payload);
  const canWrite = roles.has(READ_WRITE);
  const readsAll = canWrite || roles.has(READ);
  const user = readsAll ? null : delegatedUser(payload);
  const expiresAt = typeof payload.exp === 'number' ? payload.exp * 1000 : Infinity;
  return {
    subject: subjectOf(payload),
    application: text(payload.azp) ?? text(payload.appid) ?? null,
    roles,
    visibleTo: user,
    canRead: readsAll || user !== null,
    canWrite,
    expiresAt,
  };
}

/**
 * The kind of caller, for the log: an application with roles, a user through an application, or a caller without a
 * valid token.
 */
export type CallerKind = 'application' | 'delegated' | 'none';

export function callerKind(caller: Caller | null): CallerKind {
  if (caller === null) return 'none';
  return caller.visibleTo === null ? 'application' : 'delegated';
}

/** Throws `FORBIDDEN` unless the caller may read at all; `visibleTo` says which records. */
export function requireRead(caller: Caller): void {
  if (!caller.canRead) {
    const message = `Reading needs the role ${READ}, or the delegated scope ${DELEGATED_READ} with the claim oid.`;
    throw new CallRecordsError('FORBIDDEN', message);
  }
}

/** Throws `FORBIDDEN` unless the caller may read everybody's records. */
export function requireReadAll(caller: Caller): void {
  if (!caller.canRead || caller.visibleTo !== null)
    throw new CallRecordsError('FORBIDDEN', `Reading this needs the role ${READ}.`);
}

/** Throws `FORBIDDEN` unless the caller may create, import and delete. */
export function requireWrite(caller: Caller): void {
  if (!caller.canWrite) {
    throw new CallRecordsError('FORBIDDEN', `Writing needs the role ${READ_WRITE}.`);
  }
}

function rolesOf(payload: JWTPayload): Set<string> {
  const claim: unknown = payload.roles;
  return new Set(Array.isArray(claim) ? claim.filter((role): role is string => typeof role === 'string') : []);
}

function delegatedUser(payload: JWTPayload): string | null {
  const scopes = text(payload.scp)?.split(' ') ?? [];
  const user = text(payload.oid);
  if (!user || !scopes.includes(DELEGATED_READ)) return null;
  return identityKey(user);
}

function subjectOf(payload: JWTPayload): string {
  const { iss, sub, azp, appid, oid } = payload;
  const subject = text(sub) ?? text(azp) ?? text(appid) ?? text(oid) ?? 'unknown';
  const issuer = text(iss);
  // '|' cannot stand in a URI, so no two issuers can produce the same text.
  return issuer ? `${issuer}|${subject}` : subject;
}

function text(claim: unknown): string | undefined {
  return typeof claim === 'string' && claim !== '' ? claim : undefined;
}
