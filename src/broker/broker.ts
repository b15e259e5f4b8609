import type { Config, SystemConfig } from '../../config/config.ts';
import { effectiveToml } from '../../config/effective.ts';
import { Catalog } from '../catalog/catalog.ts';
import { Access } from '../commands/access.ts';
import { Dispatcher } from '../commands/dispatcher.ts';
import { ExchangePool } from '../commands/exchange.ts';
import { Logins } from '../commands/logins.ts';
import { PartitionHandles } from '../commands/partition-handles.ts';
import { ProcessStatistics } from '../commands/process-statistics.ts';
import type { Services } from '../commands/services.ts';
import { Sessions } from '../commands/sessions.ts';
import { WaitingPolls } from '../commands/waiting-polls.ts';
import { Cipher } from '../encryption/cipher.ts';
import { ConsumerGroups } from '../groups/consumer-groups.ts';
import { LoginLimiter } from '../security/login-limiter.ts';
import { Passwords } from '../security/password.ts';
import { layoutOf, type ShardOptions } from '../shards/descriptors.ts';
import { ShardRouter } from '../shards/shard-router.ts';
import { TrustedNetworks } from '../transports/proxy/trusted-networks.ts';
import { TcpListener } from '../transports/tcp/listener.ts';
import { probeDirect, type ReceiveMode } from '../transports/tcp/receive.ts';
import type { TcpServices } from '../transports/tcp/services.ts';
import type { Acknowledgement } from '../wire/acknowledgement.ts';
import type { ClusterNode } from '../wire/classic/structures/cluster-metadata.ts';
import { UNLIMITED } from '../wire/classic/structures/topic.ts';
import { assertLimits } from '../wire/limits.ts';
import { WireError } from '../wire/wire-error.ts';
import { takeCleanMark, writeCleanMark } from './clean-mark.ts';
import { Cleaner } from './cleaner.ts';
import { DataLock } from './data-lock.ts';
import { loadEncryptionKey } from './encryption-key.ts';
import { Housekeeping } from './housekeeping.ts';
import { createLogger, type Logger, recentLinesOf } from './logger.ts';
import { type BrokerOptions, configOf, requiresQuic } from './options.ts';
import { moveOrphans } from './orphans.ts';
import { type StartedQuic, startQuic } from './quic.ts';
import { ensureRootUser } from './root-user.ts';
import { resetRuntime, writeCurrentConfig } from './runtime-files.ts';
import { Snapshots } from './snapshots.ts';
import { type LoadedIdentity, loadTlsIdentity } from './tls-identity.ts';

const MICROS_PER_MS = 1000;
/** Heartbeat intervals without a ping after which a connection counts as silent. */
const SILENT_INTERVALS = 1.2;

/** What is under way in a broker at one moment. */
export interface BrokerStatistics {
  readonly connectionsCount: number;
  /** Memory of frames that are received, worked on or kept as cache. */
  readonly frameBytesUsed: number;
  /** Requests that a shard has not answered yet. */
  readonly callsWaiting: number;
  /** Answers to polls whose memory a shard cannot use again yet. */
  readonly repliesOut: number;
  /** Partitions and groups that some poll waits for. */
  readonly watchedCount: number;
}

/** A running broker: the parts put together, and the order in which they start and stop. */
export class Broker implements AsyncDisposable {
  readonly #config: Config;
  readonly #logger: Logger;
  readonly #lock: DataLock;
  /** Absent where the data directory is in clear. */
  readonly #cipher: Cipher | undefined;
  readonly #router: ShardRouter;
  readonly #handles: PartitionHandles;
  readonly #waitingPolls = new WaitingPolls();
  readonly #groups = new ConsumerGroups((group) => this.#waitingPolls.wake(group));
  readonly #sessions = new Sessions((session) => this.#groups.disconnect(session.clientId));
  readonly #passwords = new Passwords();
  readonly #housekeeping = new Housekeeping();
  #catalog!: Catalog;
  /** False until all partitions are open: what was not opened is as it was. */
  #areAllOpen = false;
  #cleaner: Cleaner | undefined;
  #listener: TcpListener | undefined;
  #tcpAddress: string | undefined;
  /** Undefined where QUIC is off, or not possible. */
  #quic: StartedQuic | undefined;
  /** Undefined without TLS. */
  #tls: LoadedIdentity | undefined;
  #generatedRootPassword: string | undefined;
  #stopping: Promise<void> | undefined;

