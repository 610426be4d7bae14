import { HttpError } from './errors.js';
import { exceedsDepth, parseJson } from './json.js';
import { MAX_JSON_DEPTH } from './limits.js';

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads a request body of JSON in UTF-8, every digit of its numbers kept. Throws an `HttpError`: 415 for another charset,
 * 400 for what is no JSON (a byte order mark and text behind the value included) or nests too deep.
 */
export function readJsonBody(body: Uint8Array, contentType: string | undefined, parse = parseJson): unknown {
  const charset = /charset\s*=\s*"?([^";\s]+)/i.exec(contentType ?? '')?.[1] ?? 'utf-8';
  if (!/^utf-?8$/i.test(charset)) throw new HttpError(415, `The charset ${charset} is not supported; send UTF-8.`);
  let text: string;
  try {
    text = UTF8.decode(body);
  } catch {
    throw new HttpError(400, 'The body is not UTF-8.');
  }
  let json: unknown;
  try {
    json = parse(text);
  } catch (error) {
    throw new HttpError(400, `The body is not JSON: ${(error as Error).message}`);
  }
  if (exceedsDepth(json, MAX_JSON_DEPTH))
    throw new HttpError(400, `The body nests deeper than ${MAX_JSON_DEPTH} levels.`);
  return json;
}
