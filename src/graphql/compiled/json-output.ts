import type { ByteText } from '../../platform/byte-text.js';
import { KEPT_BYTES, type StoredJson } from './stored-json.js';

/** Text that is written often, as words of four bytes. Bytes written beyond its end are overwritten later. */
export class Piece {
  readonly words: Int32Array;
  readonly length: number;

  constructor(readonly text: ByteText) {
    this.length = text.length;
    const bytes = Buffer.alloc(4 * Math.ceil(text.length / 4));
    bytes.write(text, 0, 'latin1');
    this.words = Int32Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readInt32LE(4 * index));
  }
}

/** Longer texts are copied by a function of Node, which takes longer to call. */
const LONG = 100;

/** JSON text as it is written. */
export class JsonOutput {
  private bytes = Buffer.alloc(65_536);
  private view = new DataView(this.bytes.buffer);
  /** The written length. Lowering it takes back the bytes after it. */
  length = 0;

  piece({ words, length }: Piece): void {
    this.makeRoom(length);
    const { view } = this;
    let at = this.length;
    for (let index = 0; index < words.length; index++, at += 4) view.setInt32(at, words[index] as number, true);
    this.length += length;
  }

  /** Copies a part of stored JSON. */
  copy({ bytes, view: from }: StoredJson, start: number, end: number): void {
    const length = end - start;
    this.makeRoom(length);
    if (length > LONG) bytes.copy(this.bytes, this.length, start, end);
    else {
      const { view } = this;
      let at = this.length;
      for (let place = start; place < end; place += 4, at += 4) view.setInt32(at, from.getInt32(place, true), true);
    }
    this.length += length;
  }

  text(text: ByteText): void {
    this.makeRoom(text.length);
    this.length += this.bytes.write(text, this.length, 'latin1');
  }

  byte(code: number): void {
    this.makeRoom(1);
    this.bytes[this.length++] = code;
  }

  /** The text written from a position on. */
  since(start: number): ByteText {
    return this.bytes.toString('latin1', start, this.length);
  }

  /** Empties the output. */
  clear(): void {
    this.length = 0;
    if (this.bytes.length > KEPT_BYTES) this.grow(0);
  }

  /** Makes room for so many bytes, and for three more. */
  private makeRoom(length: number): void {
    if (this.length + length + 4 > this.bytes.length) this.grow(length);
  }

  private grow(length: number): void {
    const { bytes } = this;
    this.bytes = Buffer.alloc(Math.max(65_536, 2 * (this.length + length + 4)));
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
    bytes.copy(this.bytes, 0, 0, this.length);
  }
}
