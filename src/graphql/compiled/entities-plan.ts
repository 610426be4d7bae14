import { requireRead } from '../../auth/caller.js';
import { pageCost } from '../../domain/cost.js';
import { NotCompiled } from './not-compiled.js';
import { argumentsReader, type Plan, type Root } from './plan.js';
import { ReadShape, recordWriter } from './record-writer.js';

/** `_entities` of call records, as the reference resolvers answer it; other references are left to them. */
export function entitiesPlan(root: Root): Plan {
  const shape = new ReadShape();
  const write = recordWriter(root.scope, root.selected, shape);
  const readArguments = argumentsReader<{ representations: unknown[] }>(root);
  return async (request) => {
    const { caller, limits, store } = request.context;
    requireRead(caller);
    const { representations } = readArguments(request);
    const ids = representations.map(idOf);
    if (ids.length > limits.maxRecords) throw new NotCompiled('more records than one operation may reach');
    // As many as are different: the same ones are one reference.
    const different = new Set(representations.map((one) => JSON.stringify(one))).size;
    if (different > 0) await request.context.spend(pageCost(different));
    const cache = shape.answerCache(root.scope.cache, caller);
    const rows = ids.length === 0 ? null : await store.findTexts(ids, caller.visibleTo, shape.columns, cache.has);
    const texts = ids.map((id) => {
      const row = rows?.get(id);
      return row ? write({ row, cache }) : 'null';
    });
    return `[${texts.join()}]`;
  };
}

function idOf(reference: unknown): string {
  const { __typename: type, id } = reference as { __typename?: unknown; id?: unknown };
  if (type !== 'CallRecord' || typeof id !== 'string') throw new NotCompiled('another reference');
  return id.toLowerCase();
}
