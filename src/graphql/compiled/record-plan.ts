import { requireRead } from '../../auth/caller.js';
import { BEFORE } from '../../store/texts.js';
import { argumentsReader, type Plan, type Root } from './plan.js';
import { ColumnSet, recordWriter } from './record-writer.js';
import { KnownTexts } from './written-texts.js';

/** `callRecord(id)`, as `CallRecordResolver` answers it. */
export function recordPlan(root: Root): Plan {
  const columns = new ColumnSet(BEFORE.found);
  const write = recordWriter(root.scope, root.selected, columns);
  const readArguments = argumentsReader<{ id: string }>(root);
  return (request) => {
    const id = readArguments(request).id.toLowerCase();
    const { caller, spend, store } = request.context;
    return async () => {
      requireRead(caller);
      await spend(1);
      const known = new KnownTexts(columns.written);
      const row = (await store.findTexts([id], caller.visibleTo, columns.columns, known.isKnown)).get(id);
      return row ? write({ row, known }) : 'null';
    };
  };
}
