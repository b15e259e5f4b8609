import { rm } from 'node:fs/promises';
import { Packr } from 'msgpackr/pack';
import { Piscina } from 'piscina';
import type { RemovalReason } from '../diagnostics/channels.ts';
import { Allocator } from '../memory/allocator.ts';
import { type Arena, createArena } from '../memory/arena.ts';
import { compileKernel, instantiateKernel, type Kernel } from '../memory/kernel.ts';
import { consumerKind } from '../storage/consumer-offsets.ts';
import type { Layout } from '../storage/layout.ts';
import type { Acknowledgement } from '../wire/acknowledgement.ts';
import { keptFrameBytesMax, openRecordPartitionsMax } from '../wire/limits.ts';
import { status } from '../wire/status.ts';
import { WireError } from '../wire/wire-error.ts';
import { BusyPolling } from './busy-polling.ts';
import {
  layoutOf,
  type OpenPartition,
  type RequestKind,
  requestKind,
  type SegmentBegun,
  type ShardOptions,
  type ShardTask,
} from './descriptors.ts';
import { EarlyStamping } from './early-stamping.ts';
import { createGroupOffsets, type GroupOffset, readGroupOffsets } from './group-offsets.ts';
import { PartitionStatistics } from './partition-statistics.ts';
import type { AwakeTimes } from './pauses.ts';
import type { ShardAnswer, ShardCall } from './shard-call.ts';
import { createCounters, ShardCounters } from './shard-counters.ts';
import { ShardEvents } from './shard-events.ts';
import { type LinkOwner, ShardLink } from './shard-link.ts';
import { TurnEnd } from './turn-end.ts';

/** What a router needs to start its shards. */
export interface RouterOptions {
  readonly threads: number;
  readonly awake: AwakeTimes;
  /** Bytes of the whole arena. */
  readonly memoryBytes: number;
  readonly shard: Omit<ShardOptions, 'keptFrameBytes'>;
  readonly report: (level: 'info' | 'warn' | 'error', message: string) => void;
  /** Readers hold all memory of a shard: the slowest should be let go. */
  readonly onMemoryShort: () => void;
}

/** Part of the acceptor's memory that shards may keep as cache; the rest receives frames. */
const KEPT_SHARE = 3 / 8;
const RESTART_DELAY_MS = 100;
const RESTART_DELAY_MS_MAX = 5000;
/** How long the memory of a dead worker is kept for sockets that still send from it. */
const REPLIES_GRACE_MS = 2000;

/**
 * The shards as the acceptor sees them: one worker of one pool each, which are started, fed,
 * replaced when they die, and stopped. A partition's handle tells its shard.
 */
export class ShardRouter implements LinkOwner {
  readonly statistics = new PartitionStatistics();
  /** What each shard counts. */
  readonly counters: readonly ShardCounters[];
  readonly #counterMemory: SharedArrayBuffer;
  readonly #groupOffsets: readonly SharedArrayBuffer[];
  readonly arena: Arena;
  readonly links: readonly ShardLink[];
  readonly #options: RouterOptions;
  /** Memory for answers that are printed. */
  readonly texts: Allocator;
  readonly #frames: Allocator;
  readonly #pool: Piscina;
  readonly #packr = new Packr();
  readonly #layout: Layout;
  readonly #events: ShardEvents;
  readonly turnEnd = new TurnEnd(() => this.#polling.noteWork());
  #isUnpublished = false;
  readonly #publish = () => {
    this.#isUnpublished = false;
    for (const link of this.links) link.publish();
  };
  readonly #polling: BusyPolling;
  readonly #waiters = new Set<() => void>();
  readonly #partitions = new Map<number, OpenPartition>();
  readonly #freeHandles: number[] = [];
  #nextHandle = 0;
  #module!: WebAssembly.Module;
  #kernel!: Kernel;
  /** Of large frames, while they arrive. */
  earlyStamping!: EarlyStamping;
  #isTrimming = false;
  #isStopping = false;
  /** Ends connections that send from the memory of a dead worker and do not come to an end. */
  onRepliesOverdue: (link: ShardLink) => void = () => {};
  /** Gives back what was polled for nobody yet: its memory is wanted. */
  onMemoryWanted: () => void = () => {};

