import type { Config } from '../../config/config.ts';
import type { TcpListener } from '../transports/tcp/listener.ts';
import { webSocketProtocol } from '../transports/websocket/protocol.ts';
import { makeStreamListener, type TcpParts } from './tcp-server.ts';

/** The listener for WebSockets that a configuration asks for; it does not listen yet. */
export function makeWebSocketListener(config: Config, parts: TcpParts): Promise<TcpListener> {
  const { websocket } = config;
  const protocol = webSocketProtocol({
    frameBytesMax: websocket.maxFrameBytes,
    messageBytesMax: websocket.maxMessageBytes,
    acceptsUnmasked: websocket.acceptsUnmasked,
  });
  return makeStreamListener(config, websocket, protocol, parts);
}
