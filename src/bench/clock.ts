const MS_PER_SECOND = 1000;
const NS_PER_MS = 1_000_000;
const MICROS_PER_MS = 1000;

/** A moment that all threads of a process know, and what the calendar said then. */
export interface Anchor {
  readonly monotonicMs: number;
  readonly epochMs: number;
}

/** Milliseconds of the one clock that all threads of a process share. */
function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * MS_PER_SECOND + nanoseconds / NS_PER_MS;
}

/** Now. */
export function anchorNow(): Anchor {
  return { monotonicMs: monotonicMs(), epochMs: performance.timeOrigin + performance.now() };
}

/** Time since an anchor: the same in every thread, and cheap to read. */
export class Clock {
  readonly #startMs: number;
  readonly #epochMs: number;

  constructor(anchor: Anchor) {
    this.#startMs = anchor.monotonicMs - monotonicMs() + performance.now();
    this.#epochMs = anchor.epochMs;
  }

  nowMs(): number {
    return performance.now() - this.#startMs;
  }

  /** Microseconds since 1970. */
  epochMicros(): number {
    return Math.round((this.#epochMs + this.nowMs()) * MICROS_PER_MS);
  }
}
