import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../../config/config.ts';
import { type BoundAddresses, effectiveToml } from '../../config/effective.ts';
import { Catalog } from '../catalog/catalog.ts';
import { Access } from '../commands/access.ts';
import { Dispatcher } from '../commands/dispatcher.ts';
import { ExchangePool } from '../commands/exchange.ts';
import { Logins } from '../commands/logins.ts';
import { PartitionHandles } from '../commands/partition-handles.ts';
import { ProcessStatistics } from '../commands/process-statistics.ts';
import { ReadAheads } from '../commands/read-aheads.ts';
import { RequestCounts } from '../commands/request-counts.ts';
import type { Services } from '../commands/services.ts';
import { Sessions } from '../commands/sessions.ts';
import { WaitingPolls } from '../commands/waiting-polls.ts';
import { WriteRefusals } from '../commands/write-refusals.ts';
import { Cipher } from '../encryption/cipher.ts';
import { ConsumerGroups } from '../groups/consumer-groups.ts';
import { Metrics } from '../metrics/metrics.ts';
import { LoginLimiter } from '../security/login-limiter.ts';
import { Passwords } from '../security/password.ts';
import { layoutOf } from '../shards/descriptors.ts';
import { awakeTimes } from '../shards/pauses.ts';
import { ShardRouter } from '../shards/shard-router.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { HttpListener } from '../transports/http/listener.ts';
import type { ClusterNode } from '../wire/classic/structures/cluster-metadata.ts';
import { assertLimits, connectionSweepMs } from '../wire/limits.ts';
import { WireError } from '../wire/wire-error.ts';
import { BrokerEvents } from './broker-events.ts';
import { takeCleanMark, writeCleanMark } from './clean-mark.ts';
import type { Cleaner } from './cleaner.ts';
import { ConnectionListeners } from './connection-listeners.ts';
import { DataLock } from './data-lock.ts';
import { loadEncryptionKey } from './encryption-key.ts';
import { Housekeeping, keepHouse } from './housekeeping.ts';
import { createLogger, type Logger, recentLinesOf } from './logger.ts';
import { type BrokerOptions, configOf, requiresQuic } from './options.ts';
import { moveOrphans } from './orphans.ts';
import { ensureRootUser } from './root-user.ts';
import { resetRuntime, writeCurrentConfig } from './runtime-files.ts';
import { commandSettings, shardOptions } from './settings.ts';
import { Snapshots } from './snapshots.ts';
import type { TcpParts } from './tcp-server.ts';
import { startTelemetry } from './telemetry-export.ts';
import { type Identities, loadIdentities, trustQuery } from './tls-identity.ts';
import { packageVersion } from './version.ts';

/** What is under way in a broker at one moment. */
export interface BrokerStatistics {
  readonly connectionsCount: number;
  /** Requests over HTTP that are not answered yet. */
  readonly httpRequestsCount: number;
  /** Memory of frames that are received, worked on or kept as cache. */
  readonly frameBytesUsed: number;
  /** Requests that a shard has not answered yet. */
  readonly callsWaiting: number;
  /** Answers to polls whose memory a shard cannot use again yet. */
  readonly repliesOut: number;
  /** Partitions and groups that some poll waits for. */
  readonly watchedCount: number;
  readonly shardsCount: number;
  /** Fewer than `shardsCount` while the worker of one is being replaced. */
  readonly shardsUpCount: number;
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
  readonly #writeRefusals = new WriteRefusals(this.#waitingPolls.readSent);
  readonly #groups: ConsumerGroups;
  readonly #readAheads: ReadAheads;
  readonly #sessions: Sessions;
  readonly #events: BrokerEvents;
  readonly #passwords = new Passwords();
  readonly #requests = new RequestCounts();
  readonly #housekeeping = new Housekeeping();
  readonly #exchanges = new ExchangePool((status) => this.#requests.fail(status));
  #catalog!: Catalog;
  #metrics!: Metrics;
  #telemetry: Telemetry | undefined;
  #dispatcher!: Dispatcher;
  /** False until all partitions are open: what was not opened is as it was. */
  #areAllOpen = false;
  #cleaner: Cleaner | undefined;
  readonly #listeners = new ConnectionListeners();
  #http: HttpListener | undefined;
  #httpAddress: string | undefined;
  /** What each transport shows that speaks TLS. */
  #identities: Identities = {};
  #generatedRootPassword: string | undefined;
  #stopping: Promise<void> | undefined;

