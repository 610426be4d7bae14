/**
 * Some of a URL's characters may be percent-encoded or not, and an escape may have either case (RFC 3986, 6.2.2.1).
 * Encoders agree by groups of characters: the reserved ones, the ones that some encoders leave, and all others.
 */
type Group = 'reserved' | 'lenient' | 'other';

/** These characters separate parts of the URL; encoded, they are text. The two forms are not equivalent. */
const STRUCTURE = /[/?#&=+%]/;
const UNRESERVED = /[\w.~-]/;
const RESERVED = /[:@,;!$'()*[\]]/;
const LENIENT = /[{}|\\^`]/;

/** The groups that each encoder encodes. */
const ENCODINGS: ReadonlySet<Group>[] = [
  // .NET and `encodeURIComponent`
  new Set(['reserved', 'lenient', 'other']),
  // `encodeURI`
  new Set(['lenient', 'other']),
  // `URL`, and the links that calendars show
  new Set(['other']),
  new Set(['reserved', 'other']),
  // links in calendars, as `decodeURI` leaves them
  new Set(['reserved']),
  // a URL that stood unencoded in another one, and was decoded with it
  new Set([]),
];

const PARTS = /^([a-z][a-z\d+.-]*:\/\/[^/?#]*)([^?]*)(.*)$/is;

/**
 * The URL as given, and as common encoders write it; the path and the rest may be encoded in different ways. A link of
 * a Teams meeting has some 20 spellings, and 73 at most. Text that is no URL has one.
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

/** A piece of a URL, plain and encoded. A piece without a group always keeps its form. */
interface Piece {
  group: Group | 'never' | 'always';
  plain: string;
  encoded: string;
}

/** Matches characters that all encoders leave, in one piece; escapes; and any other character. */
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

/** The piece of one character, or of a run that all encoders leave. */
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
