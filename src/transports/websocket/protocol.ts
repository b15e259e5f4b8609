import type { StreamProtocol } from '../tcp/protocol.ts';
import { webSocketFraming } from './framing.ts';
import { WebSocketHandshakes } from './handshakes.ts';
import { WebSocketInput, type WebSocketLimits } from './input.ts';

/** Requests and responses come in the binary messages of WebSockets. */
export function webSocketProtocol(limits: WebSocketLimits): StreamProtocol {
  const handshakes = new WebSocketHandshakes();
  return {
    transport: 'websocket',
    framing: webSocketFraming,
    get waitingCount() {
      return handshakes.waitingCount;
    },
    open: (socket, opened) => handshakes.begin(socket, opened),
    inputOf: (connection, scratch, memory) =>
      new WebSocketInput(connection, scratch, memory, limits),
    destroy: () => handshakes.destroy(),
  };
}
