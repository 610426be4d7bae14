import type { IncomingMessage, ServerResponse } from 'node:http';
import { HttpError } from '../domain/errors.js';
import { type AnswerText, ByteAnswer } from '../graphql/compiled/json-text.js';
import { REQUEST_TIMEOUT } from './broken-requests.js';
import { codingFor, compress } from './compression.js';

/** A response, to be sent through Node's own `ServerResponse`. */
export interface Answer {
  status: number;
  headers: Iterable<[string, string]>;
  body: AnswerText;
}

/** What all responses of a door have in common. */
export interface Sending {
  /** Sent with each response, as Fastify's hooks do. */
  headers: Record<string, string>;
  /** Whether responses are compressed for clients that accept it. */
  compresses: boolean;
  /** Whether the server shuts down, so that the connection ends with the response. */
  isClosing: () => boolean;
}

/** The bytes of a body, or an error if it is refused; null if the client went away. */
export function readBody(request: IncomingMessage): Promise<Buffer | HttpError | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    request.on('error', (error) => resolve(error instanceof HttpError ? error : null));
    request.on('close', () => resolve(null));
  });
}

/**
 * The body and its encoding: the text of a `ByteAnswer` has one character for each byte, other text is sent as UTF-8.
 */
function bytesOf(body: Answer['body']): [bytes: string | Buffer, encoding: 'latin1' | 'utf8'] {
  return body instanceof ByteAnswer ? [body.text, 'latin1'] : [body, 'utf8'];
}

/**
 * The response in the content coding that its client accepts. A client without `Accept-Encoding` costs nothing here.
 */
export async function compressed(answer: Answer, sending: Sending, { headers }: IncomingMessage): Promise<Answer> {
  const accepted = headers['accept-encoding'];
  if (accepted === undefined || !sending.compresses) return answer;
  const [text, encoding] = bytesOf(answer.body);
  const coding = codingFor(accepted, Buffer.byteLength(text, encoding));
  if (coding === null) return answer;
  const body = await compress(Buffer.from(text as string, encoding), coding);
  return { ...answer, headers: [...answer.headers, ['content-encoding', coding]], body };
}

/** Sends a response; resolves when it has been handed to the socket. */
export function send(
  response: ServerResponse,
  sending: Sending,
  id: string,
  { status, headers, body }: Answer,
): Promise<void> {
  const [text, encoding] = bytesOf(body);
  if (sending.isClosing() || status === REQUEST_TIMEOUT) response.setHeader('connection', 'close');
  response.writeHead(status, {
    'request-id': id,
    ...sending.headers,
    ...Object.fromEntries(headers),
    'content-length': Buffer.byteLength(text, encoding),
  });
  // Written as text and ended in the next tick: Node then sends head and body in one chunk, without an empty one after
  // it.
  response.write(text, encoding);
  return new Promise((resolve) =>
    process.nextTick(() => {
      response.end();
      resolve();
    }),
  );
}
