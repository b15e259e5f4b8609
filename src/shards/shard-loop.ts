import { Unpackr } from 'msgpackr/unpack';
import { nodeFileSystem } from '../files/node-file-system.ts';
import { timedSyncs } from '../files/timed-syncs.ts';
import { Allocator } from '../memory/allocator.ts';
import { arenaBytes } from '../memory/arena.ts';
import { instantiateKernel } from '../memory/kernel.ts';
import type { ConsumerKind } from '../storage/consumer-offsets.ts';
import { Layout } from '../storage/layout.ts';
import { LogScanner } from '../storage/log-scanner.ts';
import type { Partition } from '../storage/partition.ts';
import { createShardStorage, type ShardStorage } from '../storage/shard-storage.ts';
import { acknowledgementOf } from '../wire/acknowledgement.ts';
import { deduplicationBytesFor, shardRequestsPerFlushMax, stagedBytesMax } from '../wire/limits.ts';
import { status } from '../wire/status.ts';
import { CompletionWriter } from './completion-writer.ts';
import {
  type OpenPartition,
  pollFlag,
  type RequestKind,
  request,
  requestKind,
  type ShardTask,
} from './descriptors.ts';
import { GroupOffsetsWriter } from './group-offsets.ts';
import { HostedPartition, type PartitionObservers } from './hosted-partition.ts';
import { IntervalSync } from './interval-sync.ts';
import { PartitionStatistics } from './partition-statistics.ts';
import { type PollRequest, PollServer } from './poll-server.ts';
import { RingConsumer } from './ring.ts';
import { ShardCounters } from './shard-counters.ts';
import { ShardGauges } from './shard-gauges.ts';

const SLEEP_MS = 1000;
/**
 * The share of a shard's own region that may hold cached messages; the rest is for reads from
 * files.
 */
const CACHE_SHARE = 1 / 2;

/**
 * The task of one shard worker: takes requests from its ring, does them one after the other, and
 * answers through the other ring. Appends are collected and written together when the ring is empty
 * or enough has come together; only then are they answered.
 */
export class ShardLoop {
  readonly #requests: RingConsumer;
  readonly #completions: CompletionWriter;
  readonly #storage: ShardStorage;
  readonly #observers: PartitionObservers;
  readonly #counters: ShardCounters;
  readonly #gauges: ShardGauges;
  readonly #memory: Buffer;
  readonly #hosted = new Map<number, HostedPartition>();
  readonly #dirty = new Set<HostedPartition>();
  readonly #intervalSync: IntervalSync;
  readonly #polls: PollServer;
  readonly #unpackr = new Unpackr();
  #stagedRequests = 0;
  #stagedBytes = 0;
  /** When the oldest of what is staged was taken, by `performance.now`. */
  #stagedSinceMs = 0;
  /** Correlation of the request to stop, once there was one. */
  #stop: number | undefined;

