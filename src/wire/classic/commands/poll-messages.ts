import type { Writer } from '../../writer.ts';
import type { Codec } from '../codec.ts';
import {
  type ConsumerTarget,
  readConsumerTarget,
  writeConsumerTarget,
} from '../structures/consumer.ts';
import {
  type PollingStrategy,
  readPollingStrategy,
  writePollingStrategy,
} from '../structures/polling-strategy.ts';

/** Who reads, where from, and how much. */
export interface PollMessagesRequest extends ConsumerTarget {
  readonly strategy: PollingStrategy;
  /** Messages at most; 0 answers the partition and its newest offset only. */
  readonly count: number;
  /** Store the offset of the last returned message before the answer is sent. */
  readonly autoCommit: boolean;
  /**
   * How long an empty poll may wait for messages, in milliseconds. Beyond the protocol: behind the
   * payload, where others ignore it, and counted only on connections that have sent a greeting.
   */
  readonly waitMs?: number;
}

const WAIT_BYTES = 4;

/**
 * Where fields stand in a request without a wait, counted back from its end, for those who send one
 * frame again and again: strategy value u64, count u32, auto commit u8.
 */
export const pollRequestTail = { value: 13, count: 5, autoCommit: 1 } as const;

/** Place of `messages count` u32 in the answer. */
export const polledCountOffset = 12;

/** What precedes the message frames of a poll: 16 bytes (protocol section 4.5). */
export interface PolledHead {
  readonly partitionId: number;
  /** Offset of the newest message of the partition, 0 also while there is none. */
  readonly currentOffset: bigint;
  readonly messagesCount: number;
}

/** The answer to a poll. */
export interface PolledMessages extends PolledHead {
  /** Frames back to back as they are stored; `decodeMessages` of `messages.ts` reads them. */
  readonly frames: Uint8Array;
}

/** Bytes of `PolledHead`, present also when no message is. */
export const polledHeadBytes = 16;

/** For brokers, which send the frames behind it as they are stored. */
export function writePolledHead(writer: Writer, head: PolledHead): void {
  writer.u32(head.partitionId).u64(head.currentOffset).u32(head.messagesCount);
}

/** PollMessages, code 100: the stored bytes, never rewritten for a reader. */
export const pollMessages: Codec<PollMessagesRequest, PolledMessages> = {
  code: 100,
  name: 'message.poll',
  permission: 'poll',
  writeRequest: (writer, request) => {
    writeConsumerTarget(writer, request);
    writePollingStrategy(writer, request.strategy);
    writer.u32(request.count).bool(request.autoCommit);
    if (request.waitMs !== undefined) writer.u32(request.waitMs);
  },
  // Spreading objects here would take more memory and time than all else of a small poll.
  readRequest: (reader) => {
    const { consumer, streamId, topicId, partitionId } = readConsumerTarget(reader);
    const strategy = readPollingStrategy(reader);
    const count = reader.u32('count');
    const autoCommit = reader.bool('auto commit');
    const request = { consumer, streamId, topicId, partitionId, strategy, count, autoCommit };
    if (reader.remaining < WAIT_BYTES) return request;
    return { ...request, waitMs: reader.u32('wait') };
  },
  writeResponse: (writer, polled) => {
    writePolledHead(writer, polled);
    writer.bytes(polled.frames);
  },
  readResponse: (reader) => ({
    partitionId: reader.u32('partition id'),
    currentOffset: reader.u64('current offset'),
    messagesCount: reader.u32('messages count'),
    frames: reader.view(reader.remaining, 'message frames'),
  }),
};
