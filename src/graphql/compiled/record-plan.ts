import { requireRead } from '../../auth/caller.js';
import { argumentsOf, type Plan, type Root } from './plan.js';
import { ColumnSet, recordWriter } from './record-writer.js';

/** `callRecord(id)`, as `CallRecordResolver` answers it. */
export function recordPlan(root: Root): Plan {
  const columns = new ColumnSet(1);
  const write = recordWriter(root.scope, root.selected, columns);
  return async (request) => {
    const { caller, store } = request.context;
    requireRead(caller);
    const id = argumentsOf<{ id: string }>(root, request).id.toLowerCase();
    await request.context.spend(1);
    const row = (await store.findTexts([id], caller.visibleTo, columns.columns)).get(id);
    return row ? write(row) : 'null';
  };
}
