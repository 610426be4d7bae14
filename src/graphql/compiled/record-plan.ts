import { requireRead } from '../../auth/caller.js';
import { argumentsReader, type Plan, type Root } from './plan.js';
import { ReadShape, recordWriter } from './record-writer.js';

/** `callRecord(id)`, as `CallRecordResolver` answers it. */
export function recordPlan(root: Root): Plan {
  const shape = new ReadShape();
  const write = recordWriter(root.scope, root.selected, shape);
  const readArguments = argumentsReader<{ id: string }>(root);
  return async (request) => {
    const { caller, store } = request.context;
    requireRead(caller);
    const id = readArguments(request).id.toLowerCase();
    await request.context.spend(1);
    const cache = shape.answerCache(root.scope.cache, caller);
    const row = (await store.findTexts([id], caller.visibleTo, shape.columns, cache.has)).get(id);
    return row ? write({ row, cache }) : 'null';
  };
}
