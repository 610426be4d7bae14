import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';

const CAPACITY = 500;
/** Of a text; longer ones are rare, and much would be kept for them. */
const LENGTH_LIMIT = 4_000;
const DIGITS = 12;
const SHA_256 = /^[0-9a-f]{64}$/i;

/**
 * By what the log names operations whose text it does not hold: the first 12 digits of the text's SHA-256, as a list of
 * persisted queries has it. Known texts are not hashed anew.
 */
export class OperationHashes {
  private readonly known = new LRUCache<string, string>({ max: CAPACITY });

  /** Of the members of a request: its `query`, or the hash that stands for one. Undefined without either. */
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

/** Of a persisted query, in a body as JSON has it, in a URL as JSON text. */
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
