import type { FormattedExecutionResult } from 'graphql';
import { type ByteText, fromByteText } from '../../domain/byte-text.js';

/** Data of an answer that is JSON text already. */
export class JsonText {
  constructor(
    readonly text: ByteText,
    /** Whether whoever sends the answer takes a {@link ByteAnswer}, too. */
    readonly asBytes: boolean,
  ) {}

  /** For whoever looks into the answer, as a plugin may. */
  toJSON(): unknown {
    return JSON.parse(fromByteText(this.text));
  }
}

/** A whole answer of which each character is one byte to send. */
export class ByteAnswer {
  constructor(readonly text: ByteText) {}

  toString(): string {
    return fromByteText(this.text);
  }
}

/**
 * An answer as Apollo writes it, with data that is text already as it is. Apollo hands on what this gives: bytes, in
 * spite of the type, to a sender that said it takes them.
 */
export function stringifyResult(result: FormattedExecutionResult): string {
  const data: unknown = result.data;
  if (!(data instanceof JsonText) || result.errors !== undefined || result.extensions !== undefined)
    return `${JSON.stringify(result)}\n`;
  const text = `{"data":${data.text}}\n`;
  return data.asBytes ? (new ByteAnswer(text) as unknown as string) : fromByteText(text);
}
