import type { ConsumerKind } from '../storage/consumer-offsets.ts';
import { MEMORY_SHORT } from '../storage/message-reader.ts';
import type { Partition } from '../storage/partition.ts';
import { PollReply } from '../storage/poll-reply.ts';
import type { ShardStorage } from '../storage/shard-storage.ts';
import { sharedFilesPerShardMax } from '../wire/limits.ts';
import { status } from '../wire/status.ts';
import type { CompletionWriter } from './completion-writer.ts';
import type { HostedPartition } from './hosted-partition.ts';
import type { ShardCounters } from './shard-counters.ts';

/** Where a poll starts, as on the wire (protocol section 3.5). */
export const pollStrategy = { offset: 1, timestamp: 2, first: 3, last: 4, next: 5 } as const;

/** A poll as it came through the ring. */
export interface PollRequest {
  readonly correlation: number;
  readonly hosted: HostedPartition;
  readonly strategy: number;
  readonly value: number;
  readonly count: number;
  readonly consumerKind: ConsumerKind;
  readonly consumerId: number;
  readonly autoCommit: boolean;
  readonly bytesMax: number;
  /** Nobody waits for it yet: it finds nothing rather than wait for memory. */
  readonly isAhead: boolean;
  /** The last messages may be left in their file. */
  readonly takesFile: boolean;
}

const NOTHING = -1;

/**
 * Answers polls and holds their memory until the acceptor has sent it. When readers hold all
 * memory, further polls wait for what they give back.
 */
export class PollServer {
  readonly #storage: ShardStorage;
  readonly #completions: CompletionWriter;
  readonly #counters: ShardCounters;
  /** Replies that are on their way; the token of one is its index plus one. */
  readonly #replies: PollReply[] = [];
  readonly #freeTokens: number[] = [];
  /** Of the replies on their way, those whose last messages are sent from their file. */
  #filesOut = 0;
  /** Polls that found no memory, oldest first. */
  #waiting: PollRequest[] = [];

  constructor(storage: ShardStorage, completions: CompletionWriter, counters: ShardCounters) {
    this.#storage = storage;
    this.#completions = completions;
    this.#counters = counters;
  }

  /** Answers a poll now or, when memory is short, after a later release. */
  serve(poll: PollRequest): void {
    if (!this.#tryServe(poll)) this.#waiting.push(poll);
  }

  /** The acceptor no longer needs a reply's memory. */
  release(token: number): void {
    if (!(this.#replies[token - 1]?.messagesCount > 0)) {
      throw new Error(`No reply is on its way under token ${token}.`);
    }
    this.#free(token);
    while (this.#waiting.length > 0 && this.#tryServe(this.#waiting[0])) this.#waiting.shift();
  }

  /** The partition goes away: polls that wait for it have nothing to find. */
  forget(hosted: HostedPartition): void {
    for (const poll of this.#waiting) {
      if (poll.hosted !== hosted) continue;
      this.#completions.done(poll.correlation, status.PartitionNotFound);
    }
    this.#waiting = this.#waiting.filter((poll) => poll.hosted !== hosted);
  }

  /** False when there is no memory now but replies on their way will give some back. */
  #tryServe(poll: PollRequest): boolean {
    const token = this.#freeTokens.pop() ?? this.#replies.push(new PollReply());
    const reply = this.#replies[token - 1];
    const { correlation, hosted } = poll;
    reply.bytesMax = poll.bytesMax;
    reply.takesFile = poll.takesFile && this.#filesOut < sharedFilesPerShardMax;
    const outcome = this.#find(poll, hosted.partition, reply);
    if (outcome === 0 && reply.messagesCount > 0) {
      this.#give(poll, reply, token);
      return true;
    }
    this.#free(token);
    const findsNothing = outcome === 0 || (outcome === MEMORY_SHORT && poll.isAhead);
    if (findsNothing) this.#completions.polled(correlation, offsetsOf(poll), reply, 0);
    else if (outcome === MEMORY_SHORT) return this.#refuseOrWait(correlation);
    else this.#completions.done(correlation, outcome);
    return true;
  }

  /** What a poll ahead has found is counted when a client gets it. */
  #give(poll: PollRequest, reply: PollReply, token: number): void {
    const { correlation, isAhead } = poll;
    reply.isShared = reply.file.bytes > 0;
    if (reply.isShared) this.#filesOut++;
    if (isAhead) return this.#completions.polledAhead(correlation, offsetsOf(poll), reply, token);
    this.#counters.add('polledMessages', reply.messagesCount);
    this.#counters.add('polledBytes', reply.bytes);
    this.#completions.polled(correlation, offsetsOf(poll), reply, token);
  }

  /** True when waiting would not help, because there is nobody who could give memory back. */
  #refuseOrWait(correlation: number): boolean {
    if (this.#freeTokens.length < this.#replies.length) {
      this.#completions.memoryShort();
      return false;
    }
    this.#storage.report('error', 'A message is larger than the memory that its shard reads into');
    this.#completions.done(correlation, status.CannotReadMessage);
    return true;
  }

  /** Puts the messages into the reply and stores the offset. Returns a status or `MEMORY_SHORT`. */
  #find(poll: PollRequest, partition: Partition, reply: PollReply): number {
    try {
      const start = startOffset(partition, poll);
      if (start === NOTHING) {
        partition.noteReaderAtEnd();
        return 0;
      }
      const outcome = partition.read(start, poll.count, reply);
      if (outcome !== 0 || !poll.autoCommit || reply.messagesCount === 0) return outcome;
      return commit(partition, poll, start + reply.messagesCount - 1);
    } catch (error) {
      this.#storage.report('error', `Cannot poll: ${(error as Error).message}`);
      return status.IoError;
    }
  }

  #free(token: number): void {
    const reply = this.#replies[token - 1];
    if (reply.isShared) this.#filesOut--;
    reply.release(this.#storage.cache);
    this.#freeTokens.push(token);
  }
}

function offsetsOf({ hosted, consumerKind, consumerId }: PollRequest) {
  const { lastOffset, offsets } = hosted.partition;
  return { lastOffset, storedOffset: offsets.get(consumerKind, consumerId) ?? -1 };
}

/** First offset to read, or -1 when the answer is empty (protocol section 5.2). */
function startOffset(partition: Partition, poll: PollRequest): number {
  const { lastOffset, firstOffset } = partition;
  if (lastOffset < 0 || poll.count === 0) return NOTHING;
  switch (poll.strategy) {
    case pollStrategy.offset:
      return orNothing(Math.max(poll.value, firstOffset), lastOffset);
    case pollStrategy.timestamp:
      return partition.offsetAt(poll.value);
    case pollStrategy.last:
      return Math.max(firstOffset, lastOffset + 1 - poll.count);
    case pollStrategy.next: {
      const stored = partition.offsets.get(poll.consumerKind, poll.consumerId) ?? -1;
      return orNothing(Math.max(stored + 1, firstOffset), lastOffset);
    }
    default:
      return firstOffset;
  }
}

function orNothing(offset: number, lastOffset: number): number {
  return offset > lastOffset ? NOTHING : offset;
}

/** Stores the offset of the last message of a reply for its consumer. */
function commit(partition: Partition, poll: PollRequest, offset: number): number {
  const { consumerKind, consumerId } = poll;
  if (!partition.offsets.hasRoom(consumerKind, consumerId)) {
    return status.CannotOpenConsumerOffsetsFile;
  }
  partition.offsets.store(consumerKind, consumerId, offset);
  return 0;
}
