import { isIP } from 'node:net';
import { hostOf, printAddress } from '../addresses.ts';
import type { TrustedNetworks } from '../proxy/trusted-networks.ts';
import type { HostRequest } from './host/host.ts';

/** The port of a client of whom only the address is known. */
const NO_PORT = 0;

/**
 * Who has sent a request, as `ip:port`. Load balancers that are trusted say it in
 * `X-Forwarded-For`, to which each of them adds whom it got the request from: what stands in front
 * of the last address that is none of theirs, anybody may have written.
 */
export function clientOf(request: HostRequest, balancers: TrustedNetworks | undefined): string {
  if (!balancers?.has(hostOf(request.peer))) return request.peer;
  const chain = (request.header('x-forwarded-for') ?? '').split(',').map((entry) => entry.trim());
  for (const entry of chain.reverse()) {
    if (isIP(entry) === 0) return request.peer;
    if (!balancers.has(entry)) return printAddress(entry, NO_PORT);
  }
  return request.peer;
}
