import { HttpError } from './errors.js';
import { NestedTooDeep, parseJson } from '../platform/json.js';
import { MAX_JSON_DEPTH } from './limits.js';

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The headers that describe the body of a request. */
interface BodyHeaders {
  'content-type'?: string;
  'content-encoding'?: string;
}

/**
 * Reads a JSON request body in UTF-8 and keeps every digit of its numbers. Throws an `HttpError`: 415 for another
 * charset or a compressed body, 400 for text that is not JSON or nests too deep. JSON has no byte order mark and no
 * text after the value.
 */
export function readJsonBody(body: Uint8Array, headers: BodyHeaders, parse = parseJson): unknown {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity')
    throw new HttpError(415, `The Content-Encoding ${JSON.stringify(encoding)} is not supported; send it as it is.`);
  const charset = /charset\s*=\s*"?([^";\s]+)/i.exec(headers['content-type'] ?? '')?.[1] ?? 'utf-8';
  if (!/^utf-?8$/i.test(charset)) throw new HttpError(415, `The charset ${charset} is not supported; send UTF-8.`);
  let text: string;
  try {
    text = UTF8.decode(body);
  } catch {
    throw new HttpError(400, 'The body is not UTF-8.');
  }
  try {
    return parse(text, MAX_JSON_DEPTH);
  } catch (error) {
    if (error instanceof NestedTooDeep)
      throw new HttpError(400, `The body nests deeper than ${MAX_JSON_DEPTH} levels.`);
    throw new HttpError(400, `The body is not JSON: ${(error as Error).message}`);
  }
}
