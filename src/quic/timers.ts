/** What is to be done at some time. */
export interface Timed {
  /** When, by the monotonic clock; `Infinity` is never. Set by `Timers` alone. */
  dueMs: number;
  /** Place in the heap of `Timers`, -1 outside. Set by `Timers` alone. */
  timerIndex: number;
  onDue(nowMs: number): void;
}

/**
 * Any number of times behind one timer of Node.js: a heap with the next one on top, which knows
 * where each lies, so that moving a time costs the same as setting it.
 */
export class Timers {
  readonly #heap: Timed[] = [];
  #timer: NodeJS.Timeout | undefined;
  #timerDueMs = Number.POSITIVE_INFINITY;

  get size(): number {
    return this.#heap.length;
  }

  /** The earliest of all times, undefined when there is none. */
  get next(): number | undefined {
    return this.#heap[0]?.dueMs;
  }

  /** Sets or moves a time; `Infinity` takes it out. */
  set(timed: Timed, dueMs: number): void {
    if (dueMs === Number.POSITIVE_INFINITY) return this.delete(timed);
    if (timed.timerIndex < 0) timed.timerIndex = this.#heap.push(timed) - 1;
    timed.dueMs = dueMs;
    this.#sift(timed);
    this.#arm();
  }

  delete(timed: Timed): void {
    const index = timed.timerIndex;
    timed.timerIndex = -1;
    timed.dueMs = Number.POSITIVE_INFINITY;
    const last = index < 0 ? undefined : this.#heap.pop();
    if (last === undefined || last === timed) return;
    this.#put(last, index);
    this.#sift(last);
  }

  /** Forgets all of them. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timerDueMs = Number.POSITIVE_INFINITY;
    for (const timed of this.#heap.splice(0)) timed.timerIndex = -1;
  }

  /** A timer that is early costs one look; one for a time that was moved back is left alone. */
  #arm(): void {
    const next = this.next ?? Number.POSITIVE_INFINITY;
    if (next >= this.#timerDueMs) return;
    clearTimeout(this.#timer);
    this.#timerDueMs = next;
    const delayMs = Math.max(1, Math.ceil(next - performance.now()));
    this.#timer = setTimeout(() => this.#run(), delayMs);
  }

  #run(): void {
    this.#timerDueMs = Number.POSITIVE_INFINITY;
    const nowMs = performance.now();
    const due: Timed[] = [];
    for (let top = this.#heap[0]; top !== undefined && top.dueMs <= nowMs; top = this.#heap[0]) {
      this.delete(top);
      due.push(top);
    }
    for (const timed of due) timed.onDue(nowMs);
    this.#arm();
  }

  #sift(timed: Timed): void {
    const parent = this.#heap[(timed.timerIndex - 1) >> 1];
    if (timed.timerIndex > 0 && timed.dueMs < parent.dueMs) this.#siftUp(timed);
    else this.#siftDown(timed);
  }

  #siftUp(timed: Timed): void {
    let index = timed.timerIndex;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = this.#heap[above];
      if (parent.dueMs <= timed.dueMs) break;
      this.#put(parent, index);
      index = above;
    }
    this.#put(timed, index);
  }

  #siftDown(timed: Timed): void {
    let index = timed.timerIndex;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= this.#heap.length) break;
      const right = child + 1;
      if (right < this.#heap.length && this.#heap[right].dueMs < this.#heap[child].dueMs) {
        child = right;
      }
      if (this.#heap[child].dueMs >= timed.dueMs) break;
      this.#put(this.#heap[child], index);
      index = child;
    }
    this.#put(timed, index);
  }

  #put(timed: Timed, index: number): void {
    this.#heap[index] = timed;
    timed.timerIndex = index;
  }
}
