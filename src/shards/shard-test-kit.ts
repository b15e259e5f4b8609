import assert from 'node:assert/strict';
import { once } from 'node:events';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { Packr } from 'msgpackr';
import { Allocator } from '../memory/allocator.ts';
import { type Arena, createArena } from '../memory/arena.ts';
import {
  decode,
  encodeBatch,
  type ReadMessage,
  type TestMessage,
  testKernel,
} from '../storage/storage-test-kit.ts';
import { pollBytesMax } from '../wire/limits.ts';
import {
  completion,
  completionKind,
  type OpenPartition,
  type PartitionOrigin,
  type PortMessage,
  type RequestKind,
  request,
  requestKind,
  type ShardOptions,
  type ShardTask,
} from './descriptors.ts';
import { createGroupOffsets } from './group-offsets.ts';
import { PartitionStatistics } from './partition-statistics.ts';
import { createRing, RingConsumer, RingProducer } from './ring.ts';
import { createCounters, ShardCounters } from './shard-counters.ts';

const MIB = 1024 * 1024;

/** What a shard answered, and the messages of a poll. */
export interface TestAnswer {
  readonly status: number;
  readonly count: number;
  readonly token: number;
  readonly currentOffset: number;
  readonly storedOffset: number;
  readonly messages: readonly ReadMessage[];
}

/** Fields of a request by their names in `request`; `value` stands for `valueDouble`. */
export type TestFields = Partial<Record<keyof typeof request | 'value', number>>;

interface Call {
  readonly resolve: (answer: TestAnswer) => void;
  readonly reject: (error: Error) => void;
  /** Memory that is free again with the answer, unless that says that it was kept. */
  readonly frame: number;
}

/** The acceptor's end of one worker thread, reduced to what a test needs. */
export class TestLink {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #requests: RingProducer;
  readonly #completions: RingConsumer;
  readonly #host: TestShards;
  readonly #calls = new Map<number, Call>();
  readonly #pieces: number[] = [];
  readonly reports: string[] = [];
  memoryShorts = 0;

  constructor(host: TestShards, task: Omit<ShardTask, 'requests' | 'completions' | 'port'>) {
    this.#host = host;
    const requests = createRing(64);
    const completions = createRing(64);
    const { port1, port2 } = new MessageChannel();
    this.#requests = new RingProducer(requests);
    this.#completions = new RingConsumer(completions);
    this.#port = port1;
    this.#port.on('message', (message: PortMessage) => this.#onMessage(message));
    this.#completions.announceSleep();
    this.#worker = new Worker(new URL('./shard-test-worker.js', import.meta.url), {
      workerData: { ...task, requests, completions, port: port2 } satisfies ShardTask,
      transferList: [port2],
    });
    this.#worker.once('error', (error) => this.#rejectAll(error));
    this.#worker.once('exit', () => this.#rejectAll(new Error('the shard ended')));
  }

  /** Sends one request; the answer comes unless its kind has none. */
  call(kind: RequestKind, fields: TestFields, frame = 0): Promise<TestAnswer> {
    const correlation = this.#host.nextCorrelation++;
    return new Promise((resolve, reject) => {
      this.#calls.set(correlation, { resolve, reject, frame });
      this.post(kind, { ...fields, correlation });
    });
  }

  /** Sends a request that is not answered. */
  post(kind: RequestKind, fields: TestFields): void {
    let slot = this.#requests.reserve();
    while (slot < 0) {
      this.#drain();
      this.#requests.waitForRoom(10);
      slot = this.#requests.reserve();
    }
    const limits = kind === requestKind.poll ? { bytesMax: pollBytesMax } : {};
    const { value, ...words } = { ...limits, ...fields, kind };
    for (const [name, word] of Object.entries(words)) {
      this.#requests.words[slot + request[name as keyof typeof request]] = word!;
    }
    if (value !== undefined) this.#requests.doubles[slot / 2 + request.valueDouble] = value;
    this.#requests.commit();
    if (this.#requests.publish()) this.#requests.wake();
  }

  /** Stops the worker; resolves when its thread has ended. */
  async stop(): Promise<void> {
    await this.call(requestKind.stop, {});
    await this.#worker.terminate();
    this.#port.close();
  }

  /** Makes the worker end without any cleaning up. */
  async crash(): Promise<void> {
    const exit = once(this.#worker, 'exit');
    this.post(requestKind.crash, {});
    await exit;
    this.#port.close();
  }

  #onMessage(message: PortMessage): void {
    if (message?.type === 'report') this.reports.push(`${message.level}: ${message.message}`);
    else this.#drain();
  }

  #drain(): void {
    do {
      for (let slot = this.#completions.next(); slot >= 0; slot = this.#completions.next()) {
        this.#take(slot);
        this.#completions.release();
      }
    } while (!this.#completions.announceSleep());
  }

  #take(slot: number): void {
    const { words } = this.#completions;
    const from = slot + completion.firstPiece;
    switch (words[slot + completion.kind]) {
      case completionKind.frameReleased:
        return this.#host.frames.free(words[from] >>> 0);
      case completionKind.memoryShort:
        this.memoryShorts++;
        return;
      default:
        this.#pieces.push(...words.subarray(from, from + words[slot + completion.pieces]));
        if (words[slot + completion.kind] === completionKind.done) this.#finish(slot);
    }
  }

  #finish(slot: number): void {
    const { words, doubles } = this.#completions;
    const correlation = words[slot + completion.correlation];
    const call = this.#calls.get(correlation);
    assert.ok(call !== undefined, `nobody waits under ${correlation}`);
    this.#calls.delete(correlation);
    const isKept = words[slot + completion.isKept] === 1;
    if (call.frame !== 0 && !isKept) this.#host.frames.free(call.frame);
    call.resolve({
      status: words[slot + completion.status],
      count: words[slot + completion.count],
      token: words[slot + completion.token],
      currentOffset: doubles[slot / 2 + completion.currentOffsetDouble],
      storedOffset: doubles[slot / 2 + completion.storedOffsetDouble],
      messages: this.#messages(),
    });
  }

  #messages(): ReadMessage[] {
    const parts: Buffer[] = [];
    for (let i = 0; i < this.#pieces.length; i += 2) {
      const start = this.#pieces[i] >>> 0;
      parts.push(this.#host.arena.bytes.subarray(start, start + this.#pieces[i + 1]));
    }
    this.#pieces.length = 0;
    return decode(Buffer.concat(parts));
  }

  #rejectAll(error: Error): void {
    this.#drain();
    for (const call of this.#calls.values()) call.reject(error);
    this.#calls.clear();
  }
}

