import { promisify } from 'node:util';
import { brotliCompress, brotliCompressSync, constants, gzip, gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { LRUCache } from 'lru-cache';
import Negotiator from 'negotiator';

/** A content coding of responses (RFC 9110, 8.4.1). */
export type Coding = 'br' | 'gzip';

/** Up to this size a response fits into a packet or two uncompressed. */
const LEAST_BYTES = 1_024;
/**
 * Longer responses are compressed by a thread, so that other requests need not wait. The thread costs some 80
 * microseconds more.
 */
const AT_ONCE_BYTES = 65_536;
/** For a page of 50 records (56 kB), each higher level saves another hundredth and takes half as long again. */
const LEVEL = 1;

const CODINGS = ['br', 'gzip', 'identity'] as const;
type Preference = (typeof CODINGS)[number];

/** Clients send few different values of the header. */
const MAX_HEADERS = 100;
const chosen = new LRUCache<string, { long: Preference; short: Preference }>({ max: MAX_HEADERS });

/** The part of `Negotiator` used here: its types lack the option `preferred`. */
interface EncodingNegotiator {
  encodings(available: readonly string[], options: { preferred: readonly string[] }): string[];
}

/**
 * The content coding of a response of `sizeBytes` for a client with this `Accept-Encoding`. Null leaves the bytes as
 * they are, also if the client accepts no coding on offer.
 */
export function codingFor(acceptEncoding: string | string[] | undefined, sizeBytes: number): Coding | null {
  if (acceptEncoding === undefined) return null;
  const header = String(acceptEncoding);
  let choice = chosen.get(header);
  if (!choice) chosen.set(header, (choice = choose(header)));
  const coding = sizeBytes > LEAST_BYTES ? choice.long : choice.short;
  return coding === 'identity' ? null : coding;
}

function choose(header: string): { long: Preference; short: Preference } {
  const negotiator: EncodingNegotiator = new Negotiator({ headers: { 'accept-encoding': header } });
  const accepted = negotiator.encodings(CODINGS, { preferred: CODINGS }) as Preference[];
  const [long = 'identity'] = accepted;
  return { long, short: accepted.includes('identity') ? 'identity' : long };
}

const byThread = { br: promisify(brotliCompress), gzip: promisify(gzip) };
const atOnce = { br: brotliCompressSync, gzip: gzipSync };

/** Compresses bytes; long ones on a thread. */
export async function compress(bytes: Buffer, coding: Coding): Promise<Buffer> {
  const level = {
    br: { params: { [constants.BROTLI_PARAM_QUALITY]: LEVEL, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } },
    gzip: { level: LEVEL },
  };
  const isShort = bytes.length <= AT_ONCE_BYTES;
  if (coding === 'br') return isShort ? atOnce.br(bytes, level.br) : byThread.br(bytes, level.br);
  return isShort ? atOnce.gzip(bytes, level.gzip) : byThread.gzip(bytes, level.gzip);
}

/** Not HTML: pages may hold a token, and the compressed length would give its characters away. */
const COMPRESSED = /^(application\/(graphql-response\+)?json|text\/(plain|css|javascript)|font\/ttf)\b/;

/** Compresses the responses of all routes. `onSend` hooks added later get the compressed bytes. */
export function compressAnswers(app: FastifyInstance): void {
  const files = new WeakMap<Buffer, Map<Coding, Promise<Buffer>>>();
  /** Buffers are files, which are read at the start and sent again and again. Each is compressed once per coding. */
  const compressFile = (file: Buffer, coding: Coding): Promise<Buffer> => {
    const known = files.get(file) ?? new Map<Coding, Promise<Buffer>>();
    files.set(file, known);
    const compressed = known.get(coding) ?? compress(file, coding);
    known.set(coding, compressed);
    return compressed;
  };
  app.addHook('onSend', async ({ headers }, reply, payload) => {
    const type = String(reply.getHeader('content-type') ?? '');
    if (type !== '' && !COMPRESSED.test(type)) return payload;
    void reply.header('vary', varyByCoding(reply.getHeader('vary')));
    if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return payload;
    const coding = codingFor(headers['accept-encoding'], Buffer.byteLength(payload));
    if (coding === null) return payload;
    void reply.header('content-encoding', coding).removeHeader('content-length');
    return typeof payload === 'string' ? compress(Buffer.from(payload), coding) : compressFile(payload, coding);
  });
}

/** The header `Vary` of a response whose content coding is negotiated. */
export function varyByCoding(vary: number | string | string[] | undefined): string {
  return vary === undefined ? 'Accept-Encoding' : `${String(vary)}, Accept-Encoding`;
}
