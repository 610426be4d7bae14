import 'reflect-metadata';
import { Directive, Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { CallRecord } from './call-record.js';
import { badUserInput } from './errors.js';

/** The kind of a change, as the caller sees it. */
export enum ChangeKind {
  CREATED = 'CREATED',
  UPDATED = 'UPDATED',
  DELETED = 'DELETED',
  CHECKPOINT = 'CHECKPOINT',
}
registerEnumType(ChangeKind, {
  name: 'ChangeKind',
  description:
    'What a change of a record is to the caller. Keep what CREATED and UPDATED bring in the same way: in the place of what you have of that id.',
  valuesConfig: {
    CREATED: { description: 'The record is new, or came into what the caller sees: its people or the filter.' },
    UPDATED: { description: 'The record is another than before.' },
    DELETED: { description: 'The record is gone, or left what the caller sees. You may not have had it.' },
    CHECKPOINT: { description: 'Nothing changed: here is a cursor to go on from.' },
  },
});

@ObjectType('CallRecordChange', {
  description: 'A change of a record. Whoever passes the cursor of the last one received misses nothing.',
  simpleResolvers: true,
})
export class CallRecordChange {
  @Field(() => ChangeKind, { description: 'What it is to the caller.' })
  kind!: ChangeKind;

  @Field(() => String, { description: 'Opaque; for `after`, at any server of the database and on each transport.' })
  cursor!: string;

  @Field(() => ID, { nullable: true, description: 'Which record; null of a CHECKPOINT.' })
  callRecordId!: string | null;

  @Field(() => CallRecord, {
    nullable: true,
    description: 'The record in its present state; null of a CHECKPOINT, and where it is DELETED.',
  })
  callRecord!: CallRecord | null;
}

/** Changes of a page without `first`. */
export const DEFAULT_CHANGES = 100;

@ObjectType('CallRecordChangePage', { description: 'Some changes, in their order.', simpleResolvers: true })
export class CallRecordChangePage {
  @Field(() => [CallRecordChange], {
    description: 'The changes. There may be none, and more to come, where the caller sees little of what changed.',
  })
  @Directive(`@listSize(assumedSize: ${DEFAULT_CHANGES})`)
  changes!: CallRecordChange[];

  @Field(() => String, { description: 'Opaque; for `after` of the next page, also where this one is empty.' })
  endCursor!: string;

  @Field(() => Boolean, { description: 'Whether there is more already.' })
  hasMore!: boolean;
}

const MARK = 'C';

/** The cursor of a change: whoever has it knows all changes up to this number. */
export function formatChangeCursor(sequence: bigint): string {
  return Buffer.from(`${MARK}|${sequence}`).toString('base64url');
}

/** The number in a cursor. Throws BAD_USER_INPUT for any other text. */
export function parseChangeCursor(cursor: string): bigint {
  const [, digits] = /^C\|(\d{1,18})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
  // Decoding base64 ignores characters that do not belong to it. Only the exact text that we would write is a cursor.
  if (digits !== undefined && formatChangeCursor(BigInt(digits)) === cursor) return BigInt(digits);
  const message = 'This is not a cursor of changes; pass on the cursor of a change, or an endCursor, as it came.';
  throw badUserInput([{ path: ['after'], rule: 'cursor', message }]);
}
