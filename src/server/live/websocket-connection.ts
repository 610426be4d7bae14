import type { IncomingMessage } from 'node:http';
import { setMaxListeners } from 'node:events';
import type { Writable } from 'node:stream';
import { WebSocket } from 'ws';
import type { Caller } from '../../auth/caller.js';
import { MAX_JSON_DEPTH } from '../../domain/limits.js';
import { parseJson } from '../../platform/json.js';
import type { LiveClient, LiveOperation } from './live-operation.js';

const BAD_REQUEST = 4400;
const DOES_NOT_READ = 4408;
const INTERNAL_ERROR = 4500;

/** A message of `graphql-transport-ws`. */
interface Message {
  type?: unknown;
  id?: unknown;
  payload?: unknown;
}

/** One WebSocket: its caller, the operations sent on it, and those that run. */
export class WebSocketConnection {
  caller: Caller | null = null;
  readonly id: string;
  readonly authorization: string | undefined;
  private readonly answer: Writable;
  /** The operations that were sent, by id, with every digit of their numbers. */
  private readonly sent = new Map<string, unknown>();
  private readonly running = new Map<string, LiveOperation>();

  constructor(
    private readonly socket: WebSocket,
    { request, id }: { request: IncomingMessage; id: string },
    readonly close: (code: number, reason: string) => void,
  ) {
    this.id = id;
    this.authorization = request.headers.authorization;
    this.answer = request.socket;
    // Each running operation adds a listener.
    setMaxListeners(0, this.answer);
  }

  /** The client that operations run for. The caller must be known. */
  client(): LiveClient {
    return { caller: this.caller as Caller, answer: this.answer, transport: 'websocket', requestId: this.id };
  }

  /**
   * Sends a message; resolves when it has been written. The connection of a client that does not read in time is
   * closed.
   */
  send(text: string, readsWithinMs: number): Promise<void> {
    const { socket } = this;
    if (socket.readyState !== WebSocket.OPEN) return Promise.resolve();
    const sent = new Promise<void>((resolve, reject) => {
      socket.send(text, (error) => {
        clearTimeout(late);
        if (error) reject(error);
        else resolve();
      });
    });
    // Usually the system has taken it by now. The timer is for clients that fall behind.
    const late =
      socket.bufferedAmount > 0
        ? setTimeout(() => this.close(DOES_NOT_READ, 'What is sent is not read'), readsWithinMs)
        : undefined;
    return sent;
  }

  /** Passes on each message that is JSON; `failed` gets the errors of handling one. */
  onMessage(take: (text: string) => Promise<void>, failed: (error: unknown) => void): void {
    this.socket.on('message', (data: Buffer) => {
      const text = data.toString();
      try {
        const { type, id, payload } = (parseJson(text, MAX_JSON_DEPTH) ?? {}) as Message;
        if (type === 'subscribe' && typeof id === 'string') this.sent.set(id, payload);
      } catch {
        this.close(BAD_REQUEST, 'Invalid message received');
        return;
      }
      take(text).catch((error: unknown) => {
        failed(error);
        this.close(INTERNAL_ERROR, 'Internal server error');
      });
    });
  }

  /** Takes the operation that was sent under an id out of the list. */
  take(id: string): unknown {
    const sent = this.sent.get(id);
    this.sent.delete(id);
    return sent;
  }

  begun(id: string, operation: LiveOperation): void {
    this.running.set(id, operation);
  }

  ended(id: string): void {
    this.running.get(id)?.end();
    this.running.delete(id);
  }

  onClose(undo: () => void): void {
    if (this.socket.readyState === WebSocket.CLOSED) undo();
    else this.socket.once('close', undo);
  }

  /** Pings the client from time to time, and cuts off one that does not respond; returns a function that stops this. */
  keepAlive(everyMs: number): () => void {
    const { socket } = this;
    let isThere = true;
    socket.on('pong', () => {
      isThere = true;
    });
    const timer = setInterval(() => {
      if (!isThere) return socket.terminate();
      isThere = false;
      if (socket.readyState === WebSocket.OPEN) socket.ping();
    }, everyMs);
    return () => clearInterval(timer);
  }
}
