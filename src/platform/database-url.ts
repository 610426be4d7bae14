/** Whether a text names a database of either engine. */
export function isDatabaseUrl(text: string): boolean {
  return /^file:./.test(text) || (/^postgres(ql)?:\/\/./.test(text) && URL.canParse(text) && !splitsPassword(text));
}

/**
 * Whether an unescaped `/` or `#` in a password ends the address too early, so that the rest would be taken for the
 * database.
 */
function splitsPassword(text: string): boolean {
  const { pathname, hash } = new URL(text);
  return pathname.includes('@') || hash.includes('@');
}

/** The file that `file:path` or `file:///path` names; null for any other database. */
export function databasePath(databaseUrl: string): string | null {
  return databaseUrl.startsWith('file:') ? databaseUrl.replace(/^file:(\/\/(?=\/))?/, '') : null;
}

/**
 * A text that may be printed: the user and password of URLs are removed. They end at the last `@`, because a password
 * may be what makes a URL invalid.
 */
export function withoutPasswords(text: string): string {
  return text.replace(/\/\/.*@/s, '//…@').replace(/(?<=[?&]password=)[^&\s']+/g, '…');
}
