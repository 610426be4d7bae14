import { Socket } from 'node:net';

// Read by @apollo/gateway when it is loaded: this module comes first.
process.env.APOLLO_TELEMETRY_DISABLED = '1';
process.env.METADATA_SERVER_DETECTION = 'none';

/** The hosts to which this process began to connect since this module was loaded. */
export const hosts = new Set<string>();

// Every connection of Node's begins here, whichever client makes it.
// eslint-disable-next-line @typescript-eslint/unbound-method
const connect = Socket.prototype.connect as (...given: unknown[]) => Socket;
Socket.prototype.connect = function (this: Socket, ...given: unknown[]) {
  const [options] = (Array.isArray(given[0]) ? given[0] : given) as [{ host?: string; path?: string }];
  if (!options.path) hosts.add(options.host ?? 'localhost');
  return connect.apply(this, given);
};

/** Ends the watch. */
export function stopWatching(): void {
  Socket.prototype.connect = connect;
}