  private constructor(config: Config, logger: Logger, lock: DataLock, key?: Uint8Array) {
    this.#config = config;
    this.#logger = logger;
    this.#lock = lock;
    this.#cipher = key && new Cipher(key);
    this.#router = new ShardRouter({
      threads: config.system.sharding.threads,
      memoryBytes: config.system.memoryPool.sizeBytes,
      shard: shardOptions(config, key),
      report: (level, message) => logger[level](message),
      onMemoryShort: () => {
        this.#listener?.onMemoryShort();
        this.#quic?.listener.onMemoryShort();
      },
    });
    this.#handles = new PartitionHandles(this.#router, (handle) => this.#waitingPolls.wake(handle));
    this.#router.onRepliesOverdue = (link) => {
      this.#listener?.endReadersOf(link);
      this.#quic?.listener.endReadersOf(link);
    };
  }

  /**
   * Starts a broker and resolves when it takes connections. Rejects with `ConfigError`,
   * `DataDirLocked`, `CatalogDamage`, `EncryptionMismatch` or the system's error when it cannot.
   */
  static async start(options: BrokerOptions = {}): Promise<Broker> {
    assertLimits();
    const config = configOf(options);
    const logger = options.logger ?? createLogger({ level: 'warn', format: 'pretty' });
    const { path, encryption } = config.system;
    const key = loadEncryptionKey(encryption, (message) => logger.warn(message));
    const broker = new Broker(config, logger, await DataLock.take(path), key);
    try {
      await broker.#start(requiresQuic(options));
    } catch (error) {
      await broker.stop();
      throw error;
    }
    return broker;
  }

  /** Where each transport listens, as `ip:port`. */
  get addresses(): { readonly tcp?: string; readonly quic?: string } {
    return { tcp: this.#tcpAddress, quic: this.#quic?.address };
  }

  /**
   * For `connect`: with the root user's name and password when the configuration holds them, and
   * with the certificate to trust when the broker made it itself.
   */
  get url(): string {
    if (this.#tcpAddress === undefined) throw new Error('The broker does not listen on TCP.');
    return `iggy://${this.#login}${this.#tcpAddress}${this.#tlsQuery()}`;
  }

  /** The same over QUIC. */
  get quicUrl(): string {
    if (this.#quic === undefined) throw new Error('The broker does not listen on QUIC.');
    const { address, selfSignedFile } = this.#quic;
    return `iggy+quic://${this.#login}${address}${trustQuery(selfSignedFile)}`;
  }

  get threads(): number {
    return this.#config.system.sharding.threads;
  }

  /** Absolute path of the data directory. */
  get dataDir(): string {
    return this.#config.system.path;
  }

  /** Set only by the start that created the root user without given credentials. */
  get generatedRootPassword(): string | undefined {
    return this.#generatedRootPassword;
  }

  get statistics(): BrokerStatistics {
    const { links, frameBytesUsed } = this.#router;
    return {
      connectionsCount:
        (this.#listener?.connectionsCount ?? 0) + (this.#quic?.listener.connectionsCount ?? 0),
      frameBytesUsed,
      callsWaiting: links.reduce((sum, link) => sum + link.callsWaiting, 0),
      repliesOut: links.reduce((sum, link) => sum + link.repliesOut, 0),
      watchedCount: this.#waitingPolls.size,
    };
  }

  /**
   * Stops accepting, finishes what is under way, writes everything, ends. Connections that are not
   * done after `system.shutdown_timeout` are cut. May be called twice.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /**
   * Reads the certificates of `tcp.tls` and `quic` again; connections that are open keep theirs.
   * Rejects with `ConfigError` when a file cannot be used, and goes on with what it had. False
   * where there are none.
   */
  async reloadCertificates(): Promise<boolean> {
    await this.#quic?.reload();
    if (this.#tls === undefined) return this.#quic !== undefined;
    this.#tls = await this.#loadTls();
    this.#listener?.useTlsIdentity(this.#tls.identity);
    return true;
  }

  /** Ends the worker of a shard as a crash would: for tests of the supervision. */
  crashShard(shard: number): void {
    this.#router.crash(shard);
  }

  async #start(requiresQuic: boolean): Promise<void> {
    const { system, tcp, quic } = this.#config;
    resetRuntime(this.#config);
    if (tcp.enabled && tcp.tls.enabled) this.#tls = await this.#loadTls();
    const { enforceFsync } = system.state;
    const warn = (message: string) => this.#logger.warn(message);
    this.#catalog = await Catalog.open(system.path, enforceFsync, warn, this.#cipher);
    const [generated] = await Promise.all([
      ensureRootUser(this.#catalog, this.#passwords, this.#config.rootCredentials),
      this.#openPartitions(),
    ]);
    this.#generatedRootPassword = generated;
    const services = this.#transportServices();
    if (tcp.enabled) this.#tcpAddress = await this.#listen(services);
    if (quic.enabled) this.#quic = await this.#startQuic(services, requiresQuic);
    this.#keepHouse();
    writeCurrentConfig(this.#config, this.addresses);
  }

  #keepHouse(): void {
    const { consumerGroup, heartbeat, dataMaintenance } = this.#config;
    if (dataMaintenance.messages.cleanerEnabled) this.#clean(dataMaintenance.messages.intervalMs);
    this.#housekeeping.every(consumerGroup.rebalancingCheckIntervalMs, () =>
      this.#groups.expire(consumerGroup.rebalancingTimeoutMs),
    );
    if (!heartbeat.enabled) return;
    this.#housekeeping.every(heartbeat.intervalMs, () => {
      const silent = this.#sessions.turnAwaySilent(heartbeat.intervalMs * SILENT_INTERVALS);
      for (const { clientId, address } of silent) {
        this.#logger.info({ clientId, address }, 'Turned a client away that sent no pings');
      }
    });
  }

  #clean(intervalMs: number): void {
    const cleaner = new Cleaner({
      catalog: this.#catalog,
      handles: this.#handles,
      router: this.#router,
      logger: this.#logger,
    });
    this.#cleaner = cleaner;
    this.#housekeeping.every(intervalMs, () => cleaner.begin());
  }

  async #openPartitions(): Promise<void> {
    const layout = layoutOf(shardOptions(this.#config));
    const origin = takeCleanMark(this.dataDir) ? 'clean' : 'unclean';
    for (const moved of moveOrphans(this.dataDir, layout, this.#catalog)) {
      this.#logger.warn(`Moved a folder that belongs to nothing to ${moved}`);
    }
    await this.#router.start();
    const partitions = this.#catalog.streams
      .sorted()
      .flatMap((stream) => stream.topics.sorted().map((topic) => ({ stream, topic })))
      .flatMap(({ stream, topic }) => this.#handles.register(stream, topic, origin));
    try {
      await this.#router.openPartitions(partitions);
      this.#areAllOpen = true;
    } catch (error) {
      // The shard has said which; requests for those partitions are answered with status 3007.
      if (!(error instanceof WireError)) throw error;
      this.#logger.error('Some partitions could not be opened; the broker goes on without them');
    }
  }

  #startQuic(services: TransportServices, isRequired: boolean): Promise<StartedQuic | undefined> {
    return startQuic({
      config: this.#config,
      dataDir: this.dataDir,
      logger: this.#logger,
      sessions: this.#sessions,
      services,
      isRequired,
    });
  }

  #transportServices(): TransportServices {
    const router = this.#router;
    return {
      dispatcher: new Dispatcher(this.#services(), (error) => this.#logger.error(error)),
      exchanges: new ExchangePool(),
      frameMemory: {
        bytes: router.arena.bytes,
        allocate: (bytes) => router.allocateFrame(bytes),
        free: (allocation) => router.freeFrame(allocation),
        copy: (chunk, from, length, to) => router.copyIntoArena(chunk, from, length, to),
      },
      waitForRoom: (waiter) => router.waitForRoom(waiter),
    };
  }

  async #listen(services: TransportServices): Promise<string> {
    const { tcp } = this.#config;
    const receiveMode = await this.#receiveMode();
    this.#listener = new TcpListener(
      {
        host: tcp.address.host,
        port: tcp.address.port,
        connectionsMax: tcp.maxConnections,
        noDelay: tcp.socket.nodelay,
        receiveMode,
        proxies: tcp.proxyProtocol
          ? new TrustedNetworks(this.#config.loadBalancer.trusted)
          : undefined,
        tls: this.#tls && { ...tcp.tls, identity: this.#tls.identity },
        log: (message, fields) => this.#logger.debug(fields, message),
        warn: (message, fields) => this.#logger.warn(fields, message),
      },
      this.#sessions,
      {
        ...services,
        limits: {
          frameBytesMax: tcp.maxFrameBytes,
          requestsInFlight: tcp.maxRequestsInFlight,
          responseBytesInFlight: tcp.maxResponseBytesInFlight,
          frameTimeoutMs: tcp.frameTimeoutMs,
          writeTimeoutMs: tcp.writeTimeoutMs,
        },
      },
    );
    return this.#listener.listen();
  }

  #loadTls(): Promise<LoadedIdentity> {
    return loadTlsIdentity(this.#config.tcp.tls, this.dataDir, (message) =>
      this.#logger.warn(message),
    );
  }

  #tlsQuery(): string {
    return this.#tls === undefined ? '' : trustQuery(this.#tls.selfSignedFile) || '?tls=true';
  }

  /** Name and password of the root user, where the configuration holds them. */
  get #login(): string {
    const { rootCredentials } = this.#config;
    if (rootCredentials === undefined) return '';
    const { username, password } = rootCredentials;
    return `${encodeURIComponent(username)}:${encodeURIComponent(password)}@`;
  }

  async #receiveMode(): Promise<ReceiveMode> {
    if (this.#config.tcp.receive === 'copy') return 'copy';
    const isDirect = await probeDirect();
    if (!isDirect)
      this.#logger.info('Frames are received with one copy: direct receiving is absent');
    return isDirect ? 'direct' : 'copy';
  }

  #services(): Services {
    const process = new ProcessStatistics(this.dataDir);
    const snapshots = this.#snapshots(process);
    const { system, loginLimit } = this.#config;
    const limiter = loginLimit.enabled ? new LoginLimiter(loginLimit) : undefined;
    return {
      catalog: this.#catalog,
      router: this.#router,
      access: new Access(this.#catalog),
      handles: this.#handles,
      sessions: this.#sessions,
      groups: this.#groups,
      waitingPolls: this.#waitingPolls,
      process,
      takeSnapshot: (request) => snapshots.take(request),
      logins: new Logins(limiter, this.#sessions, (message, fields) =>
        this.#logger.warn(fields, message),
      ),
      passwords: this.#passwords,
      settings: {
        segmentBytes: system.segment.sizeBytes,
        acknowledgement: acknowledgementOf(system),
        defaultMaxSize: orUnlimited(system.topic.maxSizeBytes),
        pollWaitMsMax: this.#config.polling.waitMsMax,
        pollsWaitingMax: Math.ceil(this.#config.tcp.maxRequestsInFlight / 2),
        defaultMessageExpiry: orUnlimited(system.topic.messageExpiryMs * MICROS_PER_MS),
      },
      node: () => this.#node(),
    };
  }

  #snapshots(process: ProcessStatistics): Snapshots {
    return new Snapshots({
      dataDir: this.dataDir,
      configText: () => effectiveToml(this.#config, this.addresses),
      logLines: () => recentLinesOf(this.#logger),
      figures: () => ({
        ...process.read(),
        ...this.statistics,
        shardsCount: this.#router.links.length,
        shardsUpCount: this.#router.links.filter((link) => link.isUp).length,
      }),
      warn: (message) => this.#logger.warn(message),
    });
  }

  #node(): ClusterNode {
    const { tcp, quic } = this.addresses;
    const address = tcp ?? quic ?? '127.0.0.1:0';
    return {
      name: 'iggy-node',
      ip: address.slice(0, address.lastIndexOf(':')),
      tcpPort: portOf(tcp),
      quicPort: portOf(quic),
      httpPort: 0,
      websocketPort: 0,
      role: 'leader',
      status: 'healthy',
    };
  }

  async #stop(): Promise<void> {
    this.#housekeeping.stop();
    await this.#cleaner?.stop();
    await this.#drainListeners();
    const isClean = await this.#router.stop();
    await this.#catalog?.close();
    if (isClean && this.#areAllOpen) this.#markClean();
    this.#lock.release();
  }

  /** Without the mark the next start only takes longer. */
  #markClean(): void {
    try {
      writeCleanMark(this.dataDir);
    } catch (error) {
      this.#logger.warn(`The next start has to look at all files: ${(error as Error).message}`);
    }
  }

  async #drainListeners(): Promise<void> {
    const listeners = [this.#listener, this.#quic?.listener].filter((part) => part !== undefined);
    const timer = setTimeout(() => {
      this.#logger.warn('Some connections did not end in time and are cut');
      for (const listener of listeners) listener.destroy();
    }, this.#config.system.shutdownTimeoutMs);
    await Promise.all(listeners.map((listener) => listener.drain()));
    clearTimeout(timer);
  }
}

