import type { FastifyInstance } from 'fastify';
import { CallRecordsError } from '../domain/errors.js';
import { exceedsDepth, parseJson } from '../domain/json.js';
import { MAX_JSON_DEPTH } from '../domain/limits.js';

/** An HTTP request that is wrong before any door looks at it. */
export class HttpError extends CallRecordsError {
  constructor(
    private readonly httpStatus: number,
    message: string,
  ) {
    super('BAD_USER_INPUT', message);
  }

  override get status(): number {
    return this.httpStatus;
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads JSON bodies so that every digit of a 64-bit integer survives, and takes no other media type. */
export function readJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (request: { headers: { 'content-type'?: string } }, body: Buffer) => {
      const charset = /charset\s*=\s*"?([^";\s]+)/i.exec(request.headers['content-type'] ?? '')?.[1] ?? 'utf-8';
      if (!/^utf-?8$/i.test(charset)) throw new HttpError(415, `The charset ${charset} is not supported; send UTF-8.`);
      return parseBody(body);
    },
  );
}

/** The JSON of a body, every digit of a 64-bit integer as it came. Throws `HttpError` that says what is wrong. */
export function parseBody(body: Buffer): unknown {
  let text: string;
  try {
    text = UTF8.decode(body);
  } catch {
    throw new HttpError(400, 'The body is not UTF-8.');
  }
  let json: unknown;
  try {
    json = parseJson(text);
  } catch (error) {
    throw new HttpError(400, `The body is not JSON: ${(error as Error).message}`);
  }
  if (exceedsDepth(json, MAX_JSON_DEPTH))
    throw new HttpError(400, `The body nests deeper than ${MAX_JSON_DEPTH} levels.`);
  return json;
}
