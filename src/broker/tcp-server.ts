import type { Config, TcpConfig } from '../../config/config.ts';
import type { Dispatcher } from '../commands/dispatcher.ts';
import type { ExchangePool } from '../commands/exchange.ts';
import type { Sessions } from '../commands/sessions.ts';
import type { ShardRouter } from '../shards/shard-router.ts';
import type { PrintingMemory } from '../transports/frame-memory.ts';
import { TrustedNetworks } from '../transports/proxy/trusted-networks.ts';
import { TcpListener } from '../transports/tcp/listener.ts';
import { plainProtocol, type StreamProtocol } from '../transports/tcp/protocol.ts';
import { probeDirect, type ReceiveMode } from '../transports/tcp/receive.ts';
import type { TlsIdentity } from '../transports/tls-settings.ts';
import type { Logger } from './logger.ts';

/** What a listener for TCP works with besides the configuration. */
export interface TcpParts {
  readonly router: ShardRouter;
  readonly sessions: Sessions;
  readonly dispatcher: Dispatcher;
  readonly exchanges: ExchangePool;
  readonly frameMemory: PrintingMemory;
  readonly logger: Logger;
  /** Undefined without TLS. */
  readonly identity: TlsIdentity | undefined;
}

/** The listener for TCP that a configuration asks for; it does not listen yet. */
export function makeTcpListener(config: Config, parts: TcpParts): Promise<TcpListener> {
  return makeStreamListener(config, config.tcp, plainProtocol, parts);
}

/** What the section of a transport over TCP says. */
export type StreamSection = Pick<TcpConfig, 'address' | 'maxConnections' | 'proxyProtocol' | 'tls'>;

/**
 * A listener over TCP that does not listen yet: where and for whom the section says, all else is
 * that of `tcp`.
 */
export async function makeStreamListener(
  config: Config,
  section: StreamSection,
  protocol: StreamProtocol,
  parts: TcpParts,
): Promise<TcpListener> {
  const { tcp, loadBalancer } = config;
  const { router, sessions, dispatcher, exchanges, frameMemory, logger, identity } = parts;
  return new TcpListener(
    {
      ...section.address,
      connectionsMax: section.maxConnections,
      noDelay: tcp.socket.nodelay,
      protocol,
      receiveMode: await receiveMode(config, logger),
      sendsFiles: tcp.sendsFiles && protocol === plainProtocol && identity === undefined,
      proxies: section.proxyProtocol ? new TrustedNetworks(loadBalancer.trusted) : undefined,
      tls: identity && { ...section.tls, identity },
      log: (message, fields) => logger.debug(fields, message),
      warn: (message, fields) => logger.warn(fields, message),
    },
    sessions,
    {
      dispatcher,
      exchanges,
      frameMemory,
      limits: {
        frameBytesMax: tcp.maxFrameBytes,
        requestsInFlight: tcp.maxRequestsInFlight,
        responseBytesInFlight: tcp.maxResponseBytesInFlight,
        frameTimeoutMs: tcp.frameTimeoutMs,
        writeTimeoutMs: tcp.writeTimeoutMs,
      },
      atTurnEnd: (task) => router.turnEnd.add(task),
      waitForRoom: (waiter) => router.waitForRoom(waiter),
    },
  );
}

async function receiveMode({ tcp }: Config, logger: Logger): Promise<ReceiveMode> {
  if (tcp.receive === 'copy') return 'copy';
  const isDirect = await probeDirect();
  if (!isDirect) logger.info('Frames are received with one copy: direct receiving is absent');
  return isDirect ? 'direct' : 'copy';
}
