import type { ResolvedOptions } from './connect-options.ts';
import type { OpenConnection } from './connection.ts';
import { HttpConnection } from './http-connection.ts';
import { OrderedConnection } from './ordered-connection.ts';
import { QuicConnection } from './quic-connection.ts';
import { transportOf } from './transport-of.ts';

/** How connections are opened to the server of the options. */
export function openConnectionOf(options: ResolvedOptions): OpenConnection {
  if (options.transport === 'http') return HttpConnection.to(options);
  if (options.transport === 'quic') return QuicConnection.to(options);
  return OrderedConnection.over(transportOf(options));
}
