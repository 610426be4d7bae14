import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';

const CAPACITY = 500;
/** Longer texts are rare, and their cache entries would be large. */
const LENGTH_LIMIT = 4_000;
const DIGITS = 12;
const SHA_256 = /^[0-9a-f]{64}$/i;

/**
 * The log names an operation by a hash, without its text: the first 12 digits of the text's SHA-256, as in a list of
 * persisted queries. The hashes of recent texts are cached.
 */
export class OperationHashes {
  private readonly known = new LRUCache<string, string>({ max: CAPACITY });

  /** The hash of a request's `query`, or of its persisted query. Undefined without either. */
  of(sent: unknown): string | undefined {
    if (typeof sent !== 'object' || sent === null) return undefined;
    const { query, extensions } = sent as { query?: unknown; extensions?: unknown };
    return typeof query === 'string' ? this.ofText(query) : persisted(extensions);
  }

  private ofText(text: string): string {
    const known = this.known.get(text);
    if (known !== undefined) return known;
    const hash = createHash('sha256').update(text).digest('hex').slice(0, DIGITS);
    if (text.length <= LENGTH_LIMIT) this.known.set(text, hash);
    return hash;
  }
}

/** The hash of a persisted query. In a body `extensions` is an object, in a URL it is JSON text. */
function persisted(extensions: unknown): string | undefined {
  const { persistedQuery } = (typeof extensions === 'string' ? parsed(extensions) : (extensions ?? {})) as {
    persistedQuery?: { sha256Hash?: unknown } | null;
  };
  const hash = persistedQuery?.sha256Hash;
  return typeof hash === 'string' && SHA_256.test(hash) ? hash.toLowerCase().slice(0, DIGITS) : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
