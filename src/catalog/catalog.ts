import { type CatalogMessage, channels } from '../diagnostics/channels.ts';
import type { Cipher } from '../encryption/cipher.ts';
import type { Identifier } from '../wire/classic/identifier.ts';
import { status } from '../wire/status.ts';
import { WireError } from '../wire/wire-error.ts';
import { CatalogLog, type CatalogReport } from './catalog-log.ts';
import type { NamedMap } from './named-map.ts';
import type { RevokedTokens } from './revoked-tokens.ts';
import type { CatalogCommand, StreamRecord, TopicRecord, UserRecord } from './state.ts';
import type { TokenTable } from './token-table.ts';

/**
 * Streams, topics, partitions, users and tokens. Reading is direct; every change goes through
 * `transact`, one after the other, so that what a change checked still holds when it is applied.
 */
export class Catalog {
  readonly #broker: string;
  readonly #log: CatalogLog;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(broker: string, log: CatalogLog) {
    this.#broker = broker;
    this.#log = log;
  }

  /**
   * Opens the catalog of a data directory, or begins one. With `sync` each change is on the disk
   * before it counts; with a cipher all of it is encrypted there. Throws `CatalogDamage`, and
   * `EncryptionMismatch` when what is there was not written with the same cipher.
   */
  static async open(
    dataDir: string,
    sync: boolean,
    report: CatalogReport = () => {},
    cipher?: Cipher,
  ): Promise<Catalog> {
    return new Catalog(dataDir, await CatalogLog.open(dataDir, { sync, report, cipher }));
  }

  get streams(): NamedMap<StreamRecord> {
    return this.#log.state.streams;
  }

  get users(): NamedMap<UserRecord> {
    return this.#log.state.users;
  }

  get tokens(): TokenTable {
    return this.#log.state.tokens;
  }

  /** Access tokens that are of no use any more, although they have not expired. */
  get revokedTokens(): RevokedTokens {
    return this.#log.state.revokedTokens;
  }

  nextUserId(): number {
    return this.#log.state.userIds.peek();
  }

  nextStreamId(): number {
    return this.#log.state.streamIds.peek();
  }

  /** The user, or a `WireError` with status 20. */
  user(id: Identifier): UserRecord {
    const user = this.users.find(id);
    if (user === undefined) throw new WireError(status.ResourceNotFound, `user ${id}`);
    return user;
  }

  /** The stream, or a `WireError` with status 1009. */
  stream(id: Identifier): StreamRecord {
    const stream = this.streams.find(id);
    if (stream === undefined) throw new WireError(status.StreamIdNotFound, `stream ${id}`);
    return stream;
  }

  /** The topic, or a `WireError` with status 2010. */
  topic(stream: StreamRecord, id: Identifier): TopicRecord {
    const topic = stream.topics.find(id);
    if (topic === undefined) {
      throw new WireError(status.TopicIdNotFound, `topic ${id} of stream ${stream.name}`);
    }
    return topic;
  }

  /** Runs one change at a time; what the last one did is finished before the next begins. */
  transact<Result>(change: (propose: Propose) => Promise<Result>): Promise<Result> {
    const run = this.#last.then(() => change((command) => this.#append(command)));
    this.#last = run.catch(() => {});
    return run;
  }

  async #append(command: CatalogCommand): Promise<void> {
    await this.#log.append(command);
    const { catalogChanged } = channels;
    if (!catalogChanged.hasSubscribers) return;
    catalogChanged.publish({ broker: this.#broker, ...tellable(command) });
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#log.close();
  }
}

/** The only way into the catalog: appended to its log, synced, applied. */
export type Propose = (command: CatalogCommand) => Promise<void>;

/** What of a change may be told: some have hashes of passwords and tokens, or permissions. */
const tellableFields = ['id', 'name', 'streamId', 'topicId', 'userId', 'count'] as const;

function tellable(command: CatalogCommand): Omit<CatalogMessage, 'broker'> {
  const fields = tellableFields.filter((field) => field in command);
  const values = command as unknown as Record<string, unknown>;
  const told = Object.fromEntries(fields.map((field) => [field, values[field]]));
  return { change: command.type, ...told };
}
