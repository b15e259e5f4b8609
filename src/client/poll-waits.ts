import type { Offer } from '../wire/classic/commands/ping.ts';

/** Asks the broker of the present connection what it offers; undefined for nothing. */
type AskOffer = () => Promise<Offer | undefined>;

/**
 * The polls of one client that wait at the broker for messages. A connection answers in order and
 * takes so many requests at a time: the broker says how many of them may wait.
 */
export class PollWaits {
  readonly #askOffer: AskOffer;
  readonly #waitMsMax: number;
  #count = 0;

  /** `waitMsMax` is the longest wait that the client itself puts up with. */
  constructor(askOffer: AskOffer, waitMsMax: number) {
    this.#askOffer = askOffer;
    this.#waitMsMax = waitMsMax;
  }

  /** How many more polls may wait; 0 at a broker that answers every poll at once. */
  async room(): Promise<number> {
    const offer = await this.#askOffer();
    if (offer === undefined || offer.pollWaitMsMax === 0) return 0;
    return Math.max(0, offer.pollsWaitingMax - this.#count);
  }

  /** Polls with the longest wait that is possible, 0 when none is. */
  async poll<Result>(wantedMs: number, send: (waitMs: number) => Promise<Result>): Promise<Result> {
    if (wantedMs === 0 || (await this.room()) === 0) return send(0);
    const offer = await this.#askOffer();
    this.#count++;
    try {
      return await send(Math.min(wantedMs, this.#waitMsMax, offer?.pollWaitMsMax ?? 0));
    } finally {
      this.#count--;
    }
  }
}
