import { type Config, ConfigError } from '../../config/config.ts';
import type { Sessions } from '../commands/sessions.ts';
import { loadQuic, QuicUnavailable } from '../quic/library.ts';
import { QuicListener } from '../transports/quic/listener.ts';
import type { QuicServices } from '../transports/quic/services.ts';
import type { Logger } from './logger.ts';
import { type LoadedIdentity, loadIdentity } from './tls-identity.ts';

/** What a broker's QUIC listener is made of. */
export interface QuicParts {
  readonly config: Config;
  readonly dataDir: string;
  readonly logger: Logger;
  readonly sessions: Sessions;
  readonly services: Pick<QuicServices, 'dispatcher' | 'exchanges' | 'frameMemory' | 'waitForRoom'>;
  /** Whether somebody asked for it: it is then a mistake when it is not possible. */
  readonly isRequired: boolean;
}

/** A broker's way in over QUIC. */
export interface StartedQuic {
  readonly listener: QuicListener;
  /** `ip:port` that was bound. */
  readonly address: string;
  /** Path of the self-signed certificate: what clients have to trust. */
  readonly selfSignedFile: string | undefined;
  /** Reads the certificate again; connections that are open keep theirs. */
  reload(): Promise<void>;
}

/** Binds, or says why it cannot: undefined where the library has no build and nobody asked. */
export async function startQuic(parts: QuicParts): Promise<StartedQuic | undefined> {
  const library = await libraryFor(parts);
  if (library === undefined) return undefined;
  const { config, logger, sessions, services } = parts;
  const { quic, tcp } = config;
  const { identity, selfSignedFile } = await identityFor(parts);
  const listener = new QuicListener(
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
      ...services,
      limits: {
        frameBytesMax: tcp.maxFrameBytes,
        responseBytesInFlight: tcp.maxResponseBytesInFlight,
        frameTimeoutMs: quic.frameTimeoutMs,
        writeTimeoutMs: quic.writeTimeoutMs,
        streamsMax: quic.streamsMax,
      },
    },
  );
  const reload = async () => listener.useIdentity((await identityFor(parts)).identity);
  return { listener, address: await listener.listen(), selfSignedFile, reload };
}

async function libraryFor({ logger, isRequired }: QuicParts) {
  try {
    return await loadQuic();
  } catch (error) {
    if (!(error instanceof QuicUnavailable)) throw error;
    if (isRequired) throw new ConfigError([`${error.message} Switch it off: --quic off.`]);
    logger.warn(`${error.message} The broker starts without it.`);
    return undefined;
  }
}

function identityFor({ config, dataDir, logger }: QuicParts): Promise<LoadedIdentity> {
  const warn = (message: string) => logger.warn(message);
  return loadIdentity('quic.certificate', config.quic.certificate, dataDir, warn);
}
