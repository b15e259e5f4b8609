import type { ResolvedOptions } from './connect-options.ts';
import { nodeWebSocketTransport } from './node-websocket.ts';
import { tcpTransport } from './tcp-transport.ts';
import type { OpenTransport } from './transport.ts';

/** Opens what carries bytes in order to the server of the options: TCP or WebSocket. */
export function transportOf(options: ResolvedOptions): OpenTransport {
  return options.transport === 'ws' ? nodeWebSocketTransport(options) : tcpTransport(options);
}
