/** Characters of a gram: a text that is no shorter is found by those of this length that stand in it. */
const LENGTH = 3;
/** More than these tell little more of a long text. */
const ASKED = 24;

/** The parts of a text by which it is found in an index of parts: those of three characters, or the whole shorter text. */
export function gramsOf(text: string): string[] {
  const characters = [...text];
  const grams = new Set([characters.slice(0, LENGTH).join('')]);
  for (let at = 1; at + LENGTH <= characters.length && grams.size < ASKED; at++)
    grams.add(characters.slice(at, at + LENGTH).join(''));
  return [...grams];
}

/** The question of FTS5 for all these parts; to what is shorter than a word it is the beginning of one. */
export function matchOf(text: string): string {
  return gramsOf(text)
    .map((gram) => wordOf(gram) + ([...gram].length < LENGTH ? '*' : ''))
    .join(' AND ');
}

/** The words by which FTS5 is to find the parts of a text: those of three characters, and its end. */
export function wordsOf(text: string): string {
  const codes = Array.from(text, codeOf);
  const words = new Set(codes.map((_, at) => codes.slice(at, at + LENGTH).join('')));
  return Array.from(words, toWord).join(' ');
}

/** A gram as letters and digits, whatever characters it has; the beginning of a gram is the beginning of its word. */
function wordOf(gram: string): string {
  return toWord(Array.from(gram, codeOf).join(''));
}

const toWord = (codes: string): string => `x${codes}`;

const ASCII = 128;
const ASCII_CODES = Array.from({ length: ASCII }, (_, code) => Buffer.of(code).toString('hex'));

/** The bytes of a character, in hexadecimal. */
function codeOf(character: string): string {
  return ASCII_CODES[character.charCodeAt(0)] ?? Buffer.from(character).toString('hex');
}