  constructor(options: RouterOptions) {
    this.#options = options;
    this.#layout = layoutOf(options.shard);
    this.#events = new ShardEvents(options.shard.dataDir);
    this.arena = createArena(options.memoryBytes, options.threads);
    this.#frames = new Allocator(this.arena.acceptor.start, this.arena.acceptor.end);
    this.texts = new Allocator(this.arena.texts.start, this.arena.texts.end);
    this.links = Array.from({ length: options.threads }, (_, shard) => new ShardLink(shard, this));
    this.#polling = new BusyPolling(this.links, () => this.onDrained(), options.awake);
    this.#counterMemory = createCounters(options.threads);
    this.counters = this.links.map(({ shard }) => new ShardCounters(this.#counterMemory, shard));
    this.#groupOffsets = this.links.map(createGroupOffsets);
    this.#pool = new Piscina({
      filename: new URL('../../workers/shard.js', import.meta.url).href,
      minThreads: options.threads,
      maxThreads: options.threads,
      concurrentTasksPerWorker: 1,
      idleTimeout: Number.POSITIVE_INFINITY,
      atomics: 'disabled',
    });
    this.#pool.on('error', (error: Error) => this.onReport('error', error.message));
  }

  async start(): Promise<void> {
    this.#module = await compileKernel();
    const kernel = instantiateKernel(this.#module, this.arena.memory);
    this.#kernel = kernel;
    const { statistics, links } = this;
    const { bytes } = this.arena;
    const { shard: options } = this.#options;
    const linkOf = (handle: number) => links[handle % links.length];
    this.earlyStamping = new EarlyStamping({ kernel, statistics, options, bytes, linkOf });
    for (const link of this.links) {
      this.#startWorker(link, 0);
      link.isUp = true;
    }
  }

  // ── Partitions ────────────────────────────────────────────────────────────────────────────────

  /** A handle for a new partition; it says which shard owns it. */
  takeHandle(): number {
    const handle = this.#freeHandles.pop() ?? this.#nextHandle++;
    this.statistics.clear(handle);
    return handle;
  }

  get partitionsCount(): number {
    return this.#partitions.size;
  }

  /** What a handle stands for; undefined when its partition is gone. */
  placeOf(handle: number): OpenPartition | undefined {
    return this.#partitions.get(handle);
  }

  linkOf(handle: number): ShardLink {
    return this.links[handle % this.links.length];
  }

  /** The shard of a partition, or a `WireError` with status 11001 while it is being replaced. */
  workingLinkOf(handle: number): ShardLink {
    const link = this.linkOf(handle);
    if (!link.isUp) throw shardDown(link);
    return link;
  }

  /** Opens partitions on their shards. Rejects with a `WireError` when one cannot be opened. */
  async openPartitions(partitions: readonly OpenPartition[]): Promise<void> {
    for (const partition of partitions) {
      this.#partitions.set(partition.handle, { ...partition, origin: 'unclean' });
    }
    // A shard that is being replaced opens them with all its others when it is back.
    const working = this.links.filter((link) => link.isUp);
    const opened = await Promise.allSettled(
      working.map((link) =>
        this.#openOn(
          link,
          partitions.filter(({ handle }) => this.linkOf(handle) === link),
        ),
      ),
    );
    throwFirst(opened);
  }

  /** Removes partitions with their files; their handles are free afterwards. */
  async dropPartitions(handles: readonly number[]): Promise<void> {
    const drops = handles.map((handle) => this.call(requestKind.drop, handle));
    for (const handle of handles) this.#partitions.delete(handle);
    const outcomes = await Promise.allSettled(drops);
    this.#freeHandles.push(...handles);
    throwFirst(outcomes);
  }

