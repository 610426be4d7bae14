import type { FormattedExecutionResult } from 'graphql';
import { type ByteText, fromByteText } from '../../platform/byte-text.js';
import { stringifyInPieces } from '../stringify-in-pieces.js';
import type { Written } from './plan.js';

/** Data of an answer that is JSON already. */
export class JsonText {
  constructor(
    readonly text: Written,
    /** Whether the sender of the answer takes a {@link ByteAnswer}, too. */
    readonly asBytes: boolean,
  ) {}

  /** For code that looks into the answer, such as a plugin. */
  toJSON(): unknown {
    return JSON.parse(typeof this.text === 'string' ? fromByteText(this.text) : Buffer.concat(this.text).toString());
  }
}

/** A whole answer in which each character is one byte to send. */
export class ByteAnswer {
  constructor(readonly text: ByteText) {}

  toString(): string {
    return fromByteText(this.text);
  }
}

/** The text of a whole answer as Apollo passes it on, whatever its type says. */
export type AnswerText = string | ByteAnswer | Buffer;

/** An answer as Apollo writes it. Data that is text already is copied unchanged; a large answer comes as bytes. */
export function stringifyResult(result: FormattedExecutionResult): string | Promise<string> {
  const data: unknown = result.data;
  if (!(data instanceof JsonText)) return stringifyInPieces(result) as string | Promise<never>;
  if (result.errors !== undefined || result.extensions !== undefined) return `${JSON.stringify(result)}\n`;
  return toAnswer(data);
}

/**
 * A whole answer that is only data. Apollo passes the result on. In spite of the type it is bytes if the sender takes
 * them.
 */
export function toAnswer({ text: data, asBytes }: JsonText): string {
  if (typeof data !== 'string')
    return Buffer.concat([Buffer.from('{"data":'), ...data, Buffer.from('}\n')]) as unknown as string;
  const text = `{"data":${data}}\n`;
  return asBytes ? (new ByteAnswer(text) as unknown as string) : fromByteText(text);
}
