import type { OpenTransport, Transport, TransportEvents } from '../transport.ts';

/** What is used of the WebSocket of a browser. */
export interface BrowserSocket {
  binaryType: string;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  send(bytes: Uint8Array<ArrayBuffer>): void;
  close(): void;
}

interface Closing {
  readonly code: number;
  readonly reason: string;
}

interface Message {
  readonly data: unknown;
}

const ABNORMAL = 1006;

/**
 * Opens WebSockets that carry bytes in order (protocol section 1.6): each request is a binary
 * message, answers are what binary messages hold one behind the other.
 */
export function webSocketTransport(open: () => BrowserSocket): OpenTransport {
  return async (events, signal) => {
    const socket = open();
    const transport = new WebSocketTransport(socket, events);
    await transport.opened(signal);
    return transport;
  };
}

class WebSocketTransport implements Transport {
  readonly #socket: BrowserSocket;
  readonly #events: TransportEvents;
  #isClosed = false;

  constructor(socket: BrowserSocket, events: TransportEvents) {
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    this.#events = events;
  }

  /** Waits until requests may be sent. */
  opened(signal: AbortSignal): Promise<void> {
    const socket = this.#socket;
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => {
        signal.removeEventListener('abort', onAbort);
        reject(error);
        this.close();
      };
      const onAbort = () => fail(signal.reason as Error);
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
      socket.onclose = (closing: Closing) => fail(errorOf(closing));
      socket.onopen = () => {
        signal.removeEventListener('abort', onAbort);
        socket.onclose = (closing: Closing) => this.#onClose(closing);
        socket.onmessage = ({ data }: Message) => this.#onMessage(data);
        resolve();
      };
    });
  }

  send(bytes: Uint8Array): void {
    this.#socket.send(bytes as Uint8Array<ArrayBuffer>);
  }

  close(): void {
    this.#isClosed = true;
    this.#socket.close();
  }

  #onMessage(data: unknown): void {
    // Text is nothing that brokers of the protocol send.
    if (this.#isClosed || typeof data === 'string') return;
    this.#events.onBytes(Buffer.from(data as ArrayBuffer));
  }

  #onClose(closing: Closing): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#events.onClose(closing.reason === '' ? null : errorOf(closing));
  }
}

function errorOf({ code, reason }: Closing): Error {
  const why = reason || (code === ABNORMAL ? 'nobody answers' : 'no reason is given');
  return new Error(`the WebSocket was closed with ${code}: ${why}`);
}
