import type { Socket } from 'node:net';

/** The other end of a socket as `ip:port`, undefined when it has gone. */
export function peerOf({ remoteAddress, remotePort }: Socket): string | undefined {
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  return printAddress(remoteAddress, remotePort);
}

/** `ip:port`, IPv6 in brackets. */
export function printAddress(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The address in an `ip:port`, without the brackets of IPv6. */
export function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':')).replace(/^\[(.*)\]$/, '$1');
}

/** SO_REUSEPORT exists in Node from 22.12 on; older ones ignore or refuse the option. */
export function canReusePort(): boolean {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return process.platform === 'linux' && (major > 22 || (major === 22 && minor >= 12));
}
