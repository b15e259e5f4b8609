import { liveSubscriptionsMax } from '../../../wire/limits.ts';
import { type ApiError, tooMany } from '../errors.ts';
import type { Subscription } from './subscription.ts';

/** All live subscriptions of a broker. */
export class Subscriptions {
  readonly #users = new Map<Subscription, number>();

  get size(): number {
    return this.#users.size;
  }

  /** Throws an `ApiError` with status 429 when one more of a user would be too many. */
  assertRoom(userId: number): void {
    const { all, user } = liveSubscriptionsMax;
    if (this.size >= all) throw tooMany(`${all} subscriptions`);
    const own = [...this.#users.values()].filter((id) => id === userId).length;
    if (own >= user) throw tooMany(`${user} subscriptions of one user`);
  }

  /** Runs a subscription of a user until it ends. */
  async run(subscription: Subscription, userId: number): Promise<void> {
    this.#users.set(subscription, userId);
    try {
      await subscription.run();
    } finally {
      this.#users.delete(subscription);
    }
  }

  /** Ends all of them, each with a word to its client. */
  endAll(ending: ApiError): void {
    for (const subscription of this.#users.keys()) subscription.end(ending);
  }
}
