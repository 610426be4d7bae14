import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { matchesTag } from '../rest/payload.js';
import { PACKAGE_ROOT } from '../platform/package-root.js';

interface PageFile {
  content: Buffer;
  type: string;
  etag: string;
}

const CONTENT_TYPES: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.ttf': 'font/ttf',
  '.woff2': 'font/woff2',
};

/**
 * Serves the files of a folder of dist/ below a path; returns their names. It begins to read them now, while the start
 * goes on. Throws if they have not been built.
 */
export function registerFiles(app: FastifyInstance, path: string, folder: string): string[] {
  const files = readFiles(folder);
  app.get<{ Params: { '*': string } }>(`${path}/*`, async (request, reply) => {
    // The name is only looked up among the files read at the start. It never becomes a path, so it cannot leave the
    // folder.
    const file = await files.get(request.params['*']);
    return file ? sendFile(request, reply, file) : reply.callNotFound();
  });
  return [...files.keys()];
}

function sendFile(request: FastifyRequest, reply: FastifyReply, { content, type, etag }: PageFile): FastifyReply {
  // The names stay the same from version to version, so the browser revalidates at each use.
  reply.headers({ etag, 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' });
  const known = request.headers['if-none-match'];
  const isKnown = known !== undefined && matchesTag(known, etag);
  return isKnown ? reply.code(304).send() : reply.type(type).send(content);
}

function readFiles(folder: string): Map<string, Promise<PageFile>> {
  const url = new URL(`dist/${folder}/`, PACKAGE_ROOT);
  if (!existsSync(url)) throw new Error(`dist/${folder} has not been built: run \`npm run build\`.`);
  return new Map(readdirSync(url).map((name) => [name, readOne(new URL(name, url))]));
}

function readOne(url: URL): Promise<PageFile> {
  const type = CONTENT_TYPES[extname(url.pathname)] ?? 'application/octet-stream';
  let etag: string | undefined;
  const reading = readFile(url).then((content) => ({
    content,
    type,
    // Weak, as it stands for the file in any content coding. Made at first use: hashing all files takes a while.
    get etag() {
      return (etag ??= `W/"${createHash('sha256').update(content).digest('base64url')}"`);
    },
  }));
  // Not unhandled: a request for the file gets the error.
  reading.catch(() => undefined);
  return reading;
}
