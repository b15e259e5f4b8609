import type {
  PolledMessages,
  PollMessagesRequest,
} from '../../src/wire/classic/commands/poll-messages.ts';
import type { SendMessagesRequest } from '../../src/wire/classic/commands/send-messages.ts';
import type { StoreConsumerOffsetRequest } from '../../src/wire/classic/commands/store-consumer-offset.ts';
import { decodeMessages, writeMessage } from '../../src/wire/classic/messages.ts';
import { status } from '../../src/wire/status.ts';
import { Writer } from '../../src/wire/writer.ts';
import { xxhash32 } from '../../src/wire/xxhash32.ts';

type Reaction = { readonly response: unknown } | { readonly status: number };
type TopicHandler = (request: never) => Reaction;

const OFFSET_OFFSET = 24;
const TIMESTAMP_OFFSET = 32;

/** Partitions in memory, with the rules that a client can notice. */
export class FakeTopic {
  readonly frames: Buffer[][];
  /** Stored offsets by consumer and partition. */
  readonly offsets = new Map<string, bigint>();
  #balanced = 0;

  constructor(partitionsCount: number) {
    this.frames = Array.from({ length: partitionsCount }, () => []);
  }

  handlers(): [string, TopicHandler][] {
    return [
      ['topic.get', () => ({ response: this.#details() })],
      ['message.send', (request: SendMessagesRequest) => this.#send(request)],
      ['message.poll', (request: PollMessagesRequest) => ({ response: this.#poll(request) })],
      ['consumer_offset.store', (request: StoreConsumerOffsetRequest) => this.#store(request)],
    ];
  }

  /** Texts of a partition in order. */
  payloads(partitionId: number): string[] {
    return this.frames[partitionId].map((frame) => decodeMessages(frame, 1)[0].payload.toString());
  }

  #details() {
    const partitions = this.frames.map((frames, id) => ({
      id,
      createdAt: 0n,
      segmentsCount: 1,
      currentOffset: BigInt(Math.max(0, frames.length - 1)),
      sizeBytes: 0n,
      messagesCount: BigInt(frames.length),
    }));
    return {
      id: 0,
      createdAt: 0n,
      partitionsCount: partitions.length,
      messageExpiryMicros: 0n,
      compressionAlgorithm: 1,
      maxSizeBytes: 0n,
      replicationFactor: 1,
      sizeBytes: 0n,
      messagesCount: 0n,
      name: 'events',
      partitions,
    };
  }

  #send({ partitioning, messages }: SendMessagesRequest): Reaction {
    const partitionId = this.#partitionOf(partitioning);
    const frames = this.frames[partitionId];
    if (frames === undefined) return { status: status.PartitionNotFound };
    for (const message of messages) {
      const writer = new Writer();
      writeMessage(writer, message);
      const frame = writer.finish();
      frame.writeBigUInt64LE(BigInt(frames.length), OFFSET_OFFSET);
      frame.writeBigUInt64LE(1n, TIMESTAMP_OFFSET);
      frames.push(frame);
    }
    return { response: undefined };
  }

  #partitionOf(partitioning: SendMessagesRequest['partitioning']): number {
    if (partitioning.kind === 'partition') return partitioning.partitionId;
    if (partitioning.kind === 'key') return xxhash32(partitioning.key) % this.frames.length;
    this.#balanced += 1;
    return (this.#balanced - 1) % this.frames.length;
  }

  #poll(request: PollMessagesRequest): PolledMessages {
    const partitionId = request.partitionId ?? 0;
    const frames = this.frames[partitionId];
    const key = offsetKey(request.consumer.id, partitionId);
    const start = this.#startOf(request, frames.length, this.offsets.get(key));
    const polled = frames.slice(start, start + request.count);
    if (request.autoCommit && polled.length > 0) {
      this.offsets.set(key, BigInt(start + polled.length - 1));
    }
    return {
      partitionId,
      currentOffset: BigInt(Math.max(0, frames.length - 1)),
      messagesCount: polled.length,
      frames: Buffer.concat(polled),
    };
  }

  #startOf(request: PollMessagesRequest, length: number, stored: bigint | undefined): number {
    const { kind, value } = request.strategy;
    if (kind === 'offset') return Number(value);
    if (kind === 'last') return Math.max(0, length - request.count);
    return kind === 'next' && stored !== undefined ? Number(stored) + 1 : 0;
  }

  #store({ consumer, partitionId, offset }: StoreConsumerOffsetRequest): Reaction {
    this.offsets.set(offsetKey(consumer.id, partitionId ?? 0), offset);
    return { response: undefined };
  }
}

function offsetKey(consumer: number | string, partitionId: number): string {
  return `${consumer}/${partitionId}`;
}
