import type { Socket } from 'node:net';
import { proxyHeaderTimeoutMs } from '../../wire/limits.ts';
import { type ProxyHeader, readProxyHeader } from './proxy-header.ts';

/** Who hears what a load balancer said. */
export interface ProxyEvents {
  /** The socket is paused; what the client sent behind the header is read from it first. */
  onClient(socket: Socket, source: ProxyHeader['source']): void;
  onFailed(socket: Socket, reason: string): void;
}

/** Takes accepted connections of load balancers up to the end of their PROXY protocol headers. */
export class ProxyAcceptor {
  readonly #events: ProxyEvents;
  readonly #waiting = new Set<Socket>();

  constructor(events: ProxyEvents) {
    this.#events = events;
  }

  /** Connections whose header is not complete. */
  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Reads the header of a paused socket, then hands it on or closes it. */
  accept(socket: Socket): void {
    let received: Buffer = Buffer.alloc(0);
    const fail = (reason: string) => {
      leave();
      this.#events.onFailed(socket, reason);
      socket.destroy();
    };
    const onData = (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      let header: ProxyHeader | undefined;
      try {
        header = readProxyHeader(received);
      } catch (error) {
        return fail((error as Error).message);
      }
      if (header === undefined) return;
      leave();
      socket.pause();
      if (received.byteLength > header.bytes) socket.unshift(received.subarray(header.bytes));
      this.#events.onClient(socket, header.source);
    };
    const onEnd = () => fail('the connection ended in front of its PROXY protocol header');
    const onError = (error: Error) => fail(error.message);
    const timer = setTimeout(() => fail('its PROXY protocol header is late'), proxyHeaderTimeoutMs);
    const leave = () => {
      clearTimeout(timer);
      this.#waiting.delete(socket);
      socket.off('data', onData).off('end', onEnd).off('error', onError);
    };
    this.#waiting.add(socket);
    socket.on('data', onData).on('end', onEnd).on('error', onError);
    socket.resume();
  }

  /** Ends all connections whose header is not complete. */
  destroy(): void {
    for (const socket of this.#waiting) socket.destroy();
  }
}
