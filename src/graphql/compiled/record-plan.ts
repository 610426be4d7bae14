import { requireRead } from '../../auth/caller.js';
import { argumentsReader, pay, type Plan, type Root } from './plan.js';
import { ListsWithin } from './lists-within.js';
import { recordWriter } from './record-writer.js';

/** Plans `callRecord(id)`; answers like `CallRecordResolver`. */
export function recordPlan(root: Root): Plan {
  const within = new ListsWithin(root.scope);
  const { shape } = within;
  const write = recordWriter(root.scope, root.selected, shape);
  const readArguments = argumentsReader<{ id: string }>(root);
  return (request) => {
    const id = readArguments(request).id.toLowerCase();
    const { caller, store } = request.context;
    shape.requireReach(request, 1);
    const fill = within.prepare(request);
    return async () => {
      requireRead(caller);
      await pay(request, 1);
      const cache = shape.cacheFor(request, root.scope.cache);
      const row = (await store.findTexts([id], caller.visibleTo, shape.columns, cache.has)).get(id);
      return row ? fill(write({ row, cache, sessions: await shape.readSessions(request, [row]) }), 0) : 'null';
    };
  };
}
