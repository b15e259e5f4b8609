import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { FileSpan } from '../files/file-span.ts';
import type { ConsumerKind } from '../storage/consumer-offsets.ts';
import { type Acknowledgement, acknowledgementCode } from '../wire/acknowledgement.ts';
import { releasesWaitingMax, ringSlots, slotsPerPublishMax } from '../wire/limits.ts';
import { CallTable } from './call-table.ts';
import {
  completion,
  completionKind,
  type PortMessage,
  pollFlag,
  type RequestKind,
  request,
  requestKind,
  type SegmentBegun,
  wakeMessage,
} from './descriptors.ts';
import { OffsetVersions } from './offset-versions.ts';
import { createRing, RingConsumer, RingProducer } from './ring.ts';
import { clearPieces, type ShardAnswer, type ShardCall, type ShardRelease } from './shard-call.ts';

/** Slots that stay free for releases and control requests when data requests fill the ring. */
const RESERVED_SLOTS = 64;
const RELEASE_ROOM_MIN = 8;
const NO_CALL: ShardCall = { onShardAnswer() {}, onShardLost() {} };

/** What a link needs of the router that owns it. */
export interface LinkOwner {
  /** A frame's memory is free again. */
  freeFrame(allocation: number): void;
  /** Requests were written that the worker has not been told of yet. */
  publishSoon(): void;
  onMemoryShort(): void;
  /** All answers that were there have been read, and the turn ends. */
  onDrained(): void;
  /** Slots, calls or memory came back. */
  onRoom(): void;
  onReport(level: 'info' | 'warn' | 'error', message: string): void;
  onSegmentBegun(segment: SegmentBegun): void;
}

/** A poll request as the acceptor hands it over. */
export interface PollOperands {
  readonly strategy: number;
  readonly value: number;
  readonly count: number;
  readonly consumerKind: ConsumerKind;
  readonly consumerId: number;
  readonly autoCommit: boolean;
  /** Bytes of messages at most; the first is given in any case. */
  readonly bytesMax: number;
  /** Nobody waits for the answer yet. */
  readonly isAhead: boolean;
  /** The last messages may be left in their file. */
  readonly takesFile: boolean;
}

/** Messages of a frame that still arrives. */
export interface AheadOperands {
  readonly earlyId: number;
  /** Arena offset of the first. */
  readonly messages: number;
  readonly bytes: number;
  /** Where that is expected to be in its segment. */
  readonly position: number;
}

/** A SendMessages frame in the acceptor's memory. */
export interface SendOperands {
  allocation: number;
  allocationBytes: number;
  isKeepable: boolean;
  indexes: number;
  messages: number;
  messagesBytes: number;
  count: number;
  /** Number of a batch that is stamped for the place where it is expected to be, else 0. */
  earlyId: number;
}

/**
 * The acceptor's end of one shard: writes requests, reads completions, and knows what must come
 * back when the worker dies: calls that wait, frames it was given, replies that are being sent.
 */
