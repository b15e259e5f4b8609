import { resumeDelayMicros } from '../wire/limits.ts';
import { DoubtFile } from './doubt-file.ts';
import type { Segment } from './segment.ts';
import type { ShardStorage } from './shard-storage.ts';

/**
 * The segments of a partition whose sync failed, also in the process before: until all of them are
 * restored, the partition accepts nothing.
 */
export class Suspects {
  readonly #storage: ShardStorage;
  readonly #dir: string;
  readonly #doubt: DoubtFile;
  readonly #segments = new Set<Segment>();
  /** When they are tried next, in microseconds. */
  #resumeAt = 0;

  constructor(storage: ShardStorage, partitionDir: string) {
    this.#storage = storage;
    this.#dir = partitionDir;
    this.#doubt = new DoubtFile(storage, partitionDir);
  }

  get isEmpty(): boolean {
    return this.#segments.size === 0;
  }

  add(segment: Segment): void {
    this.#segments.add(segment);
    this.#doubt.write(this.#segments);
  }

  /** Takes over what the last process has left in doubt. */
  load(segments: readonly Segment[]): void {
    for (const segment of this.#doubt.read(segments)) this.#segments.add(segment);
  }

  /** Restores all of them, now and then. True when all of it is certain. */
  resume(nowMicros: number, restore: (segment: Segment) => void): boolean {
    if (nowMicros < this.#resumeAt) return false;
    try {
      for (const segment of this.#segments) {
        restore(segment);
        this.#segments.delete(segment);
      }
      this.#doubt.remove();
    } catch (error) {
      this.#report('error', `cannot be synced yet: ${(error as Error).message}`);
      this.#doubt.write(this.#segments);
      this.#resumeAt = nowMicros + resumeDelayMicros;
      return false;
    }
    this.#report('info', 'synced again, goes on');
    return true;
  }

  #report(level: 'info' | 'error', message: string): void {
    this.#storage.report(level, `${this.#dir}: ${message}`);
  }
}
