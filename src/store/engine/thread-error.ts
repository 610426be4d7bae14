import { CallRecordsError, type ErrorCode } from '../../domain/errors.js';
import { codeOf } from '../../platform/error-code.js';

/** An error, as one thread sends it to another: a copy of an error loses its class and its code. */
export interface ThreadError {
  message: string;
  /** The code of the error, also of a driver's; empty if it has none. */
  code: string;
  /** Of an error that callers are told: with it the other thread makes a `CallRecordsError` again. */
  told?: { code: ErrorCode; retryAfterSeconds?: number };
}

export function toThreadError(error: unknown): ThreadError {
  const sent: ThreadError = { message: (error as Error).message, code: codeOf(error) };
  if (error instanceof CallRecordsError) sent.told = { code: error.code, retryAfterSeconds: error.retryAfterSeconds };
  return sent;
}

export function fromThreadError({ message, code, told }: ThreadError): Error {
  if (told) return new CallRecordsError(told.code, message, { retryAfterSeconds: told.retryAfterSeconds });
  return Object.assign(new Error(message), { code });
}
