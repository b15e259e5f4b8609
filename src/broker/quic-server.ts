import { type Config, ConfigError } from '../../config/config.ts';
import { loadQuic, type QuicLibrary, QuicUnavailable } from '../quic/library.ts';
import { QuicListener } from '../transports/quic/listener.ts';
import type { TlsIdentity } from '../transports/tls-settings.ts';
import type { Logger } from './logger.ts';
import type { TcpParts } from './tcp-server.ts';

/** What a listener for QUIC works with besides the configuration. */
export interface QuicParts extends TcpParts {
  readonly identity: TlsIdentity;
  /** Whether somebody asked for it: it is then a mistake when it is not possible. */
  readonly isRequired: boolean;
}

/**
 * The listener for QUIC that a configuration asks for; it does not listen yet. Undefined where the
 * library has no build and nobody asked for it.
 */
export async function makeQuicListener(
  { quic, tcp }: Config,
  parts: QuicParts,
): Promise<QuicListener | undefined> {
  const { router, sessions, dispatcher, exchanges, frameMemory, logger, identity } = parts;
  const library = await libraryFor(logger, parts.isRequired);
  if (library === undefined) return undefined;
  return new QuicListener(
    library,
    {
      ...quic,
      ...quic.address,
      ...quic.socket,
      connectionsMax: quic.maxConnections,
      identity,
      log: (message, fields) => logger.debug(fields, message),
    },
    sessions,
    {
      dispatcher,
      exchanges,
      frameMemory,
      limits: {
        frameBytesMax: tcp.maxFrameBytes,
        responseBytesInFlight: tcp.maxResponseBytesInFlight,
        frameTimeoutMs: quic.frameTimeoutMs,
        writeTimeoutMs: quic.writeTimeoutMs,
        streamsMax: quic.streamsMax,
      },
      waitForRoom: (waiter) => router.waitForRoom(waiter),
    },
  );
}

async function libraryFor(logger: Logger, isRequired: boolean): Promise<QuicLibrary | undefined> {
  try {
    return await loadQuic();
  } catch (error) {
    if (!(error instanceof QuicUnavailable)) throw error;
    if (isRequired) throw new ConfigError([`${error.message} Switch it off: --quic off.`]);
    logger.warn(`${error.message} The broker starts without it.`);
    return undefined;
  }
}
