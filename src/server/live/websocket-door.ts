import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ExecutionArgs, type ExecutionResult, GraphQLError } from 'graphql';
import { type Context, handleProtocols, makeServer, type Server } from 'graphql-ws';
import { WebSocket, WebSocketServer } from 'ws';
import { CallRecordsError } from '../../domain/errors.js';
import type { PreparedOperation } from '../../graphql/core/prepare.js';
import { type LiveDoor, LiveOperation } from './live-operation.js';
import { WebSocketConnection } from './websocket-connection.js';
import { whenExpired } from './subscriptions.js';

/** How long a client may take to read that its connection is closed. */
const CLOSED_WITHIN_MS = 10_000;
const LEFT_WITHIN_MS = 1_000;
const UNAUTHORIZED = 4401;
const TRY_AGAIN_LATER = 1013;
const GOING_AWAY = 1001;

type Connected = Context<Record<string, unknown>, WebSocketConnection>;
/** The arguments that graphql-ws passes from one hook to the next. */
type Arguments = ExecutionArgs & { live: LiveOperation; prepared: PreparedOperation };

/** Accepts WebSockets that speak `graphql-transport-ws`; returns a function that upgrades a request. */
export function webSocketDoor(live: LiveDoor): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  const { maxBodyBytes } = live.core.limits;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxBodyBytes, handleProtocols });
  const ids = new WeakMap<IncomingMessage, string>();
  sockets.on('headers', (headers, request) => headers.push(`request-id: ${ids.get(request)}`));
  const server = makeServer<Record<string, unknown>, WebSocketConnection>({
    onConnect: (context) => connect(live, context),
    onSubscribe: ({ extra }, id) => subscribe(live, extra, id),
    execute: (args) => run(args as Arguments),
    subscribe: (args) => run(args as Arguments),
    onNext: (...[, , , args, result]) => (args as Arguments).live.format(result),
    onComplete: ({ extra }, id) => extra.ended(id),
  });
  live.subscriptions.onClose(() => {
    for (const socket of sockets.clients) closeWithin(LEFT_WITHIN_MS, socket, GOING_AWAY, 'Going away');
  });
  return (request, socket, head) => {
    const id = randomUUID();
    ids.set(request, id);
    sockets.handleUpgrade(request, socket, head, (accepted) => open(live, server, accepted, { request, id }));
  };
}

function open(
  live: LiveDoor,
  server: Server<WebSocketConnection>,
  socket: WebSocket,
  asked: { request: IncomingMessage; id: string },
): void {
  const connection = new WebSocketConnection(socket, asked, (code, reason) =>
    closeWithin(CLOSED_WITHIN_MS, socket, code, reason),
  );
  socket.on('error', () => socket.terminate());
  const stop = connection.keepAlive(live.keepAliveMs);
  const closed = server.opened(
    {
      protocol: socket.protocol,
      send: (text) => connection.send(text, live.readsWithinMs),
      close: (code, reason) => closeWithin(CLOSED_WITHIN_MS, socket, code, reason),
      onMessage: (take) => {
        connection.onMessage(take, (error) => live.log.error({ reqId: asked.id, err: error }, 'request failed'));
      },
    },
    connection,
  );
  socket.once('close', (code, reason) => {
    stop();
    void closed(code, String(reason));
  });
}

function closeWithin(withinMs: number, socket: WebSocket, code?: number, reason?: string): void {
  socket.close(code, reason);
  const cut = setTimeout(() => socket.terminate(), withinMs).unref();
  socket.once('close', () => clearTimeout(cut));
}

/** Authenticates with the token of `connection_init`, or with that of the upgrade request. */
async function connect(live: LiveDoor, { extra, connectionParams }: Connected): Promise<boolean> {
  try {
    extra.caller = await live.verifier.verify(tokenOf(connectionParams) ?? extra.authorization);
  } catch (error) {
    if (!(error instanceof CallRecordsError)) throw error;
    const isRefused = error.code === 'UNAUTHENTICATED';
    if (isRefused) live.subscriptions.refused([error.code]);
    else live.log.error({ reqId: extra.id, err: error.cause ?? error }, 'request failed');
    // A close reason may have 123 bytes.
    extra.close(isRefused ? UNAUTHORIZED : TRY_AGAIN_LATER, error.message.slice(0, 120));
    return false;
  }
  extra.onClose(whenExpired(extra.caller, () => extra.close(UNAUTHORIZED, 'The token has expired')));
  return true;
}

/** The token in the member that the documentation names, in any letter case, with or without its scheme. */
function tokenOf(params: Record<string, unknown> | undefined): string | undefined {
  const [, value] = Object.entries(params ?? {}).find(([name]) => name.toLowerCase() === 'authorization') ?? [];
  if (typeof value !== 'string') return undefined;
  return /^bearer /i.test(value) ? value : `Bearer ${value}`;
}

async function subscribe(
  live: LiveDoor,
  connection: WebSocketConnection,
  id: string,
): Promise<Arguments | GraphQLError[]> {
  const operation = new LiveOperation(live, connection.client());
  const prepared = await operation.prepare(connection.take(id));
  if ('errors' in prepared) {
    const { errors = [] } = operation.format(prepared);
    operation.end();
    return errors.map(({ message, ...rest }) => Object.assign(new GraphQLError(message), rest));
  }
  connection.begun(id, operation);
  const { document, operationName } = prepared;
  return { schema: live.core.executor.schema, document, operationName, live: operation, prepared };
}

/** graphql-ws takes an object with `return` for a generator, and checks nothing else. */
function run({ live, prepared }: Arguments) {
  return live.run(prepared) as Promise<AsyncGenerator<ExecutionResult, void, void> | ExecutionResult>;
}
