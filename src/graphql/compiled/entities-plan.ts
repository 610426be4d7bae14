import { locatedError } from 'graphql';
import { requireRead } from '../../auth/caller.js';
import { pageCost } from '../../domain/cost.js';
import { asNotCompiled, NotCompiled } from './not-compiled.js';
import { argumentsReader, pay, type Plan, PlanFailure, type Root } from './plan.js';
import { ReadShape, recordWriter } from './record-writer.js';

/** Plans `_entities` of call records; answers like the reference resolvers, which get all other references. */
export function entitiesPlan(root: Root): Plan {
  const shape = new ReadShape();
  const write = recordWriter(root.scope, root.selected, shape);
  const readArguments = argumentsReader<{ representations: unknown[] }>(root);
  const { nodes, key } = root.selected;
  return (request) => {
    const { representations } = readArguments(request);
    const ids = representations.map(idOf);
    shape.requireReach(request, ids.length);
    const find = async () => {
      const { caller, store } = request.context;
      requireRead(caller);
      // Different representations only: equal ones are one reference.
      await pay(request, pageCost(new Set(representations.map((one) => JSON.stringify(one))).size));
      const cache = shape.cacheFor(request, root.scope.cache);
      const rows = await store.findTexts(ids, caller.visibleTo, shape.columns, cache.has);
      const sessions = await shape.readSessions(request, rows.values());
      return ids.map((id) => {
        const row = rows.get(id);
        return row ? write({ row, cache, sessions }) : 'null';
      });
    };
    return async () => {
      try {
        return `[${ids.length === 0 ? '' : (await find()).join()}]`;
      } catch (error) {
        if (asNotCompiled(error)) throw error;
        // The error is repeated at the place of each entity.
        const errors = ids.map((_, place) => locatedError(error, nodes, [key, place]));
        throw new PlanFailure(
          errors,
          ids.map(() => null),
        );
      }
    };
  };
}

function idOf(reference: unknown): string {
  const { __typename: type, id } = reference as { __typename?: unknown; id?: unknown };
  if (type !== 'CallRecord' || typeof id !== 'string') throw new NotCompiled('another reference');
  return id.toLowerCase();
}
