import { isIP } from 'node:net';
import { FormatError } from './format-error.ts';

const PORT_MAX = 65_535;
const pattern = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/;
const expectation = 'must be "IP:port", "[IPv6]:port" or "localhost:port"';

/** Where a listener binds; port 0 lets the system pick a free one. */
export interface Address {
  /** An IP address; never a name. */
  readonly host: string;
  /** 0..65535. */
  readonly port: number;
}

function resolveHost(bracketed: string | undefined, bare: string | undefined): string | undefined {
  if (bracketed !== undefined) return isIP(bracketed) === 6 ? bracketed : undefined;
  // The name stands for both families; one of them is chosen, so that a restart binds the same.
  if (bare === 'localhost') return '127.0.0.1';
  return bare !== undefined && isIP(bare) === 4 ? bare : undefined;
}

/**
 * Reads `127.0.0.1:8090`, `[::1]:8090` or `localhost:8090` (which is 127.0.0.1).
 * @throws FormatError when it is none of these or the port is above 65535.
 */
export function parseAddress(raw: unknown): Address {
  const match = typeof raw === 'string' ? pattern.exec(raw.trim()) : null;
  if (match === null) throw new FormatError(expectation);
  const host = resolveHost(match[1], match[2]);
  if (host === undefined) throw new FormatError(expectation);
  const port = Number(match[3]);
  if (port > PORT_MAX) throw new FormatError(`must have a port of at most ${PORT_MAX}`);
  return { host, port };
}

/** `IP:port`, IPv6 addresses in brackets; `parseAddress` reads it back. */
export function printAddress(address: Address): string {
  const host = isIP(address.host) === 6 ? `[${address.host}]` : address.host;
  return `${host}:${address.port}`;
}
