/** Whether a text names a database of either engine. */
export function isDatabaseUrl(text: string): boolean {
  return /^file:./.test(text) || (/^postgres(ql)?:\/\/./.test(text) && URL.canParse(text) && !splitsPassword(text));
}

/** Whether what reads as the end of the address is a `/` or `#` in a password, whose rest would be taken for the database. */
function splitsPassword(text: string): boolean {
  const { pathname, hash } = new URL(text);
  return pathname.includes('@') || hash.includes('@');
}

/** The file that `file:path` or `file:///path` names; null for a database that is no file. */
export function databasePath(databaseUrl: string): string | null {
  return databaseUrl.startsWith('file:') ? databaseUrl.replace(/^file:(\/\/(?=\/))?/, '') : null;
}

/**
 * A text as it may be printed: who logs in stands in a URL together with the password. Up to the last `@`, as what is
 * wrong with a URL may be its password.
 */
export function withoutPasswords(text: string): string {
  return text.replace(/\/\/.*@/s, '//…@').replace(/(?<=[?&]password=)[^&\s']+/g, '…');
}
