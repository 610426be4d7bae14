import type { JWTPayload } from 'jose';
import { CallRecordsError } from '../domain/errors.js';
import { identityKey } from '../domain/identity.js';
import { DELEGATED_READ, READ, READ_WRITE } from './roles.js';

/** Who asks, and what they may see and do. Shared between the requests of one token, hence read-only. */
export interface Caller {
  /** Unique across issuers; idempotency keys are scoped by it. */
  readonly subject: string;
  /** The client id of the application that holds the token; null where its claims do not say. */
  readonly application: string | null;
  readonly roles: ReadonlySet<string>;
  /** Object id whose records alone are visible; null = all. Means nothing unless `canRead`. */
  readonly visibleTo: string | null;
  readonly canRead: boolean;
  readonly canWrite: boolean;
  /** When the token expires, in milliseconds since 1970; Infinity where its claims do not say. */
  readonly expiresAt: number;
}

/**
 * Reads the rights out of verified claims, in the way of Microsoft Entra ID: application roles (`roles`) see
 * everything; the delegated scope (`scp`) sees the records of the user (`oid`) only. Never throws: claims of
 * the wrong type give no right.
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

/** For the log: an application with roles, a person by an application's hand, or nobody whose token counts. */
export type CallerKind = 'application' | 'delegated' | 'none';

export function callerKind(caller: Caller | null): CallerKind {
  if (caller === null) return 'none';
  return caller.visibleTo === null ? 'application' : 'delegated';
}

/** Lets a caller pass who may read anything at all; otherwise throws `FORBIDDEN`. Which records is `visibleTo`. */
export function requireRead(caller: Caller): void {
  if (!caller.canRead) {
    const message = `Reading needs the role ${READ}, or the delegated scope ${DELEGATED_READ} with the claim oid.`;
    throw new CallRecordsError('FORBIDDEN', message);
  }
}

/** Lets a caller pass who may read the records of everybody; otherwise throws `FORBIDDEN`. */
export function requireReadAll(caller: Caller): void {
  if (!caller.canRead || caller.visibleTo !== null)
    throw new CallRecordsError('FORBIDDEN', `Reading this needs the role ${READ}.`);
}

/** Lets a caller pass who may create, import and delete; otherwise throws `FORBIDDEN`. */
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
