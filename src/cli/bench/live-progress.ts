import type { Progress as Done } from '../../bench/board.ts';
import type { Plan } from '../../bench/plan.ts';
import type { BenchPhase } from '../../bench/run.ts';
import type { CommonOptions } from '../options.ts';
import { createProgress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';

const BYTES_PER_MB = 1_000_000;
const MS_PER_SECOND = 1000;

/** Shows on standard error how far a run has come, where that is a terminal. */
export class LiveProgress {
  readonly #bar: ReturnType<typeof createProgress>;
  readonly #total: number;
  readonly #countsBytes: boolean;
  #last = { ms: performance.now(), bytes: 0 };

  constructor({ budgets, options }: Plan, common: CommonOptions, terminal: Terminal) {
    this.#countsBytes = 'bytes' in options.volume;
    this.#bar = createProgress(this.#countsBytes ? 'MB' : 'batches', common, terminal);
    this.#total = this.#shown(budgets.reduce((total, { amount }) => total + amount, 0));
  }

  onPhase(phase: BenchPhase): void {
    if (phase === 'running') this.#last = { ms: performance.now(), bytes: 0 };
    this.#bar.update(0, this.#total, phase);
  }

  onProgress({ batches, bytes }: Done): void {
    const ms = performance.now();
    const seconds = Math.max(1, ms - this.#last.ms) / MS_PER_SECOND;
    const rate = (bytes - this.#last.bytes) / BYTES_PER_MB / seconds;
    this.#last = { ms, bytes };
    const done = this.#shown(this.#countsBytes ? bytes : batches);
    this.#bar.update(Math.min(done, this.#total), this.#total, `${rate.toFixed(0)} MB/s`);
  }

  end(): void {
    this.#bar.end();
  }

  #shown(amount: number): number {
    return this.#countsBytes ? Math.ceil(amount / BYTES_PER_MB) : amount;
  }
}
