import { connect, type Socket, type TcpSocketConnectOpts } from 'node:net';
import type { ResolvedOptions } from './connect-options.ts';
import type { OpenTransport, Transport, TransportEvents } from './transport.ts';

/** A broker that vanished without a word is noticed by the probes of the system. */
const KEEP_ALIVE_DELAY_MS = 10_000;

/** Opens plain TCP connections to the server of the options. */
export function tcpTransport(
  options: Pick<ResolvedOptions, 'host' | 'port' | 'noDelay'>,
): OpenTransport {
  return async (events, signal) => {
    signal.throwIfAborted();
    const socket = connect(socketOptions(options, events));
    await connected(socket, signal);
    return new TcpTransport(socket, events);
  };
}

function socketOptions(
  { host, port, noDelay }: Pick<ResolvedOptions, 'host' | 'port' | 'noDelay'>,
  events: TransportEvents,
): TcpSocketConnectOpts {
  return {
    host,
    port,
    noDelay,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS,
    onread: {
      buffer: () => events.receiveBuffer(),
      callback: (length, bytes) => {
        events.onBytes(bytes.subarray(0, length) as Buffer);
        return true;
      },
    },
  };
}

function connected(socket: Socket, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => socket.destroy(signal.reason as Error);
    const onError = (error: Error) => {
      signal.removeEventListener('abort', onAbort);
      reject(error);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('error', onError);
    socket.once('connect', () => {
      signal.removeEventListener('abort', onAbort);
      socket.off('error', onError);
      resolve();
    });
  });
}

/** Frames of one tick leave in one system call. */
class TcpTransport implements Transport {
  readonly #socket: Socket;
  #isCorked = false;
  #isClosed = false;

  constructor(socket: Socket, events: TransportEvents) {
    this.#socket = socket;
    let lastError: Error | null = null;
    socket.on('error', (error) => {
      lastError = error;
    });
    socket.on('close', () => {
      if (!this.#isClosed) events.onClose(lastError);
    });
  }

  send(bytes: Uint8Array): void {
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#socket.cork();
      process.nextTick(() => this.#uncork());
    }
    this.#socket.write(bytes);
  }

  close(): void {
    this.#isClosed = true;
    this.#socket.destroy();
  }

  #uncork(): void {
    this.#isCorked = false;
    this.#socket.uncork();
  }
}
