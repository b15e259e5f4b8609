import { type AwakeTimes, Pauses } from './pauses.ts';

/** The acceptor's end of a shard, as far as busy polling needs it. */
export interface PolledLink {
  /** The shard is at a send that takes it a while. */
  readonly hasLargeSend: boolean;
  /** The shard need not wake the acceptor from now on. */
  watch(): void;
  /** It must again. True when answers were taken. */
  unwatch(): boolean;
  /** True when there were some. */
  takeAnswers(): boolean;
}

const takeAnswers = (link: PolledLink) => link.takeAnswers();
const isAtLargeSend = (link: PolledLink) => link.hasLargeSend;
const unwatch = (link: PolledLink) => link.unwatch();

/**
 * Keeps the event loop turning for a moment after the last work, where the last pauses were short:
 * a thread that sleeps hears of sockets and answers later than a small request takes, and who
 * wakes it pays as much. Answers of shards are taken in every turn meanwhile. While a shard is at a
 * large send the moment is longer: whoever sent it begins with the next one when that is answered.
 */
export class BusyPolling {
  readonly #links: readonly PolledLink[];
  readonly #onAnswers: () => void;
  readonly #pollMs: number;
  readonly #largeSendMs: number;
  readonly #pauses = new Pauses();
  #isOn = false;
  /** When work was done last, by `performance.now`. */
  #workedMs = Number.NEGATIVE_INFINITY;
  readonly #look = () => {
    try {
      this.#take(takeAnswers);
    } finally {
      // Also when whoever was answered throws: nobody else would take answers.
      if (this.#goesOn(performance.now() - this.#workedMs)) setImmediate(this.#look);
      else this.#end();
    }
  };

  /** `onAnswers` is called whenever answers were taken; with `pollMs` 0 it never looks. */
  constructor(
    links: readonly PolledLink[],
    onAnswers: () => void,
    { pollMs, largeSendMs }: Omit<AwakeTimes, 'spinMs'>,
  ) {
    this.#links = links;
    this.#onAnswers = onAnswers;
    this.#pollMs = pollMs;
    this.#largeSendMs = largeSendMs;
  }

  /** A turn of the event loop had something to do. */
  noteWork(): void {
    const nowMs = performance.now();
    this.#pauses.note(nowMs - this.#workedMs);
    this.#workedMs = nowMs;
    if (this.#isOn || this.#pollMs === 0 || !this.#pauses.areShort) return;
    this.#isOn = true;
    for (const link of this.#links) link.watch();
    setImmediate(this.#look);
  }

  #goesOn(idleMs: number): boolean {
    if (idleMs < this.#pollMs) return true;
    return idleMs < this.#largeSendMs && this.#links.some(isAtLargeSend);
  }

  #end(): void {
    this.#isOn = false;
    this.#take(unwatch);
  }

  #take(takeFrom: (link: PolledLink) => boolean): void {
    let hasTaken = false;
    for (const link of this.#links) hasTaken = takeFrom(link) || hasTaken;
    if (hasTaken) this.#onAnswers();
  }
}
