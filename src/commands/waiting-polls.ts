import type { ConsumerGroup } from '../groups/consumer-group.ts';
import { STATUS_OK } from '../wire/status.ts';
import { type AnswerReader, readStatus } from './exchange.ts';

/** Something that waits until there may be messages for it. */
export interface Waiter {
  /** Messages came, or who reads what has changed: look again. */
  onChange(): void;
}

/** What a waiter can wait for: a partition, by its handle, or a change within a group. */
export type Watched = number | ConsumerGroup;

/** Who waits for messages of which partition, or for a change of which group. */
export class WaitingPolls {
  readonly #waiters = new Map<Watched, Set<Waiter>>();

  /** Answers a send, and lets those know who wait for its partition. */
  readonly readSent: AnswerReader = (exchange, answer) => {
    if (this.#waiters.size > 0 && answer.status === STATUS_OK) this.wake(exchange.handle!);
    readStatus(exchange, answer);
  };

  /** Things that somebody waits for. */
  get size(): number {
    return this.#waiters.size;
  }

  watch(watched: Watched, waiter: Waiter): void {
    const waiters = this.#waiters.get(watched);
    if (waiters === undefined) this.#waiters.set(watched, new Set([waiter]));
    else waiters.add(waiter);
  }

  unwatch(watched: Watched, waiter: Waiter): void {
    const waiters = this.#waiters.get(watched);
    if (waiters?.delete(waiter) && waiters.size === 0) this.#waiters.delete(watched);
  }

  /** A batch is in this partition, or the partition is gone, or the group has changed. */
  wake(watched: Watched): void {
    const waiters = this.#waiters.get(watched);
    if (waiters === undefined) return;
    // Not at once: whoever wakes may be in the middle of the change.
    queueMicrotask(() => {
      for (const waiter of [...waiters]) waiter.onChange();
    });
  }
}