  async purgePartitions(handles: readonly number[]): Promise<void> {
    throwFirst(
      await Promise.allSettled(handles.map((handle) => this.call(requestKind.purge, handle))),
    );
  }

  /** Sets what an acknowledgement means, also for shards that are being replaced. */
  async setAcknowledgement(
    handles: readonly number[],
    acknowledgement: Acknowledgement | null,
  ): Promise<void> {
    for (const handle of handles) {
      const partition = this.#partitions.get(handle);
      if (partition !== undefined) this.#partitions.set(handle, { ...partition, acknowledgement });
    }
    const working = handles.filter((handle) => this.linkOf(handle).isUp);
    const changes = working.map(async (handle) => {
      const link = this.linkOf(handle);
      await this.whenRoom(link);
      await awaitCall((call) => link.setAcknowledgement(call, handle, acknowledgement));
    });
    throwFirst(await Promise.allSettled(changes));
  }

  /**
   * Removes up to `count` of the oldest segments of a partition whose messages are no newer than
   * `newestMicros`; resolves to how many went. The shard serves nobody else meanwhile, so ask for
   * few at a time.
   */
  async removeSegments(
    handle: number,
    count: number,
    reason: RemovalReason,
    newestMicros = Number.POSITIVE_INFINITY,
  ): Promise<number> {
    const link = this.linkOf(handle);
    await this.whenRoom(link);
    const removed = await awaitCall((call) =>
      link.removeSegments(call, handle, count, newestMicros),
    );
    this.#events.segmentsRemoved(this.placeOf(handle), removed, reason);
    return removed;
  }

