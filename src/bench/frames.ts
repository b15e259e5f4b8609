import { pollMessages, pollRequestTail } from '../wire/classic/commands/poll-messages.ts';
import { sendMessages } from '../wire/classic/commands/send-messages.ts';
import { encodeRequest } from '../wire/classic/frame.ts';
import { messageOriginTimestampOffset } from '../wire/classic/messages.ts';
import type { ConsumerTarget } from '../wire/classic/structures/consumer.ts';
import { benchFramesBytesMax, benchFramesMax, messageHeaderBytes } from '../wire/limits.ts';
import { draw, isFixed, type Range } from './range.ts';

const LETTERS = Buffer.from('abcdefghijklmnopqrstuvwxyz');
const WORD = 2 ** 32;

/** What batches look like. */
export interface BatchShape {
  /** Payload bytes of a message. */
  readonly messageBytes: Range;
  readonly batchLength: Range;
}

/** Where batches go; a null partition leaves the choice to the broker. */
export interface BatchTarget {
  readonly stream: string;
  readonly topic: string;
  readonly partition: number | null;
}

/** A payload of that many letters. */
export function letters(bytes: number): Buffer {
  return Buffer.alloc(bytes, LETTERS);
}

/** Payload sizes of one batch, drawn from their ranges. */
export function drawBatch(shape: BatchShape, random: () => number): number[] {
  const length = draw(shape.batchLength, random);
  return Array.from({ length }, () => draw(shape.messageBytes, random));
}

/** One batch as a request that is encoded once and sent again and again. */
export class SendFrame {
  readonly bytes: Buffer;
  readonly messages: number;
  readonly payloadBytes: number;
  /** Where the messages have their origin timestamps. */
  readonly #stamps: number[] = [];

  constructor({ stream, topic, partition }: BatchTarget, sizes: readonly number[]) {
    const text = letters(Math.max(...sizes));
    this.bytes = encodeRequest(sendMessages, {
      streamId: stream,
      topicId: topic,
      partitioning:
        partition === null ? { kind: 'balanced' } : { kind: 'partition', partitionId: partition },
      messages: sizes.map((size) => ({
        originTimestamp: 0n,
        payload: text.subarray(0, size),
      })),
    });
    this.messages = sizes.length;
    this.payloadBytes = sizes.reduce((total, size) => total + size, 0);
    let start = this.bytes.byteLength - this.payloadBytes - sizes.length * messageHeaderBytes;
    for (const size of sizes) {
      this.#stamps.push(start + messageOriginTimestampOffset);
      start += messageHeaderBytes + size;
    }
  }

  get totalBytes(): number {
    return this.payloadBytes + this.messages * messageHeaderBytes;
  }

  /** Says when the batch was made: on every message, because a poll may begin inside of a batch. */
  stamp(micros: number): void {
    const [low, high] = [micros % WORD, Math.floor(micros / WORD)];
    for (const place of this.#stamps) {
      this.bytes.writeUInt32LE(low, place);
      this.bytes.writeUInt32LE(high, place + 4);
    }
  }
}

/** How many frames a producer prepares. */
export interface Stock {
  /** As many are never on their way at once. */
  readonly least: number;
  /** The part of the memory for frames that may be used: 0 to 1. */
  readonly share: number;
}

/**
 * The batches of one producer, to be sent in turn: alike, or a stock of different ones where sizes
 * are drawn from a range.
 */
export function prepareFrames(
  target: BatchTarget,
  shape: BatchShape,
  { least, share }: Stock,
  random: () => number,
): SendFrame[] {
  const areAlike = isFixed(shape.messageBytes) && isFixed(shape.batchLength);
  const most = areAlike ? least : Math.max(least, benchFramesMax);
  const frames: SendFrame[] = [];
  let bytes = 0;
  while (frames.length < least || (frames.length < most && bytes < benchFramesBytesMax * share)) {
    const frame = new SendFrame(target, drawBatch(shape, random));
    frames.push(frame);
    bytes += frame.bytes.byteLength;
  }
  return frames;
}

/** A poll that is encoded once; each time only place and count are written anew. */
export class PollFrame {
  readonly bytes: Buffer;

  /** Without an offset it asks for what is next for the consumer, and commits it. */
  constructor(target: ConsumerTarget, isByOffset: boolean) {
    this.bytes = encodeRequest(pollMessages, {
      ...target,
      strategy: { kind: isByOffset ? 'offset' : 'next', value: 0n },
      count: 0,
      autoCommit: !isByOffset,
    });
  }

  set offset(offset: number) {
    const place = this.bytes.byteLength - pollRequestTail.value;
    this.bytes.writeUInt32LE(offset % WORD, place);
    this.bytes.writeUInt32LE(Math.floor(offset / WORD), place + 4);
  }

  set count(count: number) {
    this.bytes.writeUInt32LE(count, this.bytes.byteLength - pollRequestTail.count);
  }

  set autoCommit(commits: boolean) {
    const place = this.bytes.byteLength - pollRequestTail.autoCommit;
    this.bytes.writeUInt8(commits ? 1 : 0, place);
  }
}
