import { BlockList, isIP } from 'node:net';

/**
 * Covers their forms within IPv6 as well, such as `::ffff:127.0.0.1`: that is how a listener of both families sees
 * IPv4.
 */
const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');

/** An IPv6 address in the form of URLs. */
const IN_BRACKETS = /^\[(.*)\]$/;

/**
 * Whether a host can only be reached from this machine: a loopback address, for IPv6 with or without brackets, or
 * `localhost`. Other names do not count: a resolver decides where a name ending in `.localhost` or a dot leads.
 */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === 'localhost') return true;
  const address = host.replace(IN_BRACKETS, '$1');
  const family = isIP(address);
  return family !== 0 && LOOPBACK.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** Whether nobody on the way can read or change what is fetched: over https, or over http within this machine. */
export function isSecureUrl({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}