export class ShardLink implements ShardRelease {
  readonly shard: number;
  readonly #owner: LinkOwner;
  readonly #calls = new CallTable();
  /** Of stored offsets, counted as they are asked for. */
  readonly offsetVersions = new OffsetVersions();
  /** Frames that a worker has kept as cache, or had when it died. */
  readonly #frames = new Set<number>();
  readonly #answer: ShardAnswer = {
    status: 0,
    currentOffset: 0,
    storedOffset: 0,
    count: 0,
    token: 0,
    pieces: [],
    file: new FileSpan(),
  };
  #requests!: RingProducer;
  #completions!: RingConsumer;
  #port: MessagePort | undefined;
  #releases: number[] = [];
  #isMemoryShort = false;
  #isDraining = false;
  /** Somebody looks for answers, so that the worker need not wake the acceptor. */
  #isWatched = false;
  /** Polls ahead whose answers clients wait for. */
  #awaited = 0;
  #repliesOut = 0;
  #onRepliesIn: (() => void) | undefined;
  isUp = false;
  generation = 0;

  constructor(shard: number, owner: LinkOwner) {
    this.shard = shard;
    this.#owner = owner;
  }

  /** Fresh rings and a port for a new worker. */
  connect(): { requests: SharedArrayBuffer; completions: SharedArrayBuffer; port: MessagePort } {
    const requests = createRing(ringSlots);
    const completions = createRing(ringSlots);
    this.generation++;
    this.#requests = new RingProducer(requests);
    this.#completions = new RingConsumer(completions);
    this.#releases = [];
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.on('message', (message: PortMessage) => {
      if (message === wakeMessage) this.drain();
      else if (message.type === 'segment') this.#owner.onSegmentBegun(message);
      else this.#owner.onReport(message.level, message.message);
    });
    this.#completions.announceSleep();
    return { requests, completions, port: port2 };
  }

  /** True when a data request can be written now. */
  hasRoom(): boolean {
    return this.#requests.room() > RESERVED_SLOTS && this.#calls.hasRoom();
  }

  send(call: ShardCall, handle: number, operands: SendOperands): void {
    const slot = this.#begin(requestKind.send, call, handle);
    const { words } = this.#requests;
    words[slot + request.allocation] = operands.allocation;
    words[slot + request.allocationBytes] = operands.allocationBytes;
    words[slot + request.count] = operands.count;
    words[slot + request.indexes] = operands.indexes;
    words[slot + request.messages] = operands.messages;
    words[slot + request.messagesBytes] = operands.messagesBytes;
    words[slot + request.isKeepable] = operands.isKeepable ? 1 : 0;
    words[slot + request.flag] = operands.earlyId;
    const correlation = words[slot + request.correlation];
    this.#calls.setFrame(correlation, operands.allocation, operands.isKeepable, handle);
    this.#end();
  }

  /** Has messages written where they are expected to be. False when there is no room to ask. */
  writeAhead(handle: number, { earlyId, messages, bytes, position }: AheadOperands): boolean {
    this.#writeReleases();
    const slot = this.#requests.reserve();
    if (slot < 0) return false;
    const { words, doubles } = this.#requests;
    words[slot + request.kind] = requestKind.writeAhead;
    words[slot + request.handle] = handle;
    words[slot + request.flag] = earlyId;
    words[slot + request.allocation] = messages;
    words[slot + request.allocationBytes] = bytes;
    doubles[slot / 2 + request.valueDouble] = position;
    this.#requests.commit();
    this.publish();
    return true;
  }

  /** The rest of a frame is not going to come; its memory goes back when nobody writes from it. */
  dropAhead(handle: number, earlyId: number, allocation: number): void {
    const slot = this.#begin(requestKind.dropAhead, NO_CALL, handle);
    this.#requests.words[slot + request.flag] = earlyId;
    const correlation = this.#requests.words[slot + request.correlation];
    this.#calls.setFrame(correlation, allocation, false, handle);
    this.#end();
  }

  poll(call: ShardCall, handle: number, operands: PollOperands): void {
    const slot = this.#begin(requestKind.poll, call, handle);
    const { words, doubles } = this.#requests;
    words[slot + request.strategy] = operands.strategy;
    doubles[slot / 2 + request.valueDouble] = operands.value;
    words[slot + request.count] = operands.count;
    words[slot + request.bytesMax] = operands.bytesMax;
    words[slot + request.consumerKind] = operands.consumerKind;
    words[slot + request.consumerId] = operands.consumerId;
    const { autoCommit, isAhead, takesFile } = operands;
    words[slot + request.flag] =
      (autoCommit ? pollFlag.commit : 0) |
      (isAhead ? pollFlag.ahead : 0) |
      (takesFile ? pollFlag.file : 0);
    if (autoCommit) this.offsetVersions.change(handle, operands.consumerKind, operands.consumerId);
    this.#end();
  }

  getOffset(call: ShardCall, handle: number, kind: ConsumerKind, id: number): void {
    this.#offset(requestKind.getOffset, call, handle, kind, id, 0);
  }

  storeOffset(call: ShardCall, handle: number, kind: ConsumerKind, id: number, offset: number) {
    this.offsetVersions.change(handle, kind, id);
    this.#offset(requestKind.storeOffset, call, handle, kind, id, offset);
  }

  deleteOffset(call: ShardCall, handle: number, kind: ConsumerKind, id: number): void {
    this.offsetVersions.change(handle, kind, id);
    this.#offset(requestKind.deleteOffset, call, handle, kind, id, 0);
  }

  flush(call: ShardCall, handle: number, sync: boolean): void {
    const slot = this.#begin(requestKind.flush, call, handle);
    this.#requests.words[slot + request.flag] = sync ? 1 : 0;
    this.#end();
  }

  removeSegments(call: ShardCall, handle: number, count: number, newestMicros: number): void {
    const slot = this.#begin(requestKind.removeSegments, call, handle);
    this.#requests.words[slot + request.count] = count;
    this.#requests.doubles[slot / 2 + request.valueDouble] = newestMicros;
    this.#end();
  }

  setAcknowledgement(call: ShardCall, handle: number, level: Acknowledgement | null): void {
    const slot = this.#begin(requestKind.setAcknowledgement, call, handle);
    this.#requests.words[slot + request.flag] = acknowledgementCode(level);
    this.#end();
  }

  /** Opens partitions; the record stays in the arena until the call is answered. */
  open(call: ShardCall, record: { allocation: number; bytes: number }): void {
    const slot = this.#begin(requestKind.open, call, 0);
    this.#requests.words[slot + request.allocation] = record.allocation;
    this.#requests.words[slot + request.allocationBytes] = record.bytes;
    this.#end();
  }

  /** purge, drop, stop, crash: a kind and a partition. */
  control(kind: RequestKind, call: ShardCall, handle = 0): void {
    this.#begin(kind, call, handle);
    this.#end();
  }

  /** Asks the worker to give kept frames back. */
  trim(): void {
    this.#writeReleases();
    const slot = this.#requests.reserve();
    if (slot < 0) return;
    this.#requests.words[slot + request.kind] = requestKind.trim;
    this.#end();
  }

  /**
   * Releases wait for the next request, because waking a worker costs more than its memory is
   * worth; unless it said that it has none left, or many have come together.
   */
  release(token: number, generation: number): void {
    this.#repliesOut--;
    if (generation === this.generation && this.#port !== undefined) {
      this.#releases.push(token);
      if (this.#isMemoryShort || this.#releases.length >= releasesWaitingMax) {
        this.#isMemoryShort = false;
        this.#writeReleases();
      }
    }
    if (this.#repliesOut === 0) this.#onRepliesIn?.();
  }

  /** Requests in the ring that the worker has not taken. */
  get ringDepth(): number {
    return this.#requests.depth();
  }

  /** Requests that the worker has not answered yet. */
  get callsWaiting(): number {
    return this.#calls.size;
  }

  /** True while a send to a partition is not answered. */
  hasSendTo(handle: number): boolean {
    return this.#calls.hasSendTo(handle);
  }

  get hasLargeSend(): boolean {
    return this.#calls.hasLargeSend;
  }

  /** Replies whose memory is being sent or waits to be. */
  get repliesOut(): number {
    return this.#repliesOut;
  }

  /** Resolves when no reply's memory is being sent any more. */
  repliesIn(): Promise<void> {
    if (this.#repliesOut === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onRepliesIn = resolve;
    });
  }

  publish(): void {
    if (this.#requests.publish()) this.#requests.wake();
  }

  /** A client waits for a poll ahead from now on; its answer may be there already. */
  beginAwaiting(): void {
    this.#awaited++;
    this.takeAnswers();
    // The turn goes on: others may still be asking.
    this.#owner.onRoom();
  }

  endAwaiting(): void {
    this.#awaited--;
  }

  /** The worker has woken the acceptor. */
  drain(): void {
    this.takeAnswers();
    this.#owner.onDrained();
  }

  /** The worker need not wake the acceptor until `unwatch`, because that takes answers anyway. */
  watch(): void {
    this.#isWatched = true;
    this.#completions.announceWatch();
  }

  /** True when there were answers. */
  unwatch(): boolean {
    this.#isWatched = false;
    return this.takeAnswers();
  }

  /**
   * Reads all completions; unless watched, it asks to be woken for the next one that somebody waits
   * for. True when there were some.
   */
  takeAnswers(): boolean {
    // Whoever was answered just now may look for an answer of his own.
    if (this.#isDraining) return false;
    this.#isDraining = true;
    let hasTaken = false;
    try {
      do hasTaken = this.#takeAll() || hasTaken;
      while (!this.#isWatched && !this.#completions.announceSleep(this.#awaited === 0));
    } finally {
      this.#isDraining = false;
    }
    return hasTaken;
  }

  /** The worker is gone: everyone who waits hears of it. Nothing of its memory is touched yet. */
  disconnect(): void {
    if (this.#port === undefined) return;
    this.drain();
    this.isUp = false;
    this.#port.close();
    this.#port = undefined;
    for (const frame of this.#calls.frames()) this.#frames.add(frame);
    for (const call of this.#calls.takeAll()) call.onShardLost();
    this.#clearAnswer();
  }

  /** Frees the frames that a dead worker had. Only when no reply is being sent from them. */
  freeFrames(): void {
    for (const allocation of this.#frames) this.#owner.freeFrame(allocation);
    this.#frames.clear();
  }

  #offset(
    kind: RequestKind,
    call: ShardCall,
    handle: number,
    consumerKind: ConsumerKind,
    consumerId: number,
    offset: number,
  ): void {
    const slot = this.#begin(kind, call, handle);
    const { words, doubles } = this.#requests;
    words[slot + request.consumerKind] = consumerKind;
    words[slot + request.consumerId] = consumerId;
    doubles[slot / 2 + request.valueDouble] = offset;
    this.#end();
  }

  #begin(kind: RequestKind, call: ShardCall, handle: number): number {
    this.#writeReleases();
    const slot = this.#requests.reserve();
    if (slot < 0) throw new Error(`The request ring of shard ${this.shard} is full.`);
    this.#requests.words[slot + request.kind] = kind;
    this.#requests.words[slot + request.correlation] = this.#calls.add(call);
    this.#requests.words[slot + request.handle] = handle;
    return slot;
  }

  #end(): void {
    this.#requests.commit();
    if (this.#requests.unpublished() >= slotsPerPublishMax) this.publish();
    this.#owner.publishSoon();
  }

  #writeReleases(): void {
    // The last slots stay for the request that comes next.
    while (this.#releases.length > 0 && this.#requests.room() > RELEASE_ROOM_MIN) {
      const slot = this.#requests.reserve();
      this.#requests.words[slot + request.kind] = requestKind.release;
      this.#requests.words[slot + request.token] = this.#releases.pop()!;
      this.#end();
    }
  }

  #takeAll(): boolean {
    let hasTaken = false;
    for (let slot = this.#completions.next(); slot >= 0; slot = this.#completions.next()) {
      this.#take(slot);
      hasTaken = true;
    }
    return hasTaken;
  }

  #take(slot: number): void {
    const { words } = this.#completions;
    switch (words[slot + completion.kind]) {
      case completionKind.done:
        return this.#takeDone(slot);
      case completionKind.pieces:
        this.#takePieces(slot);
        break;
      case completionKind.file:
        this.#takeFile(slot + completion.firstPiece);
        break;
      case completionKind.frameReleased:
        this.#freeFrame(words[slot + completion.firstPiece] >>> 0);
        break;
      case completionKind.memoryShort:
        this.#isMemoryShort = true;
        this.#writeReleases();
        this.#owner.onMemoryShort();
        break;
    }
    this.#completions.release();
  }

  #takeDone(slot: number): void {
    const { words, doubles } = this.#completions;
    const correlation = words[slot + completion.correlation];
    const frame = this.#calls.frameOf(correlation);
    const answer = this.#answer;
    answer.status = words[slot + completion.status];
    if (frame === 0) {
      this.#takePieces(slot);
      answer.token = words[slot + completion.token];
      answer.count = words[slot + completion.count] >>> 0;
      answer.currentOffset = doubles[slot / 2 + completion.currentOffsetDouble];
      answer.storedOffset = doubles[slot / 2 + completion.storedOffsetDouble];
      if (answer.pieces.length > 0) this.#repliesOut++;
    } else if (frame > 0) {
      if (words[slot + completion.isKept] === 0) this.#owner.freeFrame(frame);
      else this.#frames.add(frame);
    }
    this.#completions.release();
    this.#calls.take(correlation).onShardAnswer(this, answer);
    this.#clearAnswer();
  }

  /** Also of parts that came in front of an answer which the worker did not live to give. */
  #clearAnswer(): void {
    clearPieces(this.#answer.pieces);
    this.#answer.file.drop();
  }

  #takeFile(at: number): void {
    const { words } = this.#completions;
    this.#answer.file.set(words[at], words[at + 1] >>> 0, words[at + 2] >>> 0);
  }

  #takePieces(slot: number): void {
    const { words } = this.#completions;
    const count = words[slot + completion.pieces];
    for (let i = 0; i < count; i++) {
      this.#answer.pieces.push(words[slot + completion.firstPiece + i] >>> 0);
    }
  }

  #freeFrame(allocation: number): void {
    // A kept frame can be given back before the send that brought it is answered.
    if (!this.#frames.delete(allocation)) this.#calls.forgetFrame(allocation);
    this.#owner.freeFrame(allocation);
  }
}
