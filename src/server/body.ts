import type { FastifyInstance, FastifyRequest } from 'fastify';
import { readJsonBody } from '../domain/json-body.js';

/** Reads JSON bodies so that every digit of a 64-bit integer survives, and takes no other media type. */
export function readJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) =>
    readJsonBody(body, request.headers),
  );
}
