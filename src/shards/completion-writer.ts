import type { MessagePort } from 'node:worker_threads';
import type { FileSpan } from '../files/file-span.ts';
import type { PollReply } from '../storage/poll-reply.ts';
import { slotsPerPublishMax } from '../wire/limits.ts';
import { completion, completionKind, piecesPerSlot, wakeMessage } from './descriptors.ts';
import { RingProducer } from './ring.ts';

const ROOM_WAIT_MS = 1000;
const PIECE_WORDS = 2;

/** What a poll tells besides messages. */
interface PollOffsets {
  /** Newest offset of the partition, -1 while it is empty. */
  readonly lastOffset: number;
  /** Stored offset of who polls, after the poll; -1 when none is. */
  readonly storedOffset: number;
}

/**
 * The shard's end of its completion ring: a full ring blocks the shard until the acceptor has read.
 */
export class CompletionWriter {
  readonly #ring: RingProducer;
  readonly #port: MessagePort;
  /** Something was written since the last `publish` that somebody waits for. */
  #isUrgent = false;

  constructor(memory: SharedArrayBuffer, port: MessagePort) {
    this.#ring = new RingProducer(memory);
    this.#port = port;
  }

  /** Answers go to the acceptor some at a time, so that it sends them while others are written. */
  done(correlation: number, status: number, isKept = 0): void {
    const slot = this.#begin(completionKind.done, correlation);
    this.#ring.words[slot + completion.status] = status;
    this.#ring.words[slot + completion.isKept] = isKept;
    this.#ring.commit();
    if (this.#ring.unpublished() >= slotsPerPublishMax) this.publish();
  }

  counted(correlation: number, count: number): void {
    const slot = this.#begin(completionKind.done, correlation);
    this.#ring.words[slot + completion.count] = count;
    this.#ring.commit();
  }

  offset(correlation: number, lastOffset: number, storedOffset: number): void {
    const slot = this.#begin(completionKind.done, correlation);
    this.#ring.doubles[slot / 2 + completion.currentOffsetDouble] = Math.max(0, lastOffset);
    this.#ring.doubles[slot / 2 + completion.storedOffsetDouble] = storedOffset;
    this.#ring.commit();
  }

  /** Answers a poll that nobody waits for yet: it does not wake the acceptor. */
  polledAhead(correlation: number, offsets: PollOffsets, reply: PollReply, token: number): void {
    const wasUrgent = this.#isUrgent;
    this.polled(correlation, offsets, reply, token);
    this.#isUrgent = wasUrgent;
  }

  /** Answers a poll; pieces that do not fit the last slot go before it in slots of their own. */
  polled(
    correlation: number,
    { lastOffset, storedOffset }: PollOffsets,
    reply: PollReply,
    token: number,
  ): void {
    const { pieces, file } = reply;
    if (file.bytes > 0) this.#giveFile(correlation, file);
    const slotPieces = piecesPerSlot * PIECE_WORDS;
    let next = 0;
    while (pieces.length - next > slotPieces) {
      const slot = this.#begin(completionKind.pieces, correlation);
      this.#writePieces(slot, pieces, next, next + slotPieces);
      this.#ring.commit();
      next += slotPieces;
    }
    const slot = this.#begin(completionKind.done, correlation);
    this.#writePieces(slot, pieces, next, pieces.length);
    this.#ring.words[slot + completion.token] = token;
    this.#ring.words[slot + completion.count] = reply.messagesCount;
    this.#ring.doubles[slot / 2 + completion.currentOffsetDouble] = Math.max(0, lastOffset);
    this.#ring.doubles[slot / 2 + completion.storedOffsetDouble] = storedOffset;
    this.#ring.commit();
  }

  frameReleased(allocation: number): void {
    const slot = this.#begin(completionKind.frameReleased, 0);
    this.#ring.words[slot + completion.firstPiece] = allocation;
    this.#ring.commit();
  }

  memoryShort(): void {
    this.#begin(completionKind.memoryShort, 0);
    this.#ring.commit();
  }

  /** Shows everything written so far to the acceptor and wakes it when it sleeps. */
  publish(): void {
    if (this.#ring.publish(this.#isUrgent)) this.#port.postMessage(wakeMessage);
    this.#isUrgent = false;
  }

  /** A slot without status, token and pieces: whoever used it before left theirs. */
  #begin(kind: number, correlation: number): number {
    let slot = this.#ring.reserve();
    while (slot < 0) {
      this.#isUrgent = true;
      this.publish();
      this.#ring.waitForRoom(ROOM_WAIT_MS);
      slot = this.#ring.reserve();
    }
    this.#isUrgent = true;
    this.#ring.words[slot + completion.kind] = kind;
    this.#ring.words[slot + completion.correlation] = correlation;
    this.#ring.words[slot + completion.status] = 0;
    this.#ring.words[slot + completion.token] = 0;
    this.#ring.words[slot + completion.pieces] = 0;
    return slot;
  }

  #giveFile(correlation: number, file: FileSpan): void {
    const slot = this.#begin(completionKind.file, correlation);
    this.#ring.words[slot + completion.firstPiece] = file.fd;
    this.#ring.words[slot + completion.firstPiece + 1] = file.position;
    this.#ring.words[slot + completion.firstPiece + 2] = file.bytes;
    this.#ring.commit();
    file.forget();
  }

  #writePieces(slot: number, pieces: readonly number[], from: number, to: number): void {
    this.#ring.words[slot + completion.pieces] = to - from;
    for (let i = from; i < to; i++) {
      this.#ring.words[slot + completion.firstPiece + i - from] = pieces[i];
    }
  }
}
