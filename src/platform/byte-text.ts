/**
 * UTF-8 as a string in which each character is one byte. A string with a single character beyond Latin-1 takes twice
 * the memory. Byte text is faster to search and to concatenate, and is copied into a response unchanged. The syntax of
 * JSON looks the same in it.
 */
export type ByteText = string;

/** ASCII looks the same in both forms, and testing for it is faster than making a copy. */
const ASCII = /^[\0-\x7f]*$/;

export function toByteText(text: string): ByteText {
  return ASCII.test(text) ? text : Buffer.from(text).toString('latin1');
}

export function fromByteText(text: ByteText): string {
  return ASCII.test(text) ? text : Buffer.from(text, 'latin1').toString('utf8');
}

/**
 * A copy of the text that stands alone: a slice keeps the whole string in memory, and a concatenation keeps all its
 * parts.
 */
export function ownByteText(text: ByteText): ByteText {
  return Buffer.from(text, 'latin1').toString('latin1');
}
