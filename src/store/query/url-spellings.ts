/**
 * Percent-encoding leaves some of a URL's characters to whoever writes it, and the case of every escape (RFC 3986,
 * 6.2.2.1). Encoders agree by groups of characters: those of URLs themselves, those that some leave, and all others.
 */
type Group = 'reserved' | 'lenient' | 'other';

/** Encoded they are text, else they part the URL: one does not stand for the other. */
const STRUCTURE = /[/?#&=+%]/;
const UNRESERVED = /[\w.~-]/;
const RESERVED = /[:@,;!$'()*[\]]/;
const LENIENT = /[{}|\\^`]/;

/** What is encoded, and by whom. */
const ENCODINGS: ReadonlySet<Group>[] = [
  // .NET and `encodeURIComponent`
  new Set(['reserved', 'lenient', 'other']),
  // `encodeURI`
  new Set(['lenient', 'other']),
  // `URL`, and the same of what calendars show
  new Set(['other']),
  new Set(['reserved', 'other']),
  // calendars, as `decodeURI` leaves it
  new Set(['reserved']),
  // a URL that stood in another one as it was, and was decoded with it
  new Set([]),
];

const PARTS = /^([a-z][a-z\d+.-]*:\/\/[^/?#]*)([^?]*)(.*)$/is;

/**
 * The URL as it is given, and as the encoders of this world write it, its path and what follows each in their own way: some
 * 20 texts for a link of a Teams meeting, 73 at most. What is no URL has one spelling.
 */
export function spellingsOf(url: string): string[] {
  const [, server, path, rest] = PARTS.exec(url) ?? [];
  if (server === undefined || path === undefined || rest === undefined) return [url];
  const parts = [piecesOf(path), piecesOf(rest)];
  const spellings = [false, true].flatMap((inUpperCase) => {
    const [paths, rests] = parts.map((part) => variantsOf(part, inUpperCase)) as [string[], string[]];
    return paths.flatMap((one) => rests.map((other) => `${server}${one}${other}`));
  });
  return [...new Set([url, ...spellings])];
}

/** A piece of a URL: as it is, and encoded; always the one or the other where it has no group. */
interface Piece {
  group: Group | 'never' | 'always';
  plain: string;
  encoded: string;
}

/** What all leave as it is, in one piece; escapes; anything else. */
const PIECES = /[\w.~\-/?#&=+]+|(?:%[\da-f]{2})+|[^]/giu;

function piecesOf(part: string): Piece[] {
  return (part.match(PIECES) ?? []).flatMap((piece) => {
    if (!piece.startsWith('%') || piece.length < 3) return [pieceOf(piece, false)];
    const decoded = decode(piece);
    return decoded === null ? [pieceOf(piece, false)] : [...decoded].map((character) => pieceOf(character, true));
  });
}

/** Null for escapes that are no UTF-8: they stay as they are. */
function decode(escapes: string): string | null {
  try {
    return decodeURIComponent(escapes);
  } catch {
    return null;
  }
}

/** Of a character, or of what all leave as it is. */
function pieceOf(plain: string, isEscaped: boolean): Piece {
  const group = groupOf(plain, isEscaped);
  const encoded = group === 'never' ? plain : Buffer.from(plain).toString('hex').replace(/../g, '%$&');
  return { group, plain, encoded };
}

function groupOf(character: string, isEscaped: boolean): Piece['group'] {
  if (STRUCTURE.test(character)) return isEscaped ? 'always' : 'never';
  if (UNRESERVED.test(character)) return 'never';
  if (RESERVED.test(character)) return 'reserved';
  return LENIENT.test(character) ? 'lenient' : 'other';
}

function variantsOf(pieces: readonly Piece[], inUpperCase: boolean): string[] {
  const written = pieces.map(({ group, plain, encoded }) => ({
    ...{ group, plain },
    encoded: inUpperCase && group !== 'never' ? encoded.toUpperCase() : encoded,
  }));
  const variants = ENCODINGS.map((groups) =>
    written
      .map(({ group, plain, encoded }) => (group === 'always' || groups.has(group as Group) ? encoded : plain))
      .join(''),
  );
  return [...new Set(variants)];
}
