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

/** Where `{ "count": 10000 }` is posted to; offered in development alone. */
export const GENERATED_CALLS = '/calls/generated';

const MAX_COUNT = 10_000;
/** Calls of one transaction: others are answered between two. */
const BATCH = 200;

/**
 * Lets the page of a new developer have something to show: stores generated calls with their sessions, which GraphQL
 * does not import. It asks for the role that every other write asks for. Answers with a line of JSON for each part that is
 * on disk, `{ stored, count }`. Made of the same seed, they are the same calls when it is asked again on the same day.
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