  constructor(task: ShardTask) {
    const { options } = task;
    this.#requests = new RingConsumer(task.requests, task.spinMs);
    this.#completions = new CompletionWriter(task.completions, task.port);
    this.#counters = new ShardCounters(task.counters, task.shard);
    this.#observers = {
      statistics: new PartitionStatistics(task.statistics),
      counters: this.#counters,
      groupOffsets: new GroupOffsetsWriter(task.groupOffsets),
      tellSegment: (segment) => task.port.postMessage({ type: 'segment', ...segment }),
    };
    this.#memory = arenaBytes(task.memory);
    this.#storage = createShardStorage({
      bytes: this.#memory,
      module: task.kernel,
      kernel: instantiateKernel(task.kernel, task.memory),
      allocator: new Allocator(task.region.start, task.region.end),
      budget: {
        frameBytes: options.keptFrameBytes,
        regionBytes: (task.region.end - task.region.start) * CACHE_SHARE,
      },
      windowBytes: deduplicationBytesFor(task.region.end - task.region.start),
      layout: new Layout(options.dataDir, {
        streams: options.streamsDirName,
        topics: options.topicsDirName,
        partitions: options.partitionsDirName,
      }),
      options,
      scanner: new LogScanner(task.kernel),
      system: timedSyncs(nodeFileSystem, (seconds) => this.#counters.took('sync', seconds)),
      report: (level, message) => task.port.postMessage({ type: 'report', level, message }),
      releaseFrame: (allocation) => this.#completions.frameReleased(allocation),
    });
    this.#intervalSync = new IntervalSync(options.syncIntervalMs);
    this.#polls = new PollServer(this.#storage, this.#completions, this.#counters);
    this.#gauges = new ShardGauges(this.#storage, this.#counters);
  }

  /** Serves requests until it is told to stop. */
  run(): void {
    while (this.#stop === undefined) {
      const slot = this.#requests.next();
      if (slot >= 0) {
        this.#serve(slot);
        if (this.#mustFlush()) this.#flushAll();
        this.#completions.publish();
      } else {
        this.#flushAll();
        this.#completions.publish();
        this.#requests.waitForWork(this.#intervalSync.idleMs(Date.now(), SLEEP_MS));
      }
      const nowMs = Date.now();
      this.#intervalSync.run(nowMs);
      this.#gauges.run(nowMs);
    }
    this.#completions.done(this.#stop, this.#close());
    this.#completions.publish();
  }

  #mustFlush(): boolean {
    return this.#stagedRequests >= shardRequestsPerFlushMax || this.#stagedBytes >= stagedBytesMax;
  }

  /** Does one request. Its slot is free as soon as its operands are read. */
  #serve(slot: number): void {
    const { words } = this.#requests;
    const kind = words[slot + request.kind] as RequestKind;
    const correlation = words[slot + request.correlation];
    switch (kind) {
      case requestKind.send:
        return this.#send(slot, correlation);
      case requestKind.poll:
        return this.#poll(slot, correlation);
      case requestKind.release: {
        const token = words[slot + request.token];
        this.#requests.release();
        return this.#polls.release(token);
      }
      case requestKind.writeAhead:
        return this.#writeAhead(slot);
      case requestKind.getOffset:
      case requestKind.storeOffset:
      case requestKind.deleteOffset:
        return this.#offset(kind, slot, correlation);
      case requestKind.open:
        return this.#open(slot, correlation);
      default:
        return this.#serveRare(kind, slot, correlation);
    }
  }

  #serveRare(kind: RequestKind, slot: number, correlation: number): void {
    const { words, doubles } = this.#requests;
    const hosted = this.#hosted.get(words[slot + request.handle]);
    const flag = words[slot + request.flag];
    const count = words[slot + request.count] >>> 0;
    const value = doubles[slot / 2 + request.valueDouble];
    this.#requests.release();
    switch (kind) {
      case requestKind.flush:
        return this.#answer(correlation, hosted, (partition) => {
          const failed = partition.flush();
          return flag === 1 ? failed || partition.sync(Date.now() * 1000) : failed;
        });
      case requestKind.purge:
        return this.#answer(correlation, hosted, (partition) => {
          partition.purge();
          hosted?.writeStatistics();
          return 0;
        });
      case requestKind.removeSegments:
        return this.#answer(correlation, hosted, () => {
          const removed = hosted!.removeSegments(count, value);
          this.#completions.counted(correlation, removed);
          return undefined;
        });
      case requestKind.setAcknowledgement:
        return this.#answer(correlation, hosted, (partition) => {
          const level = acknowledgementOf(flag) ?? this.#storage.options.acknowledgement;
          return partition.setAcknowledgement(level);
        });
      case requestKind.dropAhead:
        return this.#answer(correlation, hosted, (partition) => {
          partition.ahead.drop(flag);
          return 0;
        });
      case requestKind.drop:
        return this.#drop(correlation, hosted);
      case requestKind.trim:
        this.#flushAll();
        return this.#storage.cache.dropFrames();
      case requestKind.stop:
        this.#stop = correlation;
        return;
      case requestKind.crash:
        process.exit(1);
    }
  }

  #send(slot: number, correlation: number): void {
    const { words } = this.#requests;
    const hosted = this.#hosted.get(words[slot + request.handle]);
    if (hosted === undefined) return this.#refuse(correlation);
    const batch = {
      allocation: words[slot + request.allocation] >>> 0,
      bytes: words[slot + request.allocationBytes] >>> 0,
      isKeepable: words[slot + request.isKeepable] === 1,
      indexes: words[slot + request.indexes] >>> 0,
      messages: words[slot + request.messages] >>> 0,
      messagesBytes: words[slot + request.messagesBytes] >>> 0,
      count: words[slot + request.count] >>> 0,
      earlyId: words[slot + request.flag],
    };
    this.#requests.release();
    const failed = hosted.partition.append(batch, Date.now() * 1000);
    if (failed !== 0 || !hosted.partition.hasStaged) {
      if (failed === 0) hosted.countAcknowledged(batch.count, batch.messagesBytes);
      else this.#counters.add('refusedBatches', 1);
      return this.#completions.done(correlation, failed);
    }
    hosted.await(correlation, batch);
    this.#dirty.add(hosted);
    if (this.#stagedRequests++ === 0) this.#stagedSinceMs = performance.now();
    this.#stagedBytes += batch.messagesBytes;
  }

  #writeAhead(slot: number): void {
    const { words, doubles } = this.#requests;
    const partition = this.#hosted.get(words[slot + request.handle])?.partition;
    const earlyId = words[slot + request.flag];
    const messages = words[slot + request.allocation] >>> 0;
    const bytes = words[slot + request.allocationBytes] >>> 0;
    const position = doubles[slot / 2 + request.valueDouble];
    this.#requests.release();
    partition?.ahead.write(partition, { earlyId, messages, bytes, position });
  }

  /** Answers a request for a partition that this shard does not have. */
  #refuse(correlation: number): void {
    this.#requests.release();
    this.#completions.done(correlation, status.PartitionNotFound);
  }

  #poll(slot: number, correlation: number): void {
    const { words, doubles } = this.#requests;
    const hosted = this.#hosted.get(words[slot + request.handle]);
    if (hosted === undefined) return this.#refuse(correlation);
    const poll: PollRequest = {
      correlation,
      hosted,
      strategy: words[slot + request.strategy],
      value: doubles[slot / 2 + request.valueDouble],
      count: words[slot + request.count] >>> 0,
      consumerKind: words[slot + request.consumerKind] as ConsumerKind,
      consumerId: words[slot + request.consumerId] >>> 0,
      autoCommit: (words[slot + request.flag] & pollFlag.commit) !== 0,
      bytesMax: words[slot + request.bytesMax],
      isAhead: (words[slot + request.flag] & pollFlag.ahead) !== 0,
      takesFile: (words[slot + request.flag] & pollFlag.file) !== 0,
    };
    this.#requests.release();
    const startedMs = performance.now();
    hosted.partition.flush();
    this.#polls.serve(poll);
    this.#counters.took('poll', (performance.now() - startedMs) / 1000);
  }

  #offset(kind: RequestKind, slot: number, correlation: number): void {
    const { words, doubles } = this.#requests;
    const hosted = this.#hosted.get(words[slot + request.handle]);
    const consumer = words[slot + request.consumerKind] as ConsumerKind;
    const id = words[slot + request.consumerId] >>> 0;
    const value = doubles[slot / 2 + request.valueDouble];
    this.#requests.release();
    this.#answer(correlation, hosted, (partition) => {
      partition.flush();
      if (kind === requestKind.getOffset) {
        return this.#getOffset(correlation, partition, consumer, id);
      }
      if (kind === requestKind.storeOffset) return storeOffset(partition, consumer, id, value);
      return partition.offsets.delete(consumer, id) ? 0 : status.ConsumerOffsetNotFound;
    });
  }

  #getOffset(correlation: number, partition: Partition, kind: ConsumerKind, id: number) {
    const stored = partition.offsets.get(kind, id);
    this.#completions.offset(correlation, partition.lastOffset, stored ?? -1);
    return undefined;
  }

  /** Does something to a partition and answers with its status, unless it answered already. */
  #answer(
    correlation: number,
    hosted: HostedPartition | undefined,
    action: (partition: Partition) => number | undefined,
  ): void {
    let outcome: number | undefined = status.PartitionNotFound;
    try {
      if (hosted !== undefined) outcome = action(hosted.partition);
    } catch (error) {
      this.#storage.report('error', (error as Error).message);
      outcome = status.IoError;
    }
    if (outcome !== undefined) this.#completions.done(correlation, outcome);
  }

  #open(slot: number, correlation: number): void {
    const { words } = this.#requests;
    const start = words[slot + request.allocation] >>> 0;
    const end = start + words[slot + request.allocationBytes];
    this.#requests.release();
    const record = Buffer.from(this.#memory.subarray(start, end));
    let outcome = 0;
    for (const partition of this.#unpackr.unpack(record) as OpenPartition[]) {
      outcome = this.#openOne(partition) || outcome;
    }
    this.#storage.scanner.rest();
    this.#completions.done(correlation, outcome);
  }

  #openOne(open: OpenPartition): number {
    const hosted = new HostedPartition(this.#storage, open, this.#observers, this.#completions);
    try {
      if (open.origin === 'new') hosted.partition.create();
      else hosted.partition.load(open.origin === 'clean');
    } catch (error) {
      this.#storage.report('error', `Cannot open partition: ${(error as Error).message}`);
      return status.CannotCreatePartition;
    }
    hosted.writeStatistics();
    this.#hosted.set(open.handle, hosted);
    return 0;
  }

  #drop(correlation: number, hosted: HostedPartition | undefined): void {
    if (hosted !== undefined) {
      hosted.partition.flush();
      this.#dirty.delete(hosted);
      this.#intervalSync.delete(hosted);
      this.#hosted.delete(hosted.handle);
      this.#polls.forget(hosted);
    }
    this.#answer(correlation, hosted, (partition) => {
      partition.remove();
      return 0;
    });
  }

  #flushAll(): void {
    for (const hosted of this.#dirty) {
      // All files are written before the first is synced: the disk can take them together.
      if (hosted.partition.acknowledgement === 'synced') hosted.partition.write();
      else this.#flush(hosted);
    }
    for (const { partition } of this.#dirty) partition.flush();
    this.#dirty.clear();
    this.#countAppends();
    this.#stagedRequests = 0;
    this.#stagedBytes = 0;
  }

  #flush(hosted: HostedPartition): void {
    hosted.partition.flush();
    if (hosted.partition.acknowledgement === 'interval') this.#intervalSync.add(hosted, Date.now());
  }

  /** The oldest of them counts for all: no clock is asked for each request. */
  #countAppends(): void {
    if (this.#stagedRequests === 0) return;
    const seconds = (performance.now() - this.#stagedSinceMs) / 1000;
    this.#counters.took('append', seconds, this.#stagedRequests);
  }

  /**
   * Leaves everything on the disk: after this the process may end and the machine lose its power.
   * Returns the status of what could not be brought there.
   */
  #close(): number {
    this.#flushAll();
    let outcome = 0;
    for (const hosted of this.#hosted.values()) outcome = this.#closeOne(hosted) || outcome;
    this.#storage.files.closeAll();
    return outcome;
  }

  #closeOne({ partition }: HostedPartition): number {
    try {
      const failed = partition.sync(Date.now() * 1000);
      partition.close();
      return failed;
    } catch (error) {
      this.#storage.report('error', `Cannot close a partition: ${(error as Error).message}`);
      return status.IoError;
    }
  }
}

function storeOffset(partition: Partition, kind: ConsumerKind, id: number, offset: number): number {
  if (offset > partition.lastOffset) return status.InvalidOffset;
  if (!partition.offsets.hasRoom(kind, id)) return status.CannotOpenConsumerOffsetsFile;
  partition.offsets.store(kind, id, offset);
  return 0;
}
