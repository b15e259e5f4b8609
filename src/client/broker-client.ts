import { getClusterMetadata } from '../wire/classic/commands/get-cluster-metadata.ts';
import { getMe } from '../wire/classic/commands/get-me.ts';
import { getSnapshot } from '../wire/classic/commands/get-snapshot.ts';
import { getStats } from '../wire/classic/commands/get-stats.ts';
import { ping } from '../wire/classic/commands/ping.ts';
import type { Identifier } from '../wire/classic/identifier.ts';
import type { ClientDetails } from '../wire/classic/structures/client.ts';
import type { ClusterMetadata } from '../wire/classic/structures/cluster-metadata.ts';
import type { Identity } from '../wire/classic/structures/identity.ts';
import type { Stats } from '../wire/classic/structures/stats.ts';
import { Clients } from './clients.ts';
import type { Credentials, TokenCredentials } from './connect-options.ts';
import { Consumer } from './consumer.ts';
import { Groups } from './groups.ts';
import { Messages } from './messages.ts';
import { Offsets } from './offsets.ts';
import { Partitions } from './partitions.ts';
import { Producer } from './producer.ts';
import { Segments } from './segments.ts';
import type { Session } from './session.ts';
import { Streams } from './streams.ts';
import { Tokens } from './tokens.ts';
import { Topics } from './topics.ts';
import type { ConsumerOptions, ProducerOptions, RequestOptions, SnapshotOptions } from './types.ts';
import { Users } from './users.ts';

/**
 * A connection to a broker that comes back by itself. Requests are sent at once, back to back, and
 * answered in order. After a lost connection, reads, sends, flushes and offset stores go again (a
 * send may then arrive twice); other commands reject with status 206, carried out or not.
 */
export class Client implements AsyncDisposable {
  readonly streams: Streams;
  readonly topics: Topics;
  readonly partitions: Partitions;
  readonly segments: Segments;
  readonly groups: Groups;
  readonly offsets: Offsets;
  readonly messages: Messages;
  readonly users: Users;
  readonly tokens: Tokens;
  readonly clients: Clients;
  readonly #session: Session;
  readonly #producers = new Set<Producer>();
  readonly #consumers = new Set<Consumer>();
  #closing: Promise<void> | null = null;

  /** Made by `connect`. */
  constructor(session: Session) {
    this.#session = session;
    this.streams = new Streams(session);
    this.topics = new Topics(session);
    this.partitions = new Partitions(session);
    this.segments = new Segments(session);
    this.groups = new Groups(session);
    this.offsets = new Offsets(session);
    this.messages = new Messages(session);
    this.users = new Users(session);
    this.tokens = new Tokens(session);
    this.clients = new Clients(session);
  }

  /** Also before login. */
  ping(options?: RequestOptions): Promise<void> {
    return this.#session.request(ping, undefined, options).then(() => undefined);
  }

  /** This connection as the broker sees it. */
  me(options?: RequestOptions): Promise<ClientDetails> {
    return this.#session.request(getMe, undefined, options);
  }

  /** Counters of the broker. */
  stats(options?: RequestOptions): Promise<Stats> {
    return this.#session.request(getStats, undefined, options);
  }

  /**
   * A ZIP archive with texts about the broker and its machine: files, processes, resources, newest
   * log lines, configuration. Status 9000 when the broker cannot make it.
   */
  async snapshot(options: SnapshotOptions = {}): Promise<Buffer> {
    const { compression = 'deflated', types = ['all'] } = options;
    const archive = await this.#session.request(getSnapshot, { compression, types }, options);
    return Buffer.from(archive);
  }

  /** The nodes of the broker's cluster. */
  clusterMetadata(options?: RequestOptions): Promise<ClusterMetadata> {
    return this.#session.request(getClusterMetadata, undefined, options);
  }

  /**
   * Logs in, also after each reconnection. Status 42 for a wrong name or password, 47 for an
   * inactive user, 20 for an unknown token, 54 for one that has expired.
   */
  login(credentials: Credentials | TokenCredentials, options?: RequestOptions): Promise<Identity> {
    return this.#session.login(credentials, options);
  }

  /** The connection stays open without an identity. */
  logout(options?: RequestOptions): Promise<void> {
    return this.#session.logout(options);
  }

  /** Sends messages in batches. Throws status 2 for options out of their limits. */
  producer(stream: Identifier, topic: Identifier, options: ProducerOptions = {}): Producer {
    const onClosed = (closed: Producer) => this.#producers.delete(closed);
    const producer = new Producer(this.#session, [stream, topic], options, onClosed);
    this.#producers.add(producer);
    return producer;
  }

  /** Reads messages as they come. Throws status 2 for options out of their limits. */
  consumer(stream: Identifier, topic: Identifier, options: ConsumerOptions = {}): Consumer {
    const onClosed = (closed: Consumer) => this.#consumers.delete(closed);
    const consumer = new Consumer(this.#session, [stream, topic], options, onClosed);
    this.#consumers.add(consumer);
    return consumer;
  }

  /**
   * Ends consumers, which leave their groups, flushes producers, waits for the answers that are due
   * and closes. Later calls reject with status 63. May be called any number of times.
   */
  close(): Promise<void> {
    this.#closing ??= this.#drain();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #drain(): Promise<void> {
    await Promise.all([...this.#consumers].map((consumer) => consumer.close()));
    await Promise.all([...this.#producers].map((producer) => producer.close()));
    await this.#session.close();
  }
}
