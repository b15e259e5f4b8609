import { getTopic } from '../wire/classic/commands/get-topic.ts';
import type { Identifier } from '../wire/classic/identifier.ts';
import { status } from '../wire/status.ts';
import { refusal } from './errors.ts';
import type { Session } from './session.ts';

/** How long partitions that were added or deleted may go unnoticed. */
const RECOUNT_MS = 30_000;

/**
 * Takes the partitions of a topic in turn on this side. A broker does that as well, but a batch
 * that goes again would then go to another partition, which cannot know that it was stored.
 */
export class PartitionTurns {
  readonly #session: Session;
  readonly #target: { readonly streamId: Identifier; readonly topicId: Identifier };
  #count: Promise<number> | null = null;
  #countedMs = 0;
  #next = 0;

  constructor(session: Session, streamId: Identifier, topicId: Identifier) {
    this.#session = session;
    this.#target = { streamId, topicId };
  }

  /**
   * The partition whose turn it is. Rejects with status 41 for a user who may not read the topic,
   * 2010 when it does not exist or has no partitions.
   */
  async take(): Promise<number> {
    const count = await this.#counted();
    const partition = this.#next % count;
    this.#next = partition + 1;
    return partition;
  }

  /** Counts anew the next time. */
  recount(): void {
    this.#count = null;
  }

  #counted(): Promise<number> {
    const nowMs = performance.now();
    if (this.#count === null || nowMs - this.#countedMs > RECOUNT_MS) {
      this.#countedMs = nowMs;
      this.#count = this.#ask();
      this.#count.catch(() => this.recount());
    }
    return this.#count;
  }

  async #ask(): Promise<number> {
    const topic = await this.#session.request(getTopic, this.#target);
    const count = topic?.partitionsCount ?? 0;
    if (count === 0) throw refusal(getTopic.name, status.TopicIdNotFound);
    return count;
  }
}
