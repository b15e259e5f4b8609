import { pollStrategy } from '../shards/poll-server.ts';
import type { ShardAnswer, ShardCall, ShardRelease } from '../shards/shard-call.ts';
import type { PollOperands, ShardLink } from '../shards/shard-link.ts';
import { consumerKind } from '../storage/consumer-offsets.ts';
import { STATUS_OK } from '../wire/status.ts';
import { type Bagged, outsideOfBags } from './bag.ts';
import { EarlyReply } from './early-reply.ts';
import type { Exchange } from './exchange.ts';
import type { AskedPoll, ReadAheads } from './read-aheads.ts';

const UNKNOWN = -1;

/** What became of the poll ahead; `given` is one that waits for an offset to be stored. */
type State = 'none' | 'asked' | 'found' | 'given';

/**
 * What one connection reads of one partition, poll after poll. Once a poll goes on where the last
 * one ended, the shard is asked for the next one ahead of the client: for as many messages, and
 * without storing an offset. When the client asks, it gets what was found, if the shard would find
 * the same now. The offset that its poll stores is stored before it is answered.
 */
export class Reading implements ShardCall, Bagged {
  bagPlace = outsideOfBags;
  readonly #owner: ReadAheads;
  readonly #link: ShardLink;
  readonly #handle: number;
  readonly #reply = new EarlyReply();
  #state: State = 'none';
  /** The client's newest poll that found all it asked for, where it ended, what was stored then. */
  #last: AskedPoll | undefined;
  #end = UNKNOWN;
  #storedOffset = UNKNOWN;
  /** Of the poll ahead: its first message, how many, and roughly their bytes. */
  #offset = 0;
  #count = 0;
  #bytes = 0;
  /** What must not have changed since it was asked. */
  #generation = 0;
  #removals = 0;
  /** Who has asked for the same. */
  #client: Exchange | undefined;
  /** It was found already when idle ones were looked for the last time. */
  #isIdle = false;
  readonly #onStored: ShardCall = {
    onShardAnswer: (link, answer) => this.#giveStored(link, answer),
    onShardLost: () => this.#loseGiven(),
  };

  constructor(owner: ReadAheads, link: ShardLink, handle: number) {
    this.#owner = owner;
    this.#link = link;
    this.#handle = handle;
  }

  /** True when the shard would find for a poll, in this moment, what was asked ahead. */
  isFor({ operands }: AskedPoll): boolean {
    if (this.#state !== 'asked' && this.#state !== 'found') return false;
    const { statistics } = this.#owner;
    return (
      operands.count === this.#count &&
      this.#startOf(operands) === this.#offset &&
      this.#link.generation === this.#generation &&
      statistics.removals(this.#handle) === this.#removals
    );
  }

  /** Answers a poll that `isFor` has accepted, now or when the shard has answered. */
  answer(client: Exchange): void {
    this.#client = client;
    if (this.#state === 'found') return this.#give(client);
    this.#link.beginAwaiting();
  }

  /** A poll has found all it asked for: perhaps asks for what comes next. */
  goOn(poll: AskedPoll, start: number, storedOffset: number): void {
    const isSequential = start === this.#end;
    this.#last = poll;
    this.#end = start + poll.operands.count;
    this.#storedOffset = storedOffset;
    if (isSequential) this.#ask(poll.operands);
  }

  onShardAnswer(link: ShardRelease, answer: ShardAnswer): void {
    if (this.#client !== undefined) this.#link.endAwaiting();
    const isWhole = answer.status === STATUS_OK && answer.count === this.#count;
    if (!isWhole || this.#owner.startOf(answer) !== this.#offset) return this.#miss(link, answer);
    this.#reply.keep(link, answer);
    this.#state = 'found';
    this.#isIdle = false;
    this.#owner.found.add(this);
    if (this.#client !== undefined) this.#give(this.#client);
  }

  onShardLost(): void {
    if (this.#client !== undefined) this.#link.endAwaiting();
    this.#finish();
    this.#takeClient()?.onShardLost();
  }

  /** Gives up what was found, unless a client has asked for it. */
  drop(): void {
    if (this.#state !== 'found') return;
    this.#finish();
    this.#reply.drop();
  }

  /** Gives it up when it was there at the last call already. */
  dropIdle(): void {
    if (this.#isIdle) this.drop();
    this.#isIdle = true;
  }

  #ask(operands: PollOperands): void {
    const { count, consumerKind: kind, consumerId, bytesMax, takesFile } = operands;
    if (this.#state === 'asked' || this.#state === 'given') return;
    this.drop();
    const bytes = this.#owner.bytesOfNext(this.#handle, this.#end, count);
    if (bytes === 0 || !this.#link.hasRoom()) return;
    this.#state = 'asked';
    this.#offset = this.#end;
    this.#count = count;
    this.#bytes = bytes;
    this.#owner.bytes += bytes;
    this.#owner.count++;
    this.#generation = this.#link.generation;
    this.#removals = this.#owner.statistics.removals(this.#handle);
    this.#link.poll(this, this.#handle, {
      strategy: pollStrategy.offset,
      value: this.#end,
      count,
      consumerKind: kind,
      consumerId,
      autoCommit: false,
      bytesMax,
      isAhead: true,
      takesFile,
    });
  }

  /** Where a poll begins, as far as that is known here. */
  #startOf(operands: PollOperands): number {
    const { strategy, value } = operands;
    const isGroup = operands.consumerKind === consumerKind.group;
    if (strategy === pollStrategy.offset && !isGroup) return value;
    // Who follows a group must be told its stored offset with every poll.
    if (!this.#knowsStored(operands)) return UNKNOWN;
    if (strategy === pollStrategy.offset) return value;
    return strategy === pollStrategy.next ? this.#storedOffset + 1 : UNKNOWN;
  }

  /** True when the stored offset of who polls is the same as after the last poll. */
  #knowsStored({ consumerKind: kind, consumerId: id }: PollOperands): boolean {
    const last = this.#last;
    if (last?.operands.consumerKind !== kind || last.operands.consumerId !== id) return false;
    return this.#link.offsetVersions.of(this.#handle, kind, id) === last.offsetVersion;
  }

  #give(client: Exchange): void {
    const poll = client.poll!;
    const { autoCommit, consumerKind: kind, consumerId: id } = poll.operands;
    this.#finish();
    if (!autoCommit) return this.#giveAsIs(poll);
    this.#state = 'given';
    const newest = this.#offset + this.#count - 1;
    this.#link.storeOffset(this.#onStored, this.#handle, kind, id, newest);
    poll.offsetVersion = this.#link.offsetVersions.of(this.#handle, kind, id);
  }

  #giveAsIs(poll: AskedPoll): void {
    const isKnown = this.#knowsStored(poll.operands);
    poll.offsetVersion = isKnown ? this.#last!.offsetVersion : UNKNOWN;
    this.#answerWith(isKnown ? this.#storedOffset : UNKNOWN);
  }

  #giveStored(link: ShardRelease, answer: ShardAnswer): void {
    this.#state = 'none';
    if (answer.status === STATUS_OK) return this.#answerWith(this.#offset + this.#count - 1);
    this.#reply.drop();
    this.#takeClient()?.onShardAnswer(link, answer);
  }

  #loseGiven(): void {
    this.#state = 'none';
    this.#reply.drop();
    this.#takeClient()?.onShardLost();
  }

  #answerWith(storedOffset: number): void {
    const { currentOffset } = this.#owner.statistics.read(this.#handle);
    this.#owner.noteGiven(this.#link, this.#reply);
    this.#reply.give(this.#takeClient()!, currentOffset, storedOffset);
  }

  /** Less was found than there should be: who asked for it must be answered by the shard. */
  #miss(link: ShardRelease, { token }: ShardAnswer): void {
    this.#finish();
    if (token !== 0) link.release(token, link.generation);
    const client = this.#takeClient();
    if (client !== undefined) this.#owner.askShard(client, this.#link);
  }

  #finish(): void {
    this.#state = 'none';
    this.#owner.found.delete(this);
    this.#owner.bytes -= this.#bytes;
    this.#owner.count--;
  }

  #takeClient(): Exchange | undefined {
    const client = this.#client;
    this.#client = undefined;
    return client;
  }
}
