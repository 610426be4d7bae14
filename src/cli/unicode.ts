import { StringDecoder } from 'node:string_decoder';

const LITTLE_ENDIAN_MARK = [0xff, 0xfe];
const BIG_ENDIAN_MARK = [0xfe, 0xff];
/** Not UTF-8: replaces half of a surrogate pair, which UTF-8 cannot hold. */
const MALFORMED = Buffer.of(0xff);
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * A stream converted to UTF-8. It may be UTF-16, as Windows PowerShell writes files. Its byte order mark shows that, or
 * a NUL among the first two bytes, as JSON begins with ASCII (RFC 4627, section 3). Malformed text stays malformed.
 */
export class Utf8Stream {
  /** The encoding that was found; known once the stream has begun. */
  encoding: 'UTF-8' | 'UTF-16' = 'UTF-8';

  constructor(private readonly source: AsyncIterable<Uint8Array>) {}

  async *chunks(): AsyncGenerator<Buffer> {
    let head = Buffer.alloc(0);
    let decoder: Utf16Decoder | null | undefined;
    for await (const chunk of this.source) {
      let bytes: Buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      if (decoder === undefined) {
        // A copy: a producer may reuse the memory of its chunks.
        bytes = head = Buffer.concat([head, bytes]);
        if (bytes.length < 2) continue;
        decoder = decoderFor(bytes);
        if (decoder) this.encoding = 'UTF-16';
      }
      yield decoder ? decoder.write(bytes) : bytes;
    }
    if (decoder === undefined) yield head;
    if (decoder) yield decoder.end();
  }
}

function decoderFor(bytes: Buffer): Utf16Decoder | null {
  const startsWith = (mark: number[]) => mark.every((byte, index) => bytes[index] === byte);
  if (startsWith(LITTLE_ENDIAN_MARK) || bytes[1] === 0) return new Utf16Decoder(false);
  if (startsWith(BIG_ENDIAN_MARK) || bytes[0] === 0) return new Utf16Decoder(true);
  return null;
}

class Utf16Decoder {
  private readonly decoder = new StringDecoder('utf16le');
  /** The first byte of a two-byte unit whose second byte has not come yet. */
  private half = Buffer.alloc(0);

  constructor(private readonly isBigEndian: boolean) {}

  write(chunk: Buffer): Buffer {
    // A copy, as its bytes are swapped in place.
    const bytes = Buffer.concat([this.half, chunk]);
    const whole = bytes.subarray(0, bytes.length - (bytes.length % 2));
    this.half = bytes.subarray(whole.length);
    return encode(this.decoder.write(this.isBigEndian ? whole.swap16() : whole));
  }

  end(): Buffer {
    return Buffer.concat([encode(this.decoder.end()), ...(this.half.length > 0 ? [MALFORMED] : [])]);
  }
}

function encode(text: string): Buffer {
  if (!LONE_SURROGATE.test(text)) return Buffer.from(text);
  const pieces = text
    .split(LONE_SURROGATE)
    .flatMap((piece, index) => [...(index > 0 ? [MALFORMED] : []), Buffer.from(piece)]);
  return Buffer.concat(pieces);
}
