import { tooMany } from './errors.ts';

/** How many there may be of something, and how many of one user. */
export interface QuotaLimits {
  readonly all: number;
  readonly user: number;
}

/** Counts what there is of something for each user. */
export class UserQuota {
  readonly #what: string;
  readonly #limits: QuotaLimits;
  readonly #counts = new Map<number, number>();
  #count = 0;

  /** `what` is how an error calls them. */
  constructor(what: string, limits: QuotaLimits) {
    this.#what = what;
    this.#limits = limits;
  }

  get count(): number {
    return this.#count;
  }

  /** Throws an `ApiError` with status 429 when one more of a user would be too many. */
  assertRoom(userId: number): void {
    const { all, user } = this.#limits;
    if (this.#count >= all) throw tooMany(`${all} ${this.#what}`);
    if (this.#of(userId) >= user) throw tooMany(`${user} ${this.#what} of one user`);
  }

  /** One more, whether there is room or not. */
  take(userId: number): void {
    this.#count++;
    this.#counts.set(userId, this.#of(userId) + 1);
  }

  /** One less. */
  give(userId: number): void {
    this.#count--;
    const left = this.#of(userId) - 1;
    if (left === 0) this.#counts.delete(userId);
    else this.#counts.set(userId, left);
  }

  #of(userId: number): number {
    return this.#counts.get(userId) ?? 0;
  }
}
