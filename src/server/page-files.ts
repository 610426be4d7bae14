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
 * Hands out the files of a folder of dist/ below a path. Reads them now, beside the rest of the start: throws if they have
 * not been built. Gives their names.
 */
export function registerFiles(app: FastifyInstance, path: string, folder: string): string[] {
  const files = readFiles(folder);
  app.get<{ Params: { '*': string } }>(`${path}/*`, async (request, reply) => {
    // The name is looked up among the files read at the start and never becomes a path: no way out of the folder.
    const file = await files.get(request.params['*']);
    return file ? sendFile(request, reply, file) : reply.callNotFound();
  });
  return [...files.keys()];
}

function sendFile(request: FastifyRequest, reply: FastifyReply, { content, type, etag }: PageFile): FastifyReply {
  // The names stay the same from version to version, hence a check at every use.
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
    // Weak, as it stands for the file in whatever coding it is sent. Made when it is first sent: to hash all takes a while.
    get etag() {
      return (etag ??= `W/"${createHash('sha256').update(content).digest('base64url')}"`);
    },
  }));
  // Who asks for the file is told that it could not be read.
  reading.catch(() => undefined);
  return reading;
}
