/** The characters of a gram. A text of this length or longer is found by the grams in it. */
const LENGTH = 3;
/** The maximum number of grams to search for. More of them narrow the search for a long text very little. */
const ASKED = 24;

/** The parts by which an index of parts finds a text: its grams, or the whole text if it is shorter. */
export function gramsOf(text: string): string[] {
  const characters = [...text];
  const grams = new Set([characters.slice(0, LENGTH).join('')]);
  for (let at = 1; at + LENGTH <= characters.length && grams.size < ASKED; at++)
    grams.add(characters.slice(at, at + LENGTH).join(''));
  return [...grams];
}

/** The FTS5 query for all these parts. A part shorter than a gram matches as the beginning of a word. */
export function matchOf(text: string): string {
  return gramsOf(text)
    .map((gram) => wordOf(gram) + ([...gram].length < LENGTH ? '*' : ''))
    .join(' AND ');
}

/** The words by which FTS5 finds the parts of a text: its grams, and its end. */
export function wordsOf(text: string): string {
  const codes = Array.from(text, codeOf);
  const words = new Set(codes.map((_, at) => codes.slice(at, at + LENGTH).join('')));
  return Array.from(words, toWord).join(' ');
}

/**
 * A gram as a word of letters and digits, whatever characters it has. The beginning of a gram is the beginning of its
 * word.
 */
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
