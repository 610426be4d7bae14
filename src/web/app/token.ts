import { decodeJwt } from 'jose';

/** The token of all requests, in memory only. */
let inUse = '';

export const tokenInUse = () => inUse;

/** Uses this token for all requests from now on. */
export function takeIntoUse({ token }: Bearer): void {
  inUse = token;
}

/** Why there is no valid token. */
export type Lack = 'none' | 'expired' | 'left';

/** The claims of a token about its bearer. They are only shown: the server alone decides what may be seen. */
export interface Bearer {
  token: string;
  /** When it expires, in milliseconds since 1970; null if it does not say. */
  expiresAt: number | null;
  /** Whether it gives access to a person's own calls only, and not to all calls. */
  isDelegated: boolean;
  canWrite: boolean;
}

/** Reads a token as it is pasted, with or without `Bearer`; null if it is none. */
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
