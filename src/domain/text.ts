/** What is wrong with the characters of a text, as a message of the rule `characters`; null if nothing is. */
export type CharactersCheck = (text: string) => string | null;

/**
 * Of names, ids and keys: they must come back from every database as they went in. SQL text cannot hold a NUL, and a lone
 * surrogate is no Unicode text, so it would be replaced and two keys could become one.
 */
export const checkCharacters: CharactersCheck = (text) =>
  isStorable(text) ? null : 'Must be Unicode text without NUL.';

/** Of URLs and of members of enumerations: neither has control characters, which rows read as text are separated by. */
export const checkWordCharacters: CharactersCheck = (text) =>
  isStorable(text) && !CONTROL.test(text) ? null : 'Must be Unicode text without control characters.';

/** Whether a text can stand in a database as it is; no other text is found in one. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text);
}

/** Whatever comes before the space: U+0000 to U+001F. */
const CONTROL = /[^ -\uFFFF]/;
