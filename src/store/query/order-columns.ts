import { type RawBuilder, sql } from 'kysely';
import { CallRecordOrderField } from '../../domain/filter.js';

/** The column of each order. Together with the id it is unique, and indexed. */
export const COLUMNS = {
  [CallRecordOrderField.START_DATE_TIME]: 'start_date_time',
  [CallRecordOrderField.END_DATE_TIME]: 'end_date_time',
  [CallRecordOrderField.LAST_MODIFIED_DATE_TIME]: 'last_modified_date_time',
  [CallRecordOrderField.DURATION]: 'duration_ticks',
} as const;

export const ORDER_FIELDS: readonly CallRecordOrderField[] = Object.values(CallRecordOrderField);

/** The column of `call_records as r` as its index has it. */
export function indexedColumn(field: CallRecordOrderField): RawBuilder<string> {
  return sql.ref(`r.${COLUMNS[field]}`);
}

/** The same value as an expression without an index: no plan can start from it or read along it. */
export function plainColumn(field: CallRecordOrderField): RawBuilder<string> {
  const column = indexedColumn(field);
  return field === CallRecordOrderField.DURATION ? sql`(${column} + 0)` : sql`(${column} || '')`;
}

/** The index that gives rows in order: that of the order, or of the person; `none` if rows are gathered and sorted. */
export type Along = 'order' | 'person' | 'none';
