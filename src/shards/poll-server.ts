import type { BlockCache } from '../storage/block-cache.ts';
import type { ConsumerKind } from '../storage/consumer-offsets.ts';
import { MEMORY_SHORT, type Partition } from '../storage/partition.ts';
import { PollReply } from '../storage/poll-reply.ts';
import { status } from '../wire/status.ts';
import type { CompletionWriter } from './completion-writer.ts';
import type { HostedPartition } from './hosted-partition.ts';

/** Where a poll starts, as on the wire (protocol section 3.5). */
export const pollStrategy = { offset: 1, timestamp: 2, first: 3, last: 4, next: 5 } as const;

export interface PollRequest {
  readonly correlation: number;
  readonly hosted: HostedPartition;
  readonly strategy: number;
  readonly value: number;
  readonly count: number;
  readonly consumerKind: ConsumerKind;
  readonly consumerId: number;
  readonly autoCommit: boolean;
}

const NOTHING = -1;

/**
 * Answers polls and holds their memory until the acceptor has sent it. When readers hold all memory,
 * further polls wait for what they give back.
 */
export class PollServer {
  readonly #cache: BlockCache;
  readonly #completions: CompletionWriter;
  /** Replies that are on their way; the token of one is its index plus one. */
  readonly #replies: PollReply[] = [];
  readonly #freeTokens: number[] = [];
  #waiting: PollRequest[] = [];

  constructor(cache: BlockCache, completions: CompletionWriter) {
    this.#cache = cache;
    this.#completions = completions;
  }

  serve(poll: PollRequest): void {
    const { partition } = poll.hosted;
    const token = this.#takeToken();
    const reply = this.#replies[token - 1];
    let outcome = 0;
    try {
      const start = startOffset(partition, poll);
      if (start !== NOTHING) outcome = partition.read(start, poll.count, reply);
      if (outcome === 0 && poll.autoCommit) outcome = commit(partition, poll, start, reply);
    } catch {
      outcome = status.CannotReadMessage;
    }
    if (outcome === 0 && reply.messagesCount > 0) {
      this.#completions.polled(poll.correlation, partition.lastOffset, reply, token);
      return;
    }
    this.#free(token);
    if (outcome === MEMORY_SHORT) this.#postpone(poll);
    else if (outcome !== 0) this.#completions.done(poll.correlation, outcome);
    else this.#completions.polled(poll.correlation, partition.lastOffset, reply, 0);
  }

  /** The acceptor no longer needs a reply's memory. */
  release(token: number): void {
    this.#free(token);
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const poll of waiting) this.serve(poll);
  }

  /** The partition goes away: polls that wait for it have nothing to find. */
  forget(hosted: HostedPartition): void {
    for (const poll of this.#waiting) {
      if (poll.hosted !== hosted) continue;
      this.#completions.done(poll.correlation, status.PartitionNotFound);
    }
    this.#waiting = this.#waiting.filter((poll) => poll.hosted !== hosted);
  }

  #free(token: number): void {
    this.#replies[token - 1].release(this.#cache);
    this.#freeTokens.push(token);
  }

  #postpone(poll: PollRequest): void {
    this.#waiting.push(poll);
    this.#completions.memoryShort();
  }

  #takeToken(): number {
    const token = this.#freeTokens.pop();
    if (token !== undefined) return token;
    return this.#replies.push(new PollReply());
  }
}

/** First offset to read, or -1 when the answer is empty (protocol section 5.2). */
function startOffset(partition: Partition, poll: PollRequest): number {
  const { lastOffset, firstOffset } = partition;
  if (lastOffset < 0 || poll.count === 0) return NOTHING;
  switch (poll.strategy) {
    case pollStrategy.offset:
      return poll.value > lastOffset ? NOTHING : poll.value;
    case pollStrategy.timestamp:
      return partition.offsetAt(poll.value);
    case pollStrategy.last:
      return Math.max(0, lastOffset + 1 - poll.count);
    case pollStrategy.next: {
      const stored = partition.offsets.get(poll.consumerKind, poll.consumerId);
      const next = stored === undefined ? firstOffset : stored + 1;
      return next > lastOffset ? NOTHING : next;
    }
    default:
      return firstOffset;
  }
}

/** Stores the offset of the last message of a reply for its consumer. */
function commit(partition: Partition, poll: PollRequest, start: number, reply: PollReply): number {
  if (reply.messagesCount === 0) return 0;
  const { consumerKind, consumerId } = poll;
  if (!partition.offsets.hasRoom(consumerKind, consumerId)) {
    return status.CannotOpenConsumerOffsetsFile;
  }
  const first = Math.max(start, partition.firstOffset);
  partition.offsets.store(consumerKind, consumerId, first + reply.messagesCount - 1);
  return 0;
}
