import { readGraphRecord } from '../../src/domain/graph-payload.js';
import { type Answer, createInput, type TestServer } from './harness.js';

/** The one error of an answer that has one: its code, and the rule broken at each path. */
export function problem(answer: Answer): { status: number; code: string; rules: Record<string, string> } {
  expect(answer.errors).toHaveLength(1);
  const { code, violations = [] } = answer.errors?.[0]?.extensions as {
    code: string;
    violations?: { path: (string | number)[]; rule: string; message: string }[];
  };
  return {
    status: answer.status,
    code,
    rules: Object.fromEntries(violations.map(({ path, rule }) => [path.join('.'), rule])),
  };
}

/** The codes of all errors of an answer. */
export function codes(answer: Answer): string[] {
  return (answer.errors ?? []).map(({ extensions }) => String(extensions.code));
}

/** The data of an answer without errors. */
export function dataOf(answer: Answer): NonNullable<Answer['data']> {
  expect(answer.errors).toBeUndefined();
  expect(answer.status).toBe(200);
  return answer.data;
}

export async function totalCount(server: TestServer, filter: object | null = null): Promise<number> {
  const query = 'query ($filter: CallRecordFilter) { callRecords(first: 0, filter: $filter) { totalCount } }';
  return dataOf(await server.ask(query, { filter })).callRecords.totalCount as number;
}

/** A GUID that counts: record 7 is 00000000-0000-4000-8000-000000000007. */
export function guid(number: number, kind = 0): string {
  return `0000000${kind}-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

/** A record for import: number n starts n minutes after noon. */
export function importRecord(number: number, changes: object = {}): Record<string, unknown> {
  const start = Date.UTC(2026, 0, 15, 12, number);
  return createInput({
    id: guid(number),
    startDateTime: new Date(start).toISOString(),
    endDateTime: new Date(start + 60_000).toISOString(),
    lastModifiedDateTime: new Date(start + 120_000).toISOString(),
    ...changes,
  });
}

export const IMPORT = `mutation Import($records: [CallRecordImport!]!) {
  importCallRecords(records: $records) { created updated unchanged }
}`;

/** Imports records; gives the counts. */
export async function importAll(server: TestServer, records: object[]): Promise<object> {
  return dataOf(await server.ask(IMPORT, { records })).importCallRecords as object;
}

/** Deletes every record. */
export async function clear(server: TestServer): Promise<void> {
  for await (const { id } of server.store.documents()) await server.store.delete(id);
}

/** Stores payloads of Graph as `callrecords import` does: with members of enumerations that no schema knows. */
export async function storePayloads(server: TestServer, payloads: object[]): Promise<void> {
  await server.store.import(payloads.map(readGraphRecord));
}

/** What some work gives, and the SQL that runs meanwhile. */
export async function statementsOf<Result>(
  server: TestServer,
  work: () => Promise<Result>,
): Promise<{ result: Result; sql: string[] }> {
  const sql: string[] = [];
  const end = server.store.onStatement((event) => sql.push(event.sql));
  try {
    return { result: await work(), sql };
  } finally {
    end();
  }
}
