/** A poll that was sent. */
interface Pending<Result> {
  readonly result: Promise<Result>;
  /** Resolves when the poll has an answer or an error. */
  readonly settled: Promise<void>;
  isSettled: boolean;
}

/** Polls that wait for messages, at most one a partition. */
export class PendingPolls<Result> {
  readonly #polls = new Map<number | undefined, Pending<Result>>();

  has(partition: number | undefined): boolean {
    return this.#polls.has(partition);
  }

  add(partition: number | undefined, result: Promise<Result>): void {
    const onSettled = () => {
      pending.isSettled = true;
    };
    // An error is thrown to the one who takes the result, if anybody does.
    const settled = result.then(onSettled, onSettled);
    const pending: Pending<Result> = { result, settled, isSettled: false };
    this.#polls.set(partition, pending);
  }

  /** Removes the poll of a partition that has its answer or error; undefined for any other. */
  take(partition: number | undefined): Promise<Result> | undefined {
    const pending = this.#polls.get(partition);
    if (!pending?.isSettled) return undefined;
    this.#polls.delete(partition);
    return pending.result;
  }

  /** Resolves as soon as one of the polls has an answer or an error. */
  async anySettled(): Promise<void> {
    await Promise.race([...this.#polls.values()].map(({ settled }) => settled));
  }
}
