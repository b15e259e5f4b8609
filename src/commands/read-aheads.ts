import type { PartitionStatistics } from '../shards/partition-statistics.ts';
import type { ShardAnswer } from '../shards/shard-call.ts';
import type { PollOperands, ShardLink } from '../shards/shard-link.ts';
import type { ShardRouter } from '../shards/shard-router.ts';
import { messageOffset } from '../wire/classic/messages.ts';
import {
  readAheadBytesMax,
  readAheadBytesTotalMax,
  readAheadsMax,
  readingsPerConnectionMax,
} from '../wire/limits.ts';
import { Bag } from './bag.ts';
import type { EarlyReply } from './early-reply.ts';
import type { Exchange } from './exchange.ts';
import { Reading } from './reading.ts';
import type { Session } from './session.ts';

/** A poll of a client. */
export interface AskedPoll {
  readonly readAheads: ReadAheads;
  readonly handle: number;
  readonly operands: PollOperands;
  /** Version of the stored offset of who polls, right behind what the poll itself stores. */
  offsetVersion: number;
}

/**
 * Reads ahead for clients that poll a partition in sequence, one poll after the other. It is not
 * done for those that send several requests at once, who need no help, nor for the last messages of
 * a partition, because more may come before they are asked for.
 */
export class ReadAheads {
  readonly statistics: PartitionStatistics;
  /** Readings whose next poll has found its messages. */
  readonly found = new Bag<Reading>();
  /** What all polls ahead take, by the looks of it. */
  bytes = 0;
  /** Polls ahead that no client has got. */
  count = 0;
  readonly #router: ShardRouter;
  readonly #readings = new WeakMap<Session, Map<number, Reading>>();

  constructor(router: ShardRouter) {
    this.#router = router;
    this.statistics = router.statistics;
  }

  /** Answers a poll with what was found ahead, or asks the shard. */
  poll(client: Exchange, link: ShardLink, handle: number, operands: PollOperands): void {
    const poll = { readAheads: this, handle, operands, offsetVersion: 0 };
    client.poll = poll;
    const reading = this.#readings.get(client.session)?.get(handle);
    if (!reading?.isFor(poll) || !client.owner.isAlone(client)) return this.askShard(client, link);
    reading.answer(client);
  }

  /** A client gets what was found ahead. */
  noteGiven({ shard }: ShardLink, { count, bytes }: EarlyReply): void {
    const counters = this.#router.counters[shard];
    counters.add('readAheadMessages', count);
    counters.add('readAheadBytes', bytes);
  }

  askShard(client: Exchange, link: ShardLink): void {
    const poll = client.poll!;
    const { handle, operands } = poll;
    link.poll(client, handle, operands);
    const { consumerKind, consumerId } = operands;
    poll.offsetVersion = link.offsetVersions.of(handle, consumerKind, consumerId);
  }

  /** A client's poll is being answered with messages: it may go on with the next ones. */
  goOn(client: Exchange, answer: ShardAnswer): void {
    const { poll } = client;
    const isWhole = answer.count > 0 && answer.count === poll?.operands.count;
    if (poll === undefined || !isWhole || !client.owner.isAlone(client)) return;
    const reading = this.#readingOf(client.session, poll.handle);
    reading.goOn(poll, this.startOf(answer), answer.storedOffset);
  }

  /** Offset of the first message of an answer that has some. */
  startOf({ pieces }: ShardAnswer): number {
    return messageOffset(this.#router.arena.bytes, pieces[0]);
  }

  /** Roughly the bytes of the messages from `start` on; 0 when they are not to be read ahead. */
  bytesOfNext(handle: number, start: number, count: number): number {
    const { currentOffset, messagesCount, sizeBytes } = this.statistics.read(handle);
    if (start + count - 1 > currentOffset) return 0;
    const bytes = Math.ceil((count * sizeBytes) / messagesCount);
    if (this.count >= readAheadsMax || bytes > readAheadBytesMax) return 0;
    return this.bytes + bytes <= readAheadBytesTotalMax ? bytes : 0;
  }

  /** The connection has ended. */
  forget(session: Session): void {
    for (const reading of this.#readings.get(session)?.values() ?? []) reading.drop();
    this.#readings.delete(session);
  }

  /** Gives up all that nobody has asked for yet. */
  drop(): void {
    this.#drain();
    for (const reading of this.found) reading.drop();
  }

  /** Gives up what has been waiting for longer than one call ago. */
  dropIdle(): void {
    this.#drain();
    for (const reading of this.found) reading.dropIdle();
  }

  /** What is found wakes nobody: it has to be looked for. */
  #drain(): void {
    if (this.count === this.found.size) return;
    for (const link of this.#router.links) link.drain();
  }

  #readingOf(session: Session, handle: number): Reading {
    let readings = this.#readings.get(session);
    if (readings === undefined) {
      readings = new Map();
      this.#readings.set(session, readings);
    }
    let reading = readings.get(handle);
    if (reading === undefined) {
      reading = new Reading(this, this.#router.linkOf(handle), handle);
      readings.set(handle, reading);
      if (readings.size > readingsPerConnectionMax) this.#forgetFirst(readings);
    }
    return reading;
  }

  #forgetFirst(readings: Map<number, Reading>): void {
    for (const [handle, reading] of readings) {
      reading.drop();
      readings.delete(handle);
      return;
    }
  }
}