  /** Deletes the offsets of a consumer group wherever it has some. */
  async forgetGroup(handles: readonly number[], groupId: number): Promise<void> {
    throwFirst(
      await Promise.allSettled(handles.map((handle) => this.#forgetOffset(handle, groupId))),
    );
  }

  /** Removes what a deleted topic leaves on disk besides its partitions. */
  async removeTopicFolder(streamId: number, topicId: number): Promise<void> {
    await rm(this.#layout.topic(streamId, topicId), { recursive: true, force: true });
  }

  async removeStreamFolder(streamId: number): Promise<void> {
    await rm(this.#layout.stream(streamId), { recursive: true, force: true });
  }

  /** A request that needs only a partition. Rejects with a `WireError` for every status but 0. */
  async call(kind: RequestKind, handle: number): Promise<void> {
    const link = this.linkOf(handle);
    await this.whenRoom(link);
    await awaitCall((call) => link.control(kind, call, handle));
  }

  async #forgetOffset(handle: number, groupId: number): Promise<void> {
    const link = this.linkOf(handle);
    await this.whenRoom(link);
    try {
      await awaitCall((call) => link.deleteOffset(call, handle, consumerKind.group, groupId));
    } catch (error) {
      const isNothingStored =
        error instanceof WireError && error.code === status.ConsumerOffsetNotFound;
      if (!isNothingStored) throw error;
    }
  }

  // ── Memory and room ───────────────────────────────────────────────────────────────────────────

  /** Memory for a frame, or 0: then `waitForRoom` tells when to try again. */
  allocateFrame(bytes: number): number {
    const allocation = this.#frames.allocate(bytes);
    if (allocation === 0 && !this.#isTrimming) {
      this.#isTrimming = true;
      this.onMemoryWanted();
      for (const link of this.links) if (link.isUp) link.trim();
    }
    return allocation;
  }

  freeFrame(allocation: number): void {
    this.#frames.free(allocation);
    this.#isTrimming = false;
    if (this.#waiters.size > 0) this.onRoom();
  }

  /** Copies part of a chunk, wherever it lies, to an offset of the arena. */
  copyIntoArena(chunk: Buffer, from: number, length: number, to: number): void {
    const { bytes } = this.arena;
    if (chunk.buffer === bytes.buffer) this.#kernel.copy(to, chunk.byteOffset + from, length);
    else chunk.copy(bytes, to, from, from + length);
  }

  /** XORs bytes of the arena with the four of a key, lowest first. */
  maskInArena(from: number, length: number, key: number): void {
    this.#kernel.mask(from, length, key);
  }

  /** Prints stored messages as JSON from one place of the arena to another. */
  printInArena(...operands: Parameters<Kernel['print']>): number {
    return this.#kernel.print(...operands);
  }

  /** Calls back once when something came back that a request may have been waiting for. */
  waitForRoom(waiter: () => void): void {
    this.#waiters.add(waiter);
  }

  onRoom(): void {
    if (this.#waiters.size === 0) return;
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    setImmediate(() => {
      for (const waiter of waiters) waiter();
    });
  }

  publishSoon(): void {
    if (this.#isUnpublished) return;
    this.#isUnpublished = true;
    this.turnEnd.add(this.#publish);
  }

  onDrained(): void {
    this.turnEnd.run();
    this.onRoom();
  }

  onMemoryShort(): void {
    this.onMemoryWanted();
    this.#options.onMemoryShort();
  }

  onReport(level: 'info' | 'warn' | 'error', message: string): void {
    this.#options.report(level, message);
  }

  onSegmentBegun(segment: SegmentBegun): void {
    this.#events.segmentBegun(segment);
  }

  /** The stored offsets of all consumer groups, as far as shards could tell. */
  groupOffsets(): GroupOffset[] {
    return this.#groupOffsets.flatMap((memory) => [...readGroupOffsets(memory)]);
  }

  /** Bytes of the acceptor's memory in use. */
  get frameBytesUsed(): number {
    return this.#frames.usedBytes;
  }

  // ── Stop ──────────────────────────────────────────────────────────────────────────────────────

  /**
   * Ends all workers after what they were asked before. True when each of them has brought
   * everything to the disk.
   */
  async stop(): Promise<boolean> {
    this.#isStopping = true;
    const running = this.links.filter((link) => link.isUp);
    const outcomes = await Promise.allSettled(
      running.map((link) => awaitCall((call) => link.control(requestKind.stop, call))),
    );
    // Also one that is being replaced: its port would keep the process alive.
    for (const link of this.links) link.disconnect();
    await this.#pool.destroy();
    const areAllWell = outcomes.every((outcome) => outcome.status === 'fulfilled');
    return areAllWell && running.length === this.links.length;
  }

  /** Ends a worker without any cleaning up. */
  crash(shard: number): void {
    this.links[shard].control(requestKind.crash, {
      onShardAnswer: () => {},
      onShardLost: () => {},
    });
  }

  /** Resolves as soon as the link's ring takes another request. */
  async whenRoom(link: ShardLink): Promise<void> {
    if (!link.isUp) throw shardDown(link);
    while (!link.hasRoom()) {
      await new Promise<void>((resolve) => this.waitForRoom(resolve));
      if (!link.isUp) throw shardDown(link);
    }
  }

  /** Opens all of the partitions that can be opened, then rejects if some cannot. */
  async #openOn(link: ShardLink, partitions: readonly OpenPartition[]): Promise<void> {
    const outcomes: PromiseSettledResult<void>[] = [];
    for (let first = 0; first < partitions.length; first += openRecordPartitionsMax) {
      const some = partitions.slice(first, first + openRecordPartitionsMax);
      outcomes.push(...(await Promise.allSettled([this.#openSome(link, some)])));
    }
    throwFirst(outcomes);
  }

  async #openSome(link: ShardLink, partitions: readonly OpenPartition[]): Promise<void> {
    const record = this.#packr.pack(partitions);
    const allocation = this.#frames.allocate(record.byteLength);
    if (allocation === 0) throw new WireError(status.TaskTimeout, 'no memory for the record');
    this.arena.bytes.set(record, allocation);
    try {
      await awaitCall((call) => link.open(call, { allocation, bytes: record.byteLength }));
    } finally {
      this.#frames.free(allocation);
    }
  }

  // ── Supervision ───────────────────────────────────────────────────────────────────────────────

  #startWorker(link: ShardLink, failures: number): void {
    const { requests, completions, port } = link.connect();
    const { acceptor, memory, shards } = this.arena;
    const share = ((acceptor.end - acceptor.start) * KEPT_SHARE) / this.links.length;
    const task: ShardTask = {
      shard: link.shard,
      memory,
      kernel: this.#module,
      region: shards[link.shard],
      requests,
      completions,
      statistics: this.statistics.memory,
      counters: this.#counterMemory,
      groupOffsets: this.#groupOffsets[link.shard],
      port,
      spinMs: this.#options.awake.spinMs,
      options: { ...this.#options.shard, keptFrameBytes: Math.min(share, keptFrameBytesMax) },
    };
    const startedAt = Date.now();
    this.#pool
      .run(task, { transferList: [port] })
      .catch((error: Error) => error)
      .then((error: Error | undefined) => {
        if (this.#isStopping) return;
        const isOld = Date.now() - startedAt > RESTART_DELAY_MS_MAX;
        this.#replaceWorker(link, error, isOld ? 0 : failures).catch((failure: Error) => {
          if (this.#isStopping) return;
          this.onReport('error', `Shard ${link.shard} cannot be replaced: ${failure.message}`);
        });
      });
  }

  /**
   * What a dead worker had half done is unknown: everyone who waits for it gets an error, its rings
   * are thrown away, and a new worker recovers the partitions from their files.
   */
  async #replaceWorker(link: ShardLink, error: Error | undefined, failures: number) {
    const reason = error?.message ?? 'no reason';
    this.onReport('error', `Shard ${link.shard} ended (${reason}); restarting`);
    this.#events.died(link.shard, reason);
    link.disconnect();
    await this.#awaitReplies(link);
    link.freeFrames();
    if (failures > 0) {
      const delayMs = Math.min(RESTART_DELAY_MS * 2 ** failures, RESTART_DELAY_MS_MAX);
      await new Promise((resolve) => setTimeout(resolve, delayMs));
    }
    if (this.#isStopping) return;
    this.#startWorker(link, failures + 1);
    const owned = [...this.#partitions.values()].filter((p) => this.linkOf(p.handle) === link);
    await this.#openOn(link, owned);
    link.isUp = true;
    this.onReport('info', `Shard ${link.shard} is back with ${owned.length} partitions`);
    this.#events.replaced(link.shard, owned.length);
    this.onRoom();
  }

  async #awaitReplies(link: ShardLink): Promise<void> {
    this.onMemoryWanted();
    if (link.repliesOut === 0) return;
    const timer = setTimeout(() => this.onRepliesOverdue(link), REPLIES_GRACE_MS);
    await link.repliesIn();
    clearTimeout(timer);
  }
}

/** The error of requests that a shard cannot answer. */
export function shardDown(link: ShardLink): WireError {
  return new WireError(status.ShardCommunicationError, `shard ${link.shard} is restarting`);
}

/** Resolves to the count of the answer, for requests whose answer has one. */
function awaitCall(start: (call: ShardCall) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    start({
      onShardAnswer: (_link, answer: ShardAnswer) => {
        if (answer.status === 0) resolve(answer.count);
        else reject(new WireError(answer.status, 'the shard refused the request'));
      },
      onShardLost: () => reject(new WireError(status.ShardCommunicationError, 'the shard ended')),
    });
  });
}

function throwFirst(outcomes: readonly PromiseSettledResult<void>[]): void {
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') throw outcome.reason;
  }
}
