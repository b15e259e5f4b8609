import { writeRefusalMs } from '../wire/limits.ts';
import { STATUS_OK, status } from '../wire/status.ts';
import type { AnswerReader } from './exchange.ts';

/** Statuses of sends that say something of the partition, and nothing of what was sent. */
const refusals: ReadonlySet<number> = new Set([
  status.CannotSaveMessagesToSegment,
  status.CannotSyncFile,
  status.CannotAppendToFile,
  status.PartitionNotFound,
]);

/** Partitions that have refused a batch lately for reasons of their own, such as a full disk. */
export class WriteRefusals {
  /** By handle: when it refused last, and with which status. */
  readonly #refused = new Map<number, { readonly atMs: number; readonly code: number }>();
  readonly #next: AnswerReader;

  /** `next` turns the answer to a send into its response. */
  constructor(next: AnswerReader) {
    this.#next = next;
  }

  /** Answers a send, and remembers what it says of its partition. */
  readonly readSent: AnswerReader = (exchange, answer, link) => {
    const handle = exchange.handle!;
    if (answer.status === STATUS_OK) {
      if (this.#refused.size > 0) this.#refused.delete(handle);
    } else if (refusals.has(answer.status)) {
      this.#refused.set(handle, { atMs: Date.now(), code: answer.status });
    }
    this.#next(exchange, answer, link);
  };

  /**
   * Handles with the status of the refusal. One that was not tried for a while is not among them:
   * who waits for a broker to be well again would otherwise wait for ever.
   */
  recent(): [handle: number, code: number][] {
    const oldestMs = Date.now() - writeRefusalMs;
    for (const [handle, { atMs }] of this.#refused) {
      if (atMs < oldestMs) this.#refused.delete(handle);
    }
    return [...this.#refused].map(([handle, { code }]) => [handle, code]);
  }
}
