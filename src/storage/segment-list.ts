import type { Segment } from './segment.ts';

/**
 * The segments of a partition, oldest first, the last of which is written to. Counts what the
 * others hold, so that nobody has to go through them for that.
 */
export class SegmentList implements Iterable<Segment> {
  readonly #segments: Segment[] = [];
  #sealedMessages = 0;
  #sealedBytes = 0;

  [Symbol.iterator](): IterableIterator<Segment> {
    return this.#segments.values();
  }

  get count(): number {
    return this.#segments.length;
  }

  get oldest(): Segment {
    return this.#segments[0];
  }

  /** The one behind the oldest, if there is one. */
  get second(): Segment | undefined {
    return this.#segments[1];
  }

  /** The one that is written to. */
  get active(): Segment {
    return this.#segments[this.#segments.length - 1];
  }

  get messagesCount(): number {
    return this.#sealedMessages + this.active.messagesCount;
  }

  get sizeBytes(): number {
    return this.#sealedBytes + this.active.sizeBytes;
  }

  /** Microseconds of the newest message of all; 0 while there is none. */
  lastTimestamp(): number {
    return this.#segments.reduce((newest, one) => Math.max(newest, one.lastTimestamp), 0);
  }

  includes(segment: Segment): boolean {
    return this.#segments.includes(segment);
  }

  /** Seals the last one, with everything in it, and goes on with another. */
  push(segment: Segment): void {
    if (this.#segments.length > 0) this.#countSealed(this.active, 1);
    this.#segments.push(segment);
  }

  /** Takes the oldest one out; its files are removed before. */
  removeOldest(): void {
    this.oldest.remove();
    this.#countSealed(this.oldest, -1);
    this.#segments.shift();
  }

  /** Puts another in the place of the only one. */
  restart(segment: Segment): void {
    this.#segments.length = 0;
    this.#segments.push(segment);
    this.#sealedMessages = 0;
    this.#sealedBytes = 0;
  }

  /** A segment changes what it says of itself. */
  change(segment: Segment, how: () => void): void {
    const isSealed = segment !== this.active;
    if (isSealed) this.#countSealed(segment, -1);
    how();
    if (isSealed) this.#countSealed(segment, 1);
  }

  /** The segment that an offset is in, or would be. */
  at(offset: number): Segment {
    let low = 0;
    let high = this.#segments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#segments[middle].baseOffset <= offset) low = middle;
      else high = middle - 1;
    }
    return this.#segments[low];
  }

  /** Offset of the first message with this timestamp or a later one, -1 when there is none. */
  offsetAt(timestamp: number): number {
    for (const segment of this.#segments) {
      if (segment.messagesCount > 0 && segment.lastTimestamp >= timestamp) {
        return segment.firstAtOrAfter(timestamp);
      }
    }
    return -1;
  }

  #countSealed(segment: Segment, times: 1 | -1): void {
    this.#sealedMessages += times * segment.messagesCount;
    this.#sealedBytes += times * segment.sizeBytes;
  }
}
