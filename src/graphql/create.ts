import { requireWrite } from '../auth/caller.js';
import type { CreateCallRecordInput } from '../domain/call-record.js';
import { checkCreateInput, checkIdempotencyKey } from '../domain/create-input.js';
import { badUserInput } from '../domain/errors.js';
import type { RecordRow } from '../store/rows/row-mapping.js';
import type { GraphQLContext } from './context.js';

export interface CreateArguments {
  input: CreateCallRecordInput;
  idempotencyKey?: string | null;
}

/** Runs `createCallRecord` up to the stored row. Its input was checked against the schema's types only. */
export async function createRow(
  { input, idempotencyKey = null }: CreateArguments,
  context: GraphQLContext,
): Promise<RecordRow> {
  requireWrite(context.caller);
  await context.spend(1);
  const violations = [
    ...checkCreateInput(input, ['input']),
    ...checkIdempotencyKey(idempotencyKey, ['idempotencyKey']),
  ];
  if (violations.length > 0) throw badUserInput(violations);
  return context.create(input, { caller: context.caller.subject, idempotencyKey });
}
