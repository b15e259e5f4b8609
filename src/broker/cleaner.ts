import type { Catalog } from '../catalog/catalog.ts';
import type { StreamRecord, TopicRecord } from '../catalog/state.ts';
import type { PartitionHandles } from '../commands/partition-handles.ts';
import type { RemovalReason } from '../diagnostics/channels.ts';
import type { ShardRouter } from '../shards/shard-router.ts';
import { UNLIMITED } from '../wire/classic/structures/topic.ts';
import { segmentsPerStepMax } from '../wire/limits.ts';
import type { Logger } from './logger.ts';

/** What a cleaner works with. */
export interface CleanerParts {
  readonly catalog: Catalog;
  readonly handles: PartitionHandles;
  readonly router: ShardRouter;
  readonly logger: Logger;
}

/** A topic that reaches this share of its size limit loses its oldest segment (section 5.7). */
const FULL_SHARE = 0.9;
const MICROS_PER_MS = 1000;

/** Why segments go, and microseconds of the newest message that may. */
interface Removal {
  readonly reason: RemovalReason;
  readonly newest?: number;
}

/**
 * Removes what topics do not want to keep: messages beyond an age, and the oldest ones beyond a
 * size. A topic's partitions live on several shards, so this end decides, by the counters that all
 * share, and asks a shard for a few segments at a time; traffic goes on in between.
 */
export class Cleaner {
  readonly #parts: CleanerParts;
  /** Topics of which a person was told that stored offsets keep them above their limit. */
  readonly #heldBack = new WeakSet<TopicRecord>();
  #round: Promise<void> | undefined;
  #isStopping = false;

  constructor(parts: CleanerParts) {
    this.#parts = parts;
  }

  /** Begins to look at all topics, unless that is still being done. */
  begin(): void {
    this.#round ??= this.#cleanAll()
      .catch((error: Error) => this.#parts.logger.error(error))
      .finally(() => {
        this.#round = undefined;
      });
  }

  /** Resolves when nothing is being removed any more. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#round;
  }

  async #cleanAll(): Promise<void> {
    const topics = this.#parts.catalog.streams
      .sorted()
      .flatMap((stream) => stream.topics.sorted().map((topic) => ({ stream, topic })));
    for (const { stream, topic } of topics) {
      const removed = (await this.#expire(topic)) + (await this.#shrink(stream, topic));
      if (removed === 0) continue;
      const fields = { stream: stream.name, topic: topic.name, segments: removed };
      this.#parts.logger.info(fields, 'Removed segments that their topic no longer keeps');
    }
  }

  /** Removes segments whose newest message has passed the topic's expiry. Returns how many. */
  async #expire(topic: TopicRecord): Promise<number> {
    if (topic.messageExpiry === UNLIMITED) return 0;
    const newest = Date.now() * MICROS_PER_MS - Number(topic.messageExpiry);
    const expired = { reason: 'expiry', newest } as const;
    let removed = 0;
    for (const partitionId of topic.partitions.keys()) {
      let some = segmentsPerStepMax;
      while (some === segmentsPerStepMax && this.#isOlder(topic, partitionId, newest)) {
        some = await this.#remove(topic, partitionId, segmentsPerStepMax, expired);
        removed += some;
      }
    }
    return removed;
  }

  /** Removes the oldest segments as long as the topic is nearly full. Returns how many. */
  async #shrink(stream: StreamRecord, topic: TopicRecord): Promise<number> {
    if (topic.maxSize === UNLIMITED) return 0;
    const keptBack = new Set<number>();
    let removed = 0;
    while (this.#isFull(topic)) {
      const partitionId = this.#oldestOf(topic, keptBack);
      if (partitionId === undefined) break;
      const some = await this.#remove(topic, partitionId, 1, { reason: 'size' });
      if (some === 0) keptBack.add(partitionId);
      removed += some;
    }
    this.#tellHeldBack(stream, topic, keptBack.size > 0 && this.#isFull(topic));
    return removed;
  }

  /** One step, in turn with changes of the catalog: these could give the handle to another. */
  async #remove(
    topic: TopicRecord,
    partitionId: number,
    count: number,
    { reason, newest }: Removal,
  ): Promise<number> {
    if (this.#isStopping) return 0;
    const { catalog, handles, router } = this.#parts;
    try {
      return await catalog.transact(async () => {
        const handle = handles.find(topic, partitionId);
        return handle === undefined ? 0 : router.removeSegments(handle, count, reason, newest);
      });
    } catch {
      // The shard has said why, or is being replaced: the next round finds what is left.
      return 0;
    }
  }

  #isOlder(topic: TopicRecord, partitionId: number, newest: number): boolean {
    const handle = this.#parts.handles.find(topic, partitionId);
    if (handle === undefined) return false;
    const { until } = this.#parts.router.statistics.readOldest(handle);
    return until > 0 && until <= newest;
  }

  #isFull(topic: TopicRecord): boolean {
    const { handles } = this.#parts;
    let bytes = 0;
    for (const id of topic.partitions.keys()) bytes += handles.counters(topic, id).sizeBytes;
    return bytes >= Number(topic.maxSize) * FULL_SHARE;
  }

  /** The partition whose oldest segment is sealed and begins before those of all others. */
  #oldestOf(topic: TopicRecord, except: ReadonlySet<number>): number | undefined {
    let oldest: number | undefined;
    let oldestSince = Number.POSITIVE_INFINITY;
    for (const [id, handle] of this.#parts.handles.all(topic).entries()) {
      const { since, isSealed } = this.#parts.router.statistics.readOldest(handle);
      if (!isSealed || since >= oldestSince || except.has(id)) continue;
      oldest = id;
      oldestSince = since;
    }
    return oldest;
  }

  #tellHeldBack(stream: StreamRecord, topic: TopicRecord, isHeldBack: boolean): void {
    if (!isHeldBack) return void this.#heldBack.delete(topic);
    if (this.#heldBack.has(topic)) return;
    this.#heldBack.add(topic);
    const fields = { stream: stream.name, topic: topic.name };
    this.#parts.logger.warn(fields, 'Stored offsets keep a topic above its size limit');
  }
}
