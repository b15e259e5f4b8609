import type { ResolvedOptions } from './connect-options.ts';
import { tcpTransport } from './tcp-transport.ts';
import type { OpenTransport } from './transport.ts';

/** How connections are opened to the server of the options. */
export function openTransportOf(options: ResolvedOptions): OpenTransport {
  return tcpTransport(options);
}
