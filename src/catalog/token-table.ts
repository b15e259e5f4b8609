/** A personal access token: another way for its user to log in. */
export interface TokenRecord {
  readonly userId: number;
  /** Unique among the tokens of the user. */
  readonly name: string;
  /** Of the token's text, see `security/token.ts`; the text itself is kept nowhere. */
  readonly hash: string;
  /** Microseconds since the epoch; 0 is never. */
  readonly expiresAt: bigint;
}

/** The tokens of all users, found by user and name as well as by their hash. */
export class TokenTable {
  readonly #byHash = new Map<string, TokenRecord>();
  readonly #byUser = new Map<number, Map<string, TokenRecord>>();

  /** Tokens of one user, oldest first. */
  of(userId: number): readonly TokenRecord[] {
    return [...(this.#byUser.get(userId)?.values() ?? [])];
  }

  find(userId: number, name: string): TokenRecord | undefined {
    return this.#byUser.get(userId)?.get(name);
  }

  findByHash(hash: string): TokenRecord | undefined {
    return this.#byHash.get(hash);
  }

  add(token: TokenRecord): void {
    const own = this.#byUser.get(token.userId) ?? new Map<string, TokenRecord>();
    this.#byUser.set(token.userId, own.set(token.name, token));
    this.#byHash.set(token.hash, token);
  }

  delete({ userId, name, hash }: TokenRecord): void {
    const own = this.#byUser.get(userId);
    own?.delete(name);
    if (own?.size === 0) this.#byUser.delete(userId);
    this.#byHash.delete(hash);
  }

  deleteOf(userId: number): void {
    for (const token of this.of(userId)) this.delete(token);
  }

  [Symbol.iterator](): IterableIterator<TokenRecord> {
    return this.#byHash.values();
  }
}
