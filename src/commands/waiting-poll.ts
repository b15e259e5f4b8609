import type { PartitionWalk } from '../groups/group-member.ts';
import { type PollMessagesRequest, pollMessages } from '../wire/classic/commands/poll-messages.ts';
import { STATUS_OK } from '../wire/status.ts';
import { WireError } from '../wire/wire-error.ts';
import { resolveMembership, resolvePoll } from './consumer-target.ts';
import type { AnswerReader, Exchange, Waiting } from './exchange.ts';
import { startPoll, writeEmpty, writeNothing, writePolled } from './poll-answer.ts';
import type { Services } from './services.ts';
import type { Waiter, Watched } from './waiting-polls.ts';

/**
 * A poll that waits for messages when there are none. It asks the shard again whenever a batch came
 * into a partition that it reads, and answers at the latest when its time is up or its connection
 * has something else to send. While it waits it costs a timer and its place in a list.
 */
export class WaitingPoll implements Waiter, Waiting {
  readonly #services: Services;
  readonly #exchange: Exchange;
  readonly #request: PollMessagesRequest;
  readonly #watched = new Set<Watched>();
  readonly #timer: NodeJS.Timeout;
  /** Others of the same member poll between the tries of this one, and must not take its turn. */
  readonly #walk: PartitionWalk;
  readonly #askAnewSoon = () => {
    if (this.#state === 'resting') this.#askAnew();
  };
  /** Partitions found empty, one after the other, since something changed. */
  #emptyCount = 0;
  #state: 'asking' | 'resting' | 'done' = 'resting';
  /** Something changed after the shard was asked. */
  #hasChanged = false;
  #isEnding = false;
  #currentOffset: number | undefined;

  constructor(
    services: Services,
    exchange: Exchange,
    request: PollMessagesRequest,
    waitMs: number,
  ) {
    this.#services = services;
    this.#exchange = exchange;
    this.#request = request;
    this.#walk = exchange.session.live?.walk ?? { lastPolled: undefined };
    this.#timer = setTimeout(() => this.end(), waitMs).unref();
    exchange.waitWith(this);
  }

  /** Asks for the first time. Throws a `WireError` for what is refused. */
  start(): void {
    this.#ask();
  }

  onChange(): void {
    this.#hasChanged = true;
    if (this.#state === 'resting') this.#askAnew();
  }

  end(): void {
    this.#isEnding = true;
    if (this.#state !== 'resting') return;
    if (this.#currentOffset === undefined) writeNothing(this.#exchange);
    else writeEmpty(this.#exchange, this.#currentOffset);
  }

  onFinished(): void {
    this.#state = 'done';
    clearTimeout(this.#timer);
    for (const watched of this.#watched) this.#services.waitingPolls.unwatch(watched, this);
  }

  #askAnew(): void {
    this.#emptyCount = 0;
    this.#tryAsk();
  }

  #tryAsk(): void {
    try {
      this.#ask();
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#exchange.fail(error.code, error.message);
    }
  }

  #ask(): void {
    const { session } = this.#exchange;
    const { router } = this.#services;
    // Who asks may have changed since the last time.
    this.#services.access.assertCommand(session, pollMessages);
    const triesMax = this.#watchGroup();
    const target = resolvePoll(this.#services, session, pollMessages, this.#request, this.#walk);
    if (target === undefined) return this.#rest();
    this.#watch(target.handle);
    if (!router.workingLinkOf(target.handle).hasRoom()) {
      return router.waitForRoom(this.#askAnewSoon);
    }
    this.#hasChanged = false;
    this.#state = 'asking';
    startPoll(this.#services, this.#exchange, this.#request, target, this.#reader(triesMax));
  }

  #reader(triesMax: number): AnswerReader {
    return (exchange, answer, link) => {
      const isEmpty = answer.status === STATUS_OK && answer.count === 0;
      if (!isEmpty || this.#isEnding) return writePolled(exchange, answer, link);
      this.#currentOffset = answer.currentOffset;
      this.#emptyCount++;
      this.#rest();
      if (this.#hasChanged) this.#askAnew();
      else if (this.#emptyCount < triesMax) this.#tryAsk();
    };
  }

  /** While it rests, the connection may go on as if nothing were to come. */
  #rest(): void {
    this.#state = 'resting';
    this.#exchange.expectBytes(0);
  }

  /**
   * A member of a group also hears when its partitions change. Answers how many partitions there
   * are to try.
   */
  #watchGroup(): number {
    const request = this.#request;
    if (request.consumer.kind !== 'group') return 1;
    const { session } = this.#exchange;
    const { group, member } = resolveMembership(this.#services, session, pollMessages, request);
    this.#watch(group);
    return request.partitionId === null ? member.readable.length : 1;
  }

  #watch(watched: Watched): void {
    this.#watched.add(watched);
    this.#services.waitingPolls.watch(watched, this);
  }
}
