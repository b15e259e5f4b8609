import { liveSubscriptionsMax } from '../../../wire/limits.ts';
import type { ApiError } from '../errors.ts';
import { UserQuota } from '../user-quota.ts';
import type { Subscription } from './subscription.ts';

/** All live subscriptions of a broker. */
export class Subscriptions {
  readonly #open = new Set<Subscription>();
  #ending: ApiError | undefined;
  readonly #quota = new UserQuota('subscriptions', liveSubscriptionsMax);

  /** Throws an `ApiError` with status 429 when one more of a user would be too many. */
  assertRoom(userId: number): void {
    this.#quota.assertRoom(userId);
  }

  /** Runs a subscription of a user until it ends. */
  async run(subscription: Subscription, userId: number): Promise<void> {
    if (this.#ending !== undefined) subscription.end(this.#ending);
    this.#open.add(subscription);
    this.#quota.take(userId);
    try {
      await subscription.run();
    } finally {
      this.#open.delete(subscription);
      this.#quota.give(userId);
    }
  }

  /** Ends all of them, each with a word to its client, and those that come later. */
  endAll(ending: ApiError): void {
    this.#ending = ending;
    for (const subscription of this.#open) subscription.end(ending);
  }
}