/** Some shards on one data directory, their arena, and requests as an acceptor makes them. */
export class TestShards {
  readonly arena: Arena;
  readonly frames: Allocator;
  readonly statistics = new PartitionStatistics();
  readonly #counters: SharedArrayBuffer;
  /** What each shard tells of groups. */
  readonly groupOffsets: readonly SharedArrayBuffer[];
  readonly links: readonly TestLink[];
  readonly #packr = new Packr();
  nextCorrelation = 1;

  constructor(threads: number, options: Partial<ShardOptions> & { readonly dataDir: string }) {
    this.arena = createArena(64 * MIB, threads);
    this.frames = new Allocator(this.arena.acceptor.start, this.arena.acceptor.end);
    this.#counters = createCounters(threads);
    this.groupOffsets = this.arena.shards.map(createGroupOffsets);
    this.links = this.arena.shards.map(
      (region, shard) =>
        new TestLink(this, {
          shard,
          memory: this.arena.memory,
          kernel: testKernel,
          region,
          statistics: this.statistics.memory,
          counters: this.#counters,
          groupOffsets: this.groupOffsets[shard],
          spinMs: 0,
          options: {
            streamsDirName: 'streams',
            topicsDirName: 'topics',
            partitionsDirName: 'partitions',
            segmentBytes: MIB,
            acknowledgement: 'written',
            syncIntervalMs: 1000,
            preallocates: true,
            validateChecksum: false,
            deduplication: null,
            encryptionKey: null,
            keptFrameBytes: 8 * MIB,
            ...options,
          },
        }),
    );
  }

  counters(shard: number): ShardCounters {
    return new ShardCounters(this.#counters, shard);
  }

  link(handle: number): TestLink {
    return this.links[handle % this.links.length];
  }

  /** Opens partitions 0 to `count` − 1 of one topic, whose numbers are their handles. */
  async open(count: number, origin: PartitionOrigin): Promise<number[]> {
    const partitions = Array.from({ length: count }, (_, handle): OpenPartition => {
      const id = { streamId: 1, topicId: 2, partitionId: handle };
      return { handle, ...id, origin, acknowledgement: null };
    });
    const answers = this.links.map((link) => {
      const own = partitions.filter(({ handle }) => this.link(handle) === link);
      const record = this.#packr.pack(own);
      const allocation = this.frames.allocate(record.byteLength);
      this.arena.bytes.set(record, allocation);
      const allocationBytes = record.byteLength;
      return link.call(requestKind.open, { allocation, allocationBytes }, allocation);
    });
    return (await Promise.all(answers)).map(({ status }) => status);
  }

  send(handle: number, messages: readonly TestMessage[], isKeepable = false): Promise<TestAnswer> {
    const batch = encodeBatch(this.arena.bytes, this.frames, messages, isKeepable);
    const { allocation, bytes, indexes, messagesBytes, count } = batch;
    const fields = { handle, allocation, indexes, messagesBytes, count };
    return this.link(handle).call(
      requestKind.send,
      {
        ...fields,
        allocationBytes: bytes,
        messages: batch.messages,
        isKeepable: isKeepable ? 1 : 0,
      },
      allocation,
    );
  }

  /** Polls, by offset from `value` on unless told otherwise; what is found stays until released. */
  poll(handle: number, fields: TestFields): Promise<TestAnswer> {
    const operands = { strategy: 1, value: 0, count: 0x7fff_ffff, consumerKind: 1, consumerId: 1 };
    return this.link(handle).call(requestKind.poll, { ...operands, flag: 0, ...fields, handle });
  }

  /** All messages of a partition, poll after poll. */
  async readAll(handle: number): Promise<ReadMessage[]> {
    const all: ReadMessage[] = [];
    for (;;) {
      const { messages, token } = await this.poll(handle, { value: all.length });
      if (messages.length === 0) return all;
      all.push(...messages);
      this.link(handle).post(requestKind.release, { token });
    }
  }

  /** A request that needs a partition and perhaps some fields; the status of its answer. */
  async status(kind: RequestKind, handle: number, fields: TestFields = {}): Promise<number> {
    return (await this.link(handle).call(kind, { flag: 0, ...fields, handle })).status;
  }

  async stop(): Promise<void> {
    await Promise.all(this.links.map((link) => link.stop()));
  }
}
