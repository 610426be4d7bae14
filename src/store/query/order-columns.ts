import { type RawBuilder, sql } from 'kysely';
import { CallRecordOrderField } from '../../domain/filter.js';

/** The column behind each order; with the id it is unique, and an index. */
export const COLUMNS = {
  [CallRecordOrderField.START_DATE_TIME]: 'start_date_time',
  [CallRecordOrderField.END_DATE_TIME]: 'end_date_time',
  [CallRecordOrderField.LAST_MODIFIED_DATE_TIME]: 'last_modified_date_time',
  [CallRecordOrderField.DURATION]: 'duration_ticks',
} as const;

export const ORDER_FIELDS: readonly CallRecordOrderField[] = Object.values(CallRecordOrderField);

/** The column of `call_records as r` as the expression that its index knows. */
export function indexedColumn(field: CallRecordOrderField): RawBuilder<string> {
  return sql.ref(`r.${COLUMNS[field]}`);
}

/** The same value as an expression that no index knows: a plan can neither start from it nor read along it. */
export function plainColumn(field: CallRecordOrderField): RawBuilder<string> {
  const column = indexedColumn(field);
  return field === CallRecordOrderField.DURATION ? sql`(${column} + 0)` : sql`(${column} || '')`;
}

/** Which index gives the rows in order: the order's own, the person's; none if they are gathered and sorted. */
export type Along = 'order' | 'person' | 'none';
