import { type ByteText, toByteText } from '../../platform/byte-text.js';
import type { Column, RecordRow } from '../../store/rows/row-mapping.js';
import { type CreateArguments, createRow } from '../create.js';
import { NotCompiled } from './not-compiled.js';
import { argumentsReader, type Plan, type Root } from './plan.js';
import { ReadShape, valuesWriter } from './record-writer.js';
import { ReadSessions } from './sessions-writer.js';

/** Plans `createCallRecord`; answers like `CallRecordResolver`, from the written row without reading it back. */
export function createPlan(root: Root): Plan {
  const shape = new ReadShape();
  const write = valuesWriter(root.scope, root.selected, shape);
  // A replay answers with the present record, which may have sessions.
  if (shape.sessions.length > 0) throw new NotCompiled('sessions of a record that is created');
  const readArguments = argumentsReader<CreateArguments>(root);
  return (request) => {
    const args = readArguments(request);
    return async () => {
      const row = await createRow(args, request.context);
      const values = shape.columns.map((column) => textOf(row, column));
      try {
        return write({ id: row.id, values, sessions: ReadSessions.none });
      } catch (error) {
        // On a replay, the people may have been written by another program.
        throw error instanceof NotCompiled ? new NotCompiled(error.reason, row) : error;
      }
    };
  };
}

function textOf(row: RecordRow, column: Column): ByteText | null {
  const value = row[column] ?? null;
  return value === null ? null : toByteText(String(value));
}