  private constructor(config: Config, logger: Logger, lock: DataLock, key?: Uint8Array) {
    this.#config = config;
    this.#logger = logger;
    this.#lock = lock;
    this.#cipher = key && new Cipher(key);
    this.#events = new BrokerEvents(config.system.path);
    this.#groups = new ConsumerGroups((group) => {
      this.#waitingPolls.wake(group);
      this.#events.groupChanged(group);
    });
    this.#sessions = new Sessions(config.system.path, (session) => {
      this.#groups.disconnect(session.clientId);
      this.#readAheads.forget(session);
    });
    this.#router = new ShardRouter({
      threads: config.system.sharding.threads,
      awake: awakeTimes(config.system.sharding, availableParallelism()),
      memoryBytes: config.system.memoryPool.sizeBytes,
      shard: shardOptions(config, key),
      report: (level, message) => logger[level](message),
      onMemoryShort: () => this.#listeners.onMemoryShort(),
    });
    this.#handles = new PartitionHandles(this.#router, (handle) => this.#waitingPolls.wake(handle));
    this.#router.onRepliesOverdue = (link) => this.#listeners.endReadersOf(link);
    this.#readAheads = new ReadAheads(this.#router);
    this.#router.onMemoryWanted = () => this.#readAheads.drop();
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
  get addresses(): BoundAddresses {
    return {
      tcp: this.#listeners.addressOf('tcp'),
      quic: this.#listeners.addressOf('quic'),
      websocket: this.#listeners.addressOf('websocket'),
      http: this.#httpAddress,
    };
  }

  /** Where the API over HTTP is, such as `http://127.0.0.1:3000`; undefined when it is off. */
  get httpUrl(): string | undefined {
    const scheme = this.#identities.http === undefined ? 'http' : 'https';
    return this.#httpAddress === undefined ? undefined : `${scheme}://${this.#httpAddress}`;
  }

  /**
   * For `connect`: with the root user's name and password when the configuration holds them, and
   * with the certificate to trust when the broker made it itself.
   */
  get url(): string {
    const address = this.addresses.tcp;
    if (address === undefined) throw new Error('The broker does not listen on TCP.');
    const { tcp } = this.#identities;
    const query = tcp === undefined ? '' : trustQuery(tcp) || '?tls=true';
    return `iggy://${this.#login}${address}${query}`;
  }

  /** The same over QUIC. */
  get quicUrl(): string {
    const address = this.addresses.quic;
    if (address === undefined) throw new Error('The broker does not listen on QUIC.');
    return `iggy+quic://${this.#login}${address}${trustQuery(this.#identities.quic!)}`;
  }

  /** The same over WebSocket. */
  get webSocketUrl(): string {
    const address = this.addresses.websocket;
    if (address === undefined) throw new Error('The broker does not listen on WebSocket.');
    const { websocket } = this.#identities;
    if (websocket === undefined) return `iggy+ws://${this.#login}${address}`;
    return `iggy+wss://${this.#login}${address}${trustQuery(websocket)}`;
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
      connectionsCount: this.#listeners.connectionsCount,
      httpRequestsCount: this.#http?.requestsCount ?? 0,
      frameBytesUsed,
      callsWaiting: links.reduce((sum, link) => sum + link.callsWaiting, 0),
      repliesOut: links.reduce((sum, link) => sum + link.repliesOut, 0),
      watchedCount: this.#waitingPolls.size,
      shardsCount: links.length,
      shardsUpCount: links.filter((link) => link.isUp).length,
    };
  }

  /** Messages that polls gave and that had been read ahead. */
  get messagesReadAhead(): number {
    const { counters } = this.#router;
    return counters.reduce((sum, shard) => sum + shard.get('readAheadMessages'), 0);
  }

  /**
   * All metrics in the text format of Prometheus. Reads only what is counted anyway; the first call
   * also begins to measure garbage collection and the delay of the event loop.
   */
  async metrics(): Promise<string> {
    return (await this.#metrics.read()).text;
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
   * Reads the certificates of all transports again. Connections that are open keep theirs. Rejects
   * with `ConfigError` when a file cannot be used, and goes on with what it had. False without TLS.
   */
  async reloadCertificates(): Promise<boolean> {
    if (Object.values(this.#identities).every((loaded) => loaded === undefined)) return false;
    this.#identities = await this.#loadIdentities();
    const { http } = this.#identities;
    this.#listeners.useTlsIdentities(this.#identities);
    if (http !== undefined) this.#http?.useTlsIdentity(http.identity);
    return true;
  }

  /** Ends the worker of a shard as a crash would: for tests of the supervision. */
  crashShard(shard: number): void {
    this.#router.crash(shard);
  }

  async #start(requiresQuic: boolean): Promise<void> {
    const { system } = this.#config;
    resetRuntime(this.#config);
    this.#identities = await this.#loadIdentities();
    // Before all else: whoever asks for its health shall hear that it is recovering.
    await this.#listenHttp();
    const { enforceFsync } = system.state;
    const warn = (message: string) => this.#logger.warn(message);
    this.#catalog = await Catalog.open(system.path, enforceFsync, warn, this.#cipher);
    const [generated] = await Promise.all([
      ensureRootUser(this.#catalog, this.#passwords, this.#config.rootCredentials),
      this.#openPartitions(),
    ]);
    this.#generatedRootPassword = generated;
    const services = this.#services();
    this.#metrics = new Metrics(services, packageVersion());
    this.#telemetry = await startTelemetry(this.#config, this.#metrics, this.#logger);
    this.#dispatcher = new Dispatcher(services, (error) => this.#logger.error(error));
    await this.#serveHttp();
    const parts = this.#connectionParts();
    await this.#listeners.listen(this.#config, parts, this.#identities, requiresQuic);
    this.#cleaner = keepHouse(this.#housekeeping, this.#config, {
      ...services,
      logger: this.#logger,
    });
    writeCurrentConfig(this.#config, this.addresses);
    this.#events.started({ addresses: this.addresses, threads: this.threads });
  }

  /** What HTTP needs is loaded only where it is on. */
  async #listenHttp(): Promise<void> {
    if (!this.#config.http.enabled) return;
    const { makeHttpListener } = await import('./http-server.ts');
    this.#http = makeHttpListener(this.#config, {
      router: this.#router,
      writeRefusals: this.#writeRefusals,
      logger: this.#logger,
      identity: this.#identities.http?.identity,
    });
    this.#httpAddress = await this.#http.listen();
  }

  async #serveHttp(): Promise<void> {
    if (this.#http === undefined) return;
    const { GroupSessions, makeHttpServices } = await import('./http-server.ts');
    const { router, sessions, ...commands } = this.#connectionParts();
    const groupSessions = new GroupSessions(sessions);
    this.#housekeeping.every(connectionSweepMs, () => groupSessions.closeIdle());
    const services = await makeHttpServices(
      this.#config,
      this.#catalog,
      this.#cipher,
      { ...commands, waitForRoom: (waiter) => router.waitForRoom(waiter) },
      groupSessions,
      () => this.#metrics.read(),
    );
    this.#http.serve(services);
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

  /** What all transports work with. */
  #connectionParts(): Omit<TcpParts, 'identity'> {
    const router = this.#router;
    return {
      router,
      sessions: this.#sessions,
      dispatcher: this.#dispatcher,
      exchanges: this.#exchanges,
      frameMemory: {
        bytes: router.arena.bytes,
        allocate: (bytes) => router.allocateFrame(bytes),
        free: (allocation) => router.freeFrame(allocation),
        copy: (chunk, from, length, to) => router.copyIntoArena(chunk, from, length, to),
        mask: (from, length, key) => router.maskInArena(from, length, key),
        allocateText: (bytes) => router.texts.allocate(bytes),
        freeText: (allocation) => router.texts.free(allocation),
        print: (...operands) => router.printInArena(...operands),
      },
      logger: this.#logger,
    };
  }

  #loadIdentities(): Promise<Identities> {
    return loadIdentities(this.#config, (message) => this.#logger.warn(message));
  }

  /** Name and password of the root user, where the configuration holds them. */
  get #login(): string {
    const { rootCredentials } = this.#config;
    if (rootCredentials === undefined) return '';
    const { username, password } = rootCredentials;
    return `${encodeURIComponent(username)}:${encodeURIComponent(password)}@`;
  }

  #services(): Services {
    const process = new ProcessStatistics(this.dataDir);
    const snapshots = this.#snapshots(process);
    const { loginLimit } = this.#config;
    const limiter = loginLimit.enabled ? new LoginLimiter(loginLimit) : undefined;
    return {
      broker: this.dataDir,
      catalog: this.#catalog,
      router: this.#router,
      access: new Access(this.#catalog),
      handles: this.#handles,
      sessions: this.#sessions,
      groups: this.#groups,
      requests: this.#requests,
      waitingPolls: this.#waitingPolls,
      readAheads: this.#readAheads,
      writeRefusals: this.#writeRefusals,
      process,
      takeSnapshot: (request) => snapshots.take(request),
      logins: new Logins(this.dataDir, limiter, (message, fields) =>
        this.#logger.warn(fields, message),
      ),
      passwords: this.#passwords,
      settings: commandSettings(this.#config),
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
      }),
      warn: (message) => this.#logger.warn(message),
    });
  }

  #node(): ClusterNode {
    const { tcp, quic, http, websocket } = this.addresses;
    const address = tcp ?? quic ?? websocket ?? http ?? '127.0.0.1:0';
    return {
      name: 'iggy-node',
      ip: address.slice(0, address.lastIndexOf(':')),
      tcpPort: portOf(tcp),
      quicPort: portOf(quic),
      httpPort: portOf(http),
      websocketPort: portOf(websocket),
      role: 'leader',
      status: 'healthy',
    };
  }

  async #stop(): Promise<void> {
    this.#events.draining();
    await this.#announceStop();
    this.#housekeeping.stop();
    await this.#cleaner?.stop();
    await this.#drainListeners();
    const isClean = await this.#router.stop();
    await this.#catalog?.close();
    if (isClean && this.#areAllOpen) this.#markClean();
    this.#lock.release();
    await this.#telemetry?.stop();
    this.#events.stopped(isClean);
  }

  /** Load balancers look elsewhere before anybody is refused. */
  async #announceStop(): Promise<void> {
    const { drainDelayMs } = this.#config.loadBalancer;
    if (this.#http === undefined || drainDelayMs === 0) return;
    this.#http.announceStop();
    await delay(drainDelayMs);
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
    const { all } = this.#listeners;
    const listeners = this.#http === undefined ? all : [...all, this.#http];
    const timer = setTimeout(() => {
      this.#logger.warn('Some connections did not end in time and are cut');
      for (const listener of listeners) listener.destroy();
    }, this.#config.system.shutdownTimeoutMs);
    await Promise.all(listeners.map((listener) => listener.drain()));
    clearTimeout(timer);
  }
}

/** 0 for a transport that is off. */
function portOf(address = ':0'): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}
