/** An access token that was revoked before it expired. */
export interface RevokedToken {
  /** Unique among the access tokens of everybody. */
  readonly id: string;
  /** Seconds since the epoch; it need not be remembered any longer. */
  readonly expiresAt: number;
}

/** Access tokens that were revoked, until they have expired. */
export class RevokedTokens {
  /** The time of expiry by the id, the first revoked first. */
  readonly #expiries = new Map<string, number>();

  get size(): number {
    return this.#expiries.size;
  }

  has(id: string): boolean {
    return this.#expiries.has(id);
  }

  /** Forgets those that have expired by `now`, in seconds since the epoch. */
  add({ id, expiresAt }: RevokedToken, now: number): void {
    for (const [other, expiry] of this.#expiries) {
      if (expiry < now) this.#expiries.delete(other);
      // Most expire in the order in which they were revoked; the rest goes when its turn comes.
      else break;
    }
    this.#expiries.set(id, expiresAt);
  }

  *[Symbol.iterator](): IterableIterator<RevokedToken> {
    for (const [id, expiresAt] of this.#expiries) yield { id, expiresAt };
  }
}
