/** A check of a text's characters: a message of the rule `characters`, or null if they are fine. */
export type CharactersCheck = (text: string) => string | null;

/**
 * For names, ids and keys, which every database must return unchanged. SQL text cannot hold a NUL. A lone surrogate is
 * not Unicode text: it would be replaced, and two keys could become one.
 */
export const checkCharacters: CharactersCheck = (text) =>
  isStorable(text) ? null : 'Must be Unicode text without NUL.';

/** For URLs and members of enumerations. They have no control characters, which separate rows that are read as text. */
export const checkWordCharacters: CharactersCheck = (text) =>
  isStorable(text) && !CONTROL.test(text) ? null : 'Must be Unicode text without control characters.';

/** Whether a database can store a text unchanged. Any other text cannot be found in one. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text);
}

/** Everything before the space: U+0000 to U+001F. */
const CONTROL = /[^ -\uFFFF]/;
