import { isIPv4, isIPv6 } from 'node:net';
import { FormatError } from './format-error.ts';

const IPV4_BITS = 32;
const IPV6_BITS = 128;

/** An IP address with how many of its leading bits count. */
export interface Network {
  readonly address: string;
  readonly bits: number;
  readonly family: 'ipv4' | 'ipv6';
}

/**
 * Reads addresses and networks, such as `127.0.0.1, 10.0.0.0/8`; empty for none.
 * @throws FormatError that quotes the first wrong one.
 */
export function parseNetworks(raw: unknown): readonly Network[] {
  if (typeof raw !== 'string') throw new FormatError('must be a text with addresses and networks');
  const entries = raw.split(',').map((entry) => entry.trim());
  return entries.filter((entry) => entry !== '').map(parseNetwork);
}

/** What `parseNetworks` reads back to the same networks. */
export function printNetworks(networks: readonly Network[]): string {
  return networks.map(({ address, bits }) => `${address}/${bits}`).join(', ');
}

function parseNetwork(entry: string): Network {
  const [address, bitsText, ...more] = entry.split('/');
  const family = isIPv4(address) ? 'ipv4' : 'ipv6';
  const bitsMax = family === 'ipv4' ? IPV4_BITS : IPV6_BITS;
  const bits = bitsText === undefined ? bitsMax : Number(bitsText);
  const isNumber = bitsText === undefined || /^\d{1,3}$/.test(bitsText);
  const isAddress = family === 'ipv4' || isIPv6(address);
  if (!isAddress || !isNumber || bits > bitsMax || more.length > 0) {
    throw new FormatError(`must hold IP addresses and networks such as 10.0.0.0/8, not "${entry}"`);
  }
  return { address, bits, family };
}
