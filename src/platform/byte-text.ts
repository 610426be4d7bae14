/**
 * UTF-8 as a text of which each character is one byte. A text with a single character beyond Latin-1 costs twice the
 * memory. Byte text is searched and put together faster, and is copied into an answer as it is. What JSON is made of
 * looks the same in it.
 */
export type ByteText = string;

/** Looks the same in both, and is found sooner than a copy is made. */
const ASCII = /^[\0-\x7f]*$/;

export function toByteText(text: string): ByteText {
  return ASCII.test(text) ? text : Buffer.from(text).toString('latin1');
}

export function fromByteText(text: ByteText): string {
  return ASCII.test(text) ? text : Buffer.from(text, 'latin1').toString('utf8');
}

/** The text by itself: a part of a text keeps the whole of it in memory, one put together keeps all of its parts. */
export function ownByteText(text: ByteText): ByteText {
  return Buffer.from(text, 'latin1').toString('latin1');
}
