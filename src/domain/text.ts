/**
 * Whether a text comes back from the database as it went in: SQL text cannot hold a NUL, and a lone surrogate is no
 * Unicode text, so it would be replaced and two keys could become one.
 */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text);
}
