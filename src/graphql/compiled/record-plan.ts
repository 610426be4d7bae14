import { requireRead } from '../../auth/caller.js';
import { argumentsReader, type Plan, type Root } from './plan.js';
import { ReadShape, recordWriter } from './record-writer.js';

/** `callRecord(id)`, as `CallRecordResolver` answers it. */
export function recordPlan(root: Root): Plan {
  const shape = new ReadShape();
  const write = recordWriter(root.scope, root.selected, shape);
  const readArguments = argumentsReader<{ id: string }>(root);
  return (request) => {
    const id = readArguments(request).id.toLowerCase();
    const { caller, spend, store } = request.context;
    shape.requireReach(request, 1);
    return async () => {
      requireRead(caller);
      await spend(1);
      const cache = shape.cacheFor(request, root.scope.cache);
      const row = (await store.findTexts([id], caller.visibleTo, shape.columns, cache.has)).get(id);
      return row ? write({ row, cache, sessions: await shape.readSessions(request, [row]) }) : 'null';
    };
  };
}
