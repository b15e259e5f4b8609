import { connect, type Socket, type TcpSocketConnectOpts } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ResolvedOptions } from './connect-options.ts';
import { nodeTlsOptions } from './tls-files.ts';
import type { OpenTransport, Transport, TransportEvents } from './transport.ts';

/** A broker that vanished without a word is noticed by the probes of the system. */
const KEEP_ALIVE_DELAY_MS = 10_000;

type TcpOptions = Pick<ResolvedOptions, 'host' | 'port' | 'noDelay' | 'tls'>;

/** Opens TCP connections to the server of the options, plain ones or TLS. */
export function tcpTransport(options: TcpOptions): OpenTransport {
  return async (events, signal) => {
    const tls = options.tls && (await nodeTlsOptions(options.tls));
    signal.throwIfAborted();
    const target = socketOptions(options, events);
    const socket = tls === null ? connect(target) : connectTls({ ...target, ...tls });
    await connected(socket, tls === null ? 'connect' : 'secureConnect', signal);
    socket.setNoDelay(options.noDelay);
    socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS);
    return new TcpTransport(socket, events);
  };
}

function socketOptions({ host, port }: TcpOptions, events: TransportEvents): TcpSocketConnectOpts {
  return {
    host,
    port,
    onread: {
      buffer: () => events.receiveBuffer(),
      callback: (length, bytes) => {
        events.onBytes(bytes.subarray(0, length) as Buffer);
        return true;
      },
    },
  };
}

function connected(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => socket.destroy(signal.reason as Error);
    const onError = (error: Error) => {
      signal.removeEventListener('abort', onAbort);
      reject(error);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('error', onError);
    socket.once(event, () => {
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
