import { isIP } from 'node:net';
import type { ClientOptions } from 'ws';
import type { ResolvedOptions } from './connect-options.ts';
import { nodeTlsOptions } from './tls-files.ts';
import type { OpenTransport } from './transport.ts';
import { type WebSocketLike, webSocketTransport } from './websocket-transport.ts';

type WebSocketOptions = Pick<ResolvedOptions, 'host' | 'port' | 'tls'>;

const LOOPBACK = /^(localhost|127\..*|::1)$/;

/** Opens WebSockets by the package `ws`, which is loaded at the first use. */
export function nodeWebSocketTransport(options: WebSocketOptions): OpenTransport {
  return webSocketTransport(async () => {
    const { WebSocket } = await import('ws');
    const { host, port, tls } = options;
    const scheme = tls === null ? 'ws' : 'wss';
    const url = `${scheme}://${isIP(host) === 6 ? `[${host}]` : host}:${port}/`;
    const socket = new WebSocket(url, {
      ...masking(options),
      ...(tls && (await nodeTlsOptions(tls))),
    });
    return socket as WebSocketLike;
  });
}

/**
 * The mask keeps what a page may send from looking like something else to a proxy in between (RFC
 * 6455, section 10.3). Where nobody is in between, it is zero, which costs no look at each byte.
 */
function masking({ host, tls }: WebSocketOptions): ClientOptions {
  const isPrivate = tls !== null || LOOPBACK.test(host);
  const common = { perMessageDeflate: false };
  return isPrivate ? { ...common, generateMask: (mask) => void mask.fill(0) } : common;
}
