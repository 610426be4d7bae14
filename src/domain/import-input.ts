import type { CallRecordImport } from './call-record.js';
import { formatDateTime } from './date-time.js';
import type { CallRecordDocument, JsonObject } from './document.js';
import { badUserInput, ENOUGH_VIOLATIONS, gather, type Violation } from './errors.js';
import { readGraphRecord } from './graph-payload.js';

/**
 * The documents of records sent for import, read by the same rules as Graph's payloads. Throws `BAD_USER_INPUT` with
 * the violations of all records; their paths start with `root`.
 */
export function fromImport(
  records: readonly CallRecordImport[],
  root: readonly (string | number)[],
): CallRecordDocument[] {
  const violations: Violation[] = [];
  const documents = records.flatMap((record, index) => {
    if (violations.length >= ENOUGH_VIOLATIONS) return [];
    const document = gather(
      violations,
      () => readGraphRecord(toPayload(record)),
      ({ path, ...rest }) => ({ path: [...root, index, ...path], ...rest }),
    );
    return document ?? [];
  });
  if (violations.length > 0) throw badUserInput(violations);
  return documents;
}

function toPayload({ startDateTime, endDateTime, lastModifiedDateTime, ...rest }: CallRecordImport): JsonObject {
  return {
    ...rest,
    startDateTime: formatDateTime(startDateTime),
    endDateTime: formatDateTime(endDateTime),
    lastModifiedDateTime: lastModifiedDateTime == null ? null : formatDateTime(lastModifiedDateTime),
  };
}
