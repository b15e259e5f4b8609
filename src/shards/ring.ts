import { ringSlotBytes } from '../wire/limits.ts';
import { Pauses } from './pauses.ts';

// Each index has two cache lines of its own: processors fetch lines in pairs.
const INDEX_BYTES = 128;
const HEAD = 0;
const TAIL = INDEX_BYTES / 4;
const CONSUMER_SLEEPS = (2 * INDEX_BYTES) / 4;
const PRODUCER_SLEEPS = (3 * INDEX_BYTES) / 4;
const SLOTS_START_BYTES = 4 * INDEX_BYTES;

/** Looks into a ring before the clock is asked again: it costs as much as some of them. */
const LOOKS_PER_CLOCK = 16;

/** What wakes a consumer: nothing, because it is awake; everything; only what is urgent. */
const AWAKE = 0;
const SLEEPS = 1;
const DOZES = 2;

/** 32-bit words of one slot. */
export const slotWords = ringSlotBytes / 4;

/** Bytes of memory that a ring of so many slots needs. */
export function ringBytes(slots: number): number {
  return SLOTS_START_BYTES + slots * ringSlotBytes;
}

/** A new ring's memory; both ends open it with `RingProducer` and `RingConsumer`. */
export function createRing(slots: number): SharedArrayBuffer {
  return new SharedArrayBuffer(ringBytes(slots));
}

function slotsOf(memory: SharedArrayBuffer): number {
  const slots = (memory.byteLength - SLOTS_START_BYTES) / ringSlotBytes;
  if (slots < 1 || !Number.isInteger(Math.log2(slots))) {
    throw new Error(`A ring has ${slots} slots, not a power of two.`);
  }
  return slots;
}

/**
 * What both ends share: the memory seen as words and as 64-bit floats, which hold offsets and
 * times.
 */
class RingEnd {
  /** Slot fields of 32 bits: index with the value of `slot` plus the field. */
  readonly words: Int32Array;
  /** Slot fields of 64 bits: index with `slot / 2` plus half the field's word. */
  readonly doubles: Float64Array;
  protected readonly mask: number;
  protected readonly slots: number;

  constructor(memory: SharedArrayBuffer) {
    this.slots = slotsOf(memory);
    this.mask = this.slots - 1;
    this.words = new Int32Array(memory);
    this.doubles = new Float64Array(memory);
  }

  protected wordOf(position: number): number {
    return SLOTS_START_BYTES / 4 + (position & this.mask) * slotWords;
  }
}

/**
 * The writing end of a single-producer single-consumer ring. `reserve` a slot, fill it, `commit`
 * it; the consumer sees it after the next `publish`, which also says whether it must be woken.
 */
export class RingProducer extends RingEnd {
  #tail: number;
  #published: number;
  #head: number;

  constructor(memory: SharedArrayBuffer) {
    super(memory);
    this.#tail = Atomics.load(this.words, TAIL);
    this.#published = this.#tail;
    this.#head = Atomics.load(this.words, HEAD);
  }

