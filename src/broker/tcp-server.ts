import type { Config } from '../../config/config.ts';
import type { Dispatcher } from '../commands/dispatcher.ts';
import type { ExchangePool } from '../commands/exchange.ts';
import type { Sessions } from '../commands/sessions.ts';
import type { ShardRouter } from '../shards/shard-router.ts';
import type { FrameMemory } from '../transports/frame-memory.ts';
import { TrustedNetworks } from '../transports/proxy/trusted-networks.ts';
import { TcpListener } from '../transports/tcp/listener.ts';
import { probeDirect, type ReceiveMode } from '../transports/tcp/receive.ts';
import type { TlsIdentity } from '../transports/tls-settings.ts';
import type { Logger } from './logger.ts';

/** What a listener for TCP works with besides the configuration. */
export interface TcpParts {
  readonly router: ShardRouter;
  readonly sessions: Sessions;
  readonly dispatcher: Dispatcher;
  readonly exchanges: ExchangePool;
  readonly frameMemory: FrameMemory;
  readonly logger: Logger;
  /** Undefined without TLS. */
  readonly identity: TlsIdentity | undefined;
}

/** The listener for TCP that a configuration asks for; it does not listen yet. */
export async function makeTcpListener(config: Config, parts: TcpParts): Promise<TcpListener> {
  const { tcp, loadBalancer } = config;
  const { router, sessions, dispatcher, exchanges, frameMemory, logger, identity } = parts;
  return new TcpListener(
    {
      host: tcp.address.host,
      port: tcp.address.port,
      connectionsMax: tcp.maxConnections,
      noDelay: tcp.socket.nodelay,
      receiveMode: await receiveMode(config, logger),
      proxies: tcp.proxyProtocol ? new TrustedNetworks(loadBalancer.trusted) : undefined,
      tls: identity && { ...tcp.tls, identity },
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
