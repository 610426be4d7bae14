import { BlockList, isIP } from 'node:net';

/** With them their forms within IPv6 count, such as `::ffff:127.0.0.1`: so a listener of both families sees IPv4. */
const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');

/** An IPv6 address as URLs have it. */
const IN_BRACKETS = /^\[(.*)\]$/;

/**
 * Whether a host can only be reached from this machine: an address, of IPv6 with or without brackets, or `localhost`. No
 * other name: where those end in `.localhost` or a dot, it is up to a resolver where they lead.
 */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === 'localhost') return true;
  const address = host.replace(IN_BRACKETS, '$1');
  const family = isIP(address);
  return family !== 0 && LOOPBACK.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** Whether nobody on the way can read or change what is fetched: by https, or by http that does not leave this machine. */
export function isSecureUrl({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}