  /** Slots that can be reserved now. */
  room(): number {
    const seen = this.slots - ((this.#tail - this.#head) | 0);
    if (seen > this.slots >> 1) return seen;
    this.#head = Atomics.load(this.words, HEAD);
    return this.slots - ((this.#tail - this.#head) | 0);
  }

  /** Slots that the consumer has not freed. */
  depth(): number {
    this.#head = Atomics.load(this.words, HEAD);
    return (this.#published - this.#head) | 0;
  }

  /** First word of the next free slot, or -1 when the ring is full. */
  reserve(): number {
    if (((this.#tail - this.#head) | 0) >= this.slots) {
      this.#head = Atomics.load(this.words, HEAD);
      if (((this.#tail - this.#head) | 0) >= this.slots) return -1;
    }
    return this.wordOf(this.#tail);
  }

  commit(): void {
    this.#tail = (this.#tail + 1) | 0;
  }

  /** Slots that were committed and not yet made visible. */
  unpublished(): number {
    return (this.#tail - this.#published) | 0;
  }

  /**
   * Makes committed slots visible. True when this call has to wake the consumer, who may have asked
   * to be left alone unless one of the slots is urgent.
   */
  publish(isUrgent = true): boolean {
    if (this.#published === this.#tail) return false;
    Atomics.store(this.words, TAIL, this.#tail);
    this.#published = this.#tail;
    const sleep = Atomics.load(this.words, CONSUMER_SLEEPS);
    if (sleep === AWAKE || (sleep === DOZES && !isUrgent)) return false;
    return Atomics.exchange(this.words, CONSUMER_SLEEPS, AWAKE) !== AWAKE;
  }

  /** Wakes a consumer thread that waits in `waitForWork`. */
  wake(): void {
    Atomics.notify(this.words, CONSUMER_SLEEPS, 1);
  }

  /** Blocks this thread until the consumer has freed a slot, or for the given time. */
  waitForRoom(timeoutMs: number): void {
    Atomics.store(this.words, PRODUCER_SLEEPS, 1);
    this.#head = Atomics.load(this.words, HEAD);
    if (((this.#tail - this.#head) | 0) < this.slots) {
      Atomics.store(this.words, PRODUCER_SLEEPS, 0);
      return;
    }
    Atomics.wait(this.words, PRODUCER_SLEEPS, 1, timeoutMs);
  }
}

/** The reading end of a ring: `next`, read the slot, `release` it. */
export class RingConsumer extends RingEnd {
  readonly #spinMs: number;
  readonly #pauses = new Pauses();
  #head: number;
  #tail: number;

  /** `spinMs` is how long `waitForWork` looks for work before it sleeps, where pauses are short. */
  constructor(memory: SharedArrayBuffer, spinMs = 0) {
    super(memory);
    this.#spinMs = spinMs;
    this.#head = Atomics.load(this.words, HEAD);
    this.#tail = this.#head;
  }

  /** First word of the oldest slot not yet released, or -1 when there is none. */
  next(): number {
    if (this.#head === this.#tail) {
      this.#tail = Atomics.load(this.words, TAIL);
      if (this.#head === this.#tail) return -1;
    }
    return this.wordOf(this.#head);
  }

  /** Frees the slot of the last `next`; its contents may change at once. */
  release(): void {
    this.#head = (this.#head + 1) | 0;
    Atomics.store(this.words, HEAD, this.#head);
    if (Atomics.load(this.words, PRODUCER_SLEEPS) === 0) return;
    Atomics.store(this.words, PRODUCER_SLEEPS, 0);
    Atomics.notify(this.words, PRODUCER_SLEEPS, 1);
  }

  /**
   * Says that the producer has to wake this end, or only for what is urgent. False when work
   * arrived meanwhile: go on instead.
   */
  announceSleep(isUrgentOnly = false): boolean {
    Atomics.store(this.words, CONSUMER_SLEEPS, isUrgentOnly ? DOZES : SLEEPS);
    if (Atomics.load(this.words, TAIL) === this.#head) return true;
    Atomics.store(this.words, CONSUMER_SLEEPS, AWAKE);
    return false;
  }

  /** Takes back what `announceSleep` said. */
  announceWatch(): void {
    Atomics.store(this.words, CONSUMER_SLEEPS, AWAKE);
  }

  /** Blocks this thread until there is work, or for the given time. */
  waitForWork(timeoutMs: number): void {
    const sinceMs = performance.now();
    if (!this.#findsWorkUntil(sinceMs + this.#spinMs)) this.#sleep(timeoutMs);
    this.#pauses.note(performance.now() - sinceMs);
  }

  #findsWorkUntil(endMs: number): boolean {
    if (this.#spinMs === 0 || !this.#pauses.areShort) return false;
    do {
      for (let look = 0; look < LOOKS_PER_CLOCK; look++) {
        if (Atomics.load(this.words, TAIL) !== this.#head) return true;
      }
    } while (performance.now() < endMs);
    return false;
  }

  #sleep(timeoutMs: number): void {
    if (!this.announceSleep()) return;
    Atomics.wait(this.words, CONSUMER_SLEEPS, SLEEPS, timeoutMs);
    Atomics.store(this.words, CONSUMER_SLEEPS, AWAKE);
  }
}
