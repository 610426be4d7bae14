import { decodeJwt } from 'jose';

/** The token that requests bear now: in memory alone. */
let inUse = '';

export const tokenInUse = () => inUse;

/** Has requests bear this token from now on. */
export function takeIntoUse({ token }: Bearer): void {
  inUse = token;
}

/** Why there is no token that counts. */
export type Lack = 'none' | 'expired' | 'left';

/** What a token says of its bearer. It is only shown: the server alone decides what may be seen. */
export interface Bearer {
  token: string;
  /** When it ends, in milliseconds since 1970; null where it does not say. */
  expiresAt: number | null;
  /** A person's own calls, or those of all. */
  isDelegated: boolean;
  canWrite: boolean;
}

/** Reads a token as it is pasted, with or without `Bearer`; null where it is none. */
export function readToken(text: string): Bearer | null {
  const token = text.trim().replace(/^bearer\s+/i, '');
  try {
    const { exp, roles } = decodeJwt(token);
    const names: unknown[] = Array.isArray(roles) ? roles : [];
    const readsAll = names.includes('CallRecords.Read.All') || names.includes('CallRecords.ReadWrite.All');
    return {
      token,
      expiresAt: exp === undefined ? null : exp * 1000,
      isDelegated: !readsAll,
      canWrite: names.includes('CallRecords.ReadWrite.All'),
    };
  } catch {
    return null;
  }
}
