/**
 * The code of a driver's error; empty if it has none. It does not use `instanceof Error`: SQLite's native driver keeps
 * one error class for the process, which may be from another realm.
 */
export function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
