import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { requireWrite } from '../auth/caller.js';
import type { Verifier } from '../auth/verifier.js';
import { CallRecordsError } from '../domain/errors.js';
import { isObject } from '../platform/json-object.js';
import { parseJson } from '../platform/json.js';
import { readGraphRecord } from '../domain/graph-payload.js';
import { generateCallRecords } from '../generate/records.js';
import { yesterday } from '../generate/times.js';
import type { Store } from '../store/store.js';
import { readJsonBodies } from './body.js';
import { answerError } from './graphql-door.js';

/** The path that takes a POST of `{ "count": 10000 }`; only in development. */
export const GENERATED_CALLS = '/calls/generated';

const MAX_COUNT = 10_000;
/** Calls per transaction: other requests are served between two. */
const BATCH = 200;

/**
 * Stores generated calls with their sessions, so that a new developer's page has something to show. GraphQL does not
 * import sessions. It asks for the same role as every other write. The response is a line of JSON, `{ stored, count }`,
 * for each batch that is on disk. The seed is fixed: the same request on the same day makes the same calls.
 */
export async function registerGeneratedCalls(
  app: FastifyInstance,
  { store, verifier }: { store: Store; verifier: Verifier },
): Promise<void> {
  await app.register(async (scope) => {
    readJsonBodies(scope);
    scope.setErrorHandler(answerError);
    scope.addHook('onRequest', async (request) => {
      request.caller = await verifier.verify(request.headers.authorization);
      requireWrite(request.caller);
    });
    scope.post(GENERATED_CALLS, async ({ body }, reply) =>
      reply.type('application/x-ndjson').send(Readable.from(fill(store, countIn(body)))),
    );
  });
}

function countIn(body: unknown): number {
  const count = isObject(body) ? Number(body.count) : NaN;
  if (Number.isInteger(count) && count >= 1 && count <= MAX_COUNT) return count;
  throw new CallRecordsError('BAD_USER_INPUT', `count: expected a whole number from 1 to ${MAX_COUNT}.`);
}

async function* fill(store: Store, count: number): AsyncGenerator<string> {
  let stored = 0;
  let batch: string[] = [];
  for (const line of generateCallRecords({ count, seed: 1, until: yesterday(), sessions: true })) {
    batch.push(line);
    if (batch.length < BATCH && stored + batch.length < count) continue;
    await store.import(batch.map((text) => readGraphRecord(parseJson(text))));
    stored += batch.length;
    batch = [];
    yield `${JSON.stringify({ stored, count })}\n`;
  }
}
