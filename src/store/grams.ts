/** Characters of a gram: a text that is no shorter is found by those of this length that stand in it. */
const LENGTH = 3;
/** More than these tell little more of a long text. */
const ASKED = 24;

/** The parts of a text by which it is found in an index of parts: those of three characters, or the whole shorter text. */
export function gramsOf(text: string): string[] {
  const characters = [...text];
  if (characters.length <= LENGTH) return [text];
  const grams = new Set<string>();
  for (let at = 0; at + LENGTH <= characters.length && grams.size < ASKED; at++)
    grams.add(characters.slice(at, at + LENGTH).join(''));
  return [...grams];
}

/** A gram as a word of letters and digits, whatever characters it has. */
export function gramToken(gram: string): string {
  return `x${Buffer.from(gram).toString('hex')}`;
}

/** The words of all the parts, of one up to three characters, by which a text is to be found. */
export function tokensOf(text: string): string {
  const characters = [...text];
  const grams = new Set<string>();
  for (let at = 0; at < characters.length; at++) {
    for (let end = at + 1; end <= Math.min(at + LENGTH, characters.length); end++)
      grams.add(characters.slice(at, end).join(''));
  }
  return [...grams].map(gramToken).join(' ');
}