/** What the listeners of all transports share. */
type TransportServices = Pick<
  TcpServices,
  'dispatcher' | 'exchanges' | 'frameMemory' | 'waitForRoom'
>;

/** The name is given because the broker may listen on an address that is not in a certificate. */
function trustQuery(selfSignedFile: string | undefined): string {
  if (selfSignedFile === undefined) return '';
  return `?tlsCaFile=${encodeURIComponent(selfSignedFile)}&tlsServerName=localhost`;
}

/** 0 for a transport that is off. */
function portOf(address: string | undefined): number {
  return address === undefined ? 0 : Number(address.slice(address.lastIndexOf(':') + 1));
}

function orUnlimited(value: number): bigint {
  return value === Number.POSITIVE_INFINITY ? UNLIMITED : BigInt(Math.round(value));
}

/** What a send waits for in topics that do not say it. */
function acknowledgementOf({ partition }: Config['system']): Acknowledgement {
  return partition.enforceFsync ? 'synced' : partition.acknowledgement;
}

function deduplicationOptions({ messageDeduplication: { enabled, ...window } }: SystemConfig) {
  const { maxEntries, expiryMs } = window;
  return enabled ? { maxEntries, expiryMicros: expiryMs * MICROS_PER_MS } : null;
}

function shardOptions(
  { system }: Config,
  encryptionKey: Uint8Array | null = null,
): Omit<ShardOptions, 'keptFrameBytes'> {
  return {
    dataDir: system.path,
    streamsDirName: system.stream.path,
    topicsDirName: system.topic.path,
    partitionsDirName: system.partition.path,
    segmentBytes: system.segment.sizeBytes,
    acknowledgement: acknowledgementOf(system),
    syncIntervalMs: system.partition.syncIntervalMs,
    validateChecksum: system.partition.validateChecksum,
    deduplication: deduplicationOptions(system),
    encryptionKey,
  };
}
