import { setTimeout as sleep } from 'node:timers/promises';
import { BenchError } from './bench-error.ts';
import type { Board } from './board.ts';
import type { Clock } from './clock.ts';
import type { Batch, Driver, PolledBatch } from './driver.ts';
import type { ActorPlan, Budget } from './plan.ts';
import { RateLimiter } from './rate-limiter.ts';
import { Recorder, type Recording } from './recorder.ts';

/** Once nobody sends any more, a consumer that found nothing for so long has read everything. */
const IDLE_LIMIT_MS = 1000;
/** An actor that polls what it has just sent finds it at once, or never. */
const REPLY_LIMIT_MS = 5000;
/** Timers are no finer; shorter waits are owed until they add up. */
const SLEEP_MS_MIN = 1;
const MS_PER_SECOND = 1000;
const MICROS_PER_MS = 1000;

/** What an actor works with. */
export interface ActorSetting {
  readonly actor: ActorPlan;
  /** Its number in the plan. */
  readonly index: number;
  readonly driver: Driver;
  readonly board: Board;
  readonly budgets: readonly Budget[];
  readonly samplingMs: number;
  readonly depth: number;
  /** Payload bytes of a batch, on average. */
  readonly batchBytes: number;
  readonly isPinned: boolean;
  /** Whether what the warm-up has read is read again. */
  readonly readsTwice: boolean;
  readonly measuresFromOrigin: boolean;
}

/** When work may go on, and what becomes of it. */
interface Phase {
  readonly clock: Clock;
  maySend(batch: Batch): boolean;
  mayPoll(): boolean;
  onBatch(latencyMs: number | null, batch: Batch): void;
  onPolled(batch: Batch): void;
}

/** One producer, consumer, or both: a loop of requests, each sent after the last was answered. */
export class Actor {
  readonly #setting: ActorSetting;
  readonly #recorder: Recorder;

  constructor(setting: ActorSetting) {
    const { actor, samplingMs, measuresFromOrigin, batchBytes } = setting;
    this.#setting = setting;
    const isTimedByCall = actor.kind === 'producer' || !measuresFromOrigin;
    const rate = isTimedByCall ? actor.bytesPerSecond : null;
    const intervalMs = rate === null ? null : (batchBytes / rate) * MS_PER_SECOND;
    this.#recorder = new Recorder(samplingMs, intervalMs);
  }

  /** Works for a while without noting anything. */
  async warmUp(clock: Clock, ms: number): Promise<void> {
    const isTime = () => clock.nowMs() < ms;
    const phase = { clock, maySend: isTime, mayPoll: isTime, onBatch() {}, onPolled() {} };
    await this.#work(phase, () => {});
    if (this.#setting.readsTwice) await this.#setting.driver.rewind();
  }

  /** The work that is measured. */
  async run(clock: Clock): Promise<void> {
    const { actor, board, index } = this.#setting;
    const { sendBudget, pollBudget } = actor;
    const phase: Phase = {
      clock,
      maySend: (batch) =>
        sendBudget !== null && board.take(sendBudget, this.#cost(sendBudget, batch)),
      mayPoll: () => pollBudget !== null && board.hasLeft(pollBudget),
      onBatch: (latencyMs, batch) => {
        this.#recorder.record(clock.nowMs(), latencyMs, batch);
        board.note(index, batch.messages, batch.payloadBytes);
      },
      onPolled: (batch) => {
        if (pollBudget !== null) board.take(pollBudget, this.#cost(pollBudget, batch));
      },
    };
    await this.#work(phase, () => board.endWriter());
    const isReader = actor.kind === 'consumer' && actor.group === null;
    if (isReader && this.#recorder.messages === 0) {
      throw new BenchError(`There was nothing to read in ${actor.stream}.`);
    }
  }

  finish(): Recording {
    return this.#recorder.finish(this.#setting.index);
  }

  close(): Promise<void> {
    return this.#setting.driver.close();
  }

  #cost(budget: number, { payloadBytes }: Batch): number {
    return this.#setting.budgets[budget].unit === 'bytes' ? payloadBytes : 1;
  }

  /** `onSent` is called when there is nothing more to send. */
  async #work(phase: Phase, onSent: () => void): Promise<void> {
    const { actor, depth, isPinned } = this.#setting;
    const pace = this.#pacer(phase.clock);
    if (actor.kind === 'consumer') return this.#consume(phase, pace);
    const isBoth = actor.kind === 'producing_consumer';
    if (isBoth && !isPinned) return this.#sendAndPoll(phase, pace, onSent);
    if (isBoth) await this.#sendAndReadBack(phase, pace);
    else await Promise.all(Array.from({ length: depth }, () => this.#produce(phase, pace)));
    onSent();
  }

  async #produce(phase: Phase, pace: Pace): Promise<void> {
    const { driver } = this.#setting;
    for (let batch = driver.nextBatch(); phase.maySend(batch); batch = driver.nextBatch()) {
      const startMs = phase.clock.nowMs();
      await driver.send();
      phase.onBatch(phase.clock.nowMs() - startMs, batch);
      if (pace !== null) await pace(batch.payloadBytes);
    }
  }

  async #consume(phase: Phase, pace: Pace): Promise<void> {
    const { driver, board } = this.#setting;
    let lastMs = phase.clock.nowMs();
    while (phase.mayPoll()) {
      const startMs = phase.clock.nowMs();
      const polled = await driver.poll();
      const endMs = phase.clock.nowMs();
      if (polled.messages > 0) {
        lastMs = endMs;
        this.#notePolled(phase, polled, endMs - startMs);
        if (pace !== null) await pace(polled.payloadBytes);
      } else if (board.hasWriters()) lastMs = endMs;
      else if (endMs - lastMs > IDLE_LIMIT_MS) return;
    }
  }

  /** Each batch is read back before the next one is sent. */
  async #sendAndReadBack(phase: Phase, pace: Pace): Promise<void> {
    const { driver } = this.#setting;
    for (let batch = driver.nextBatch(); phase.maySend(batch); batch = driver.nextBatch()) {
      await driver.send();
      phase.onBatch(null, batch);
      let left = batch.messages;
      while (left > 0) {
        const polled = await this.#reply(phase, left);
        this.#notePolled(phase, polled, null);
        left -= polled.messages;
      }
      if (pace !== null) await pace(batch.payloadBytes);
    }
  }

  async #reply({ clock }: Phase, count: number): Promise<PolledBatch> {
    const { driver, actor } = this.#setting;
    const startMs = clock.nowMs();
    for (;;) {
      const polled = await driver.poll(count);
      if (polled.messages > 0) return polled;
      if (clock.nowMs() - startMs < REPLY_LIMIT_MS) continue;
      throw new BenchError(`Actor ${actor.id} did not find what it had sent to ${actor.stream}.`);
    }
  }

  /** What a member of a group has sent may go to another one, so it polls once and goes on. */
  async #sendAndPoll(phase: Phase, pace: Pace, onSent: () => void): Promise<void> {
    const { driver, actor, board } = this.#setting;
    let sends = actor.sendBudget !== null;
    let lastMs = phase.clock.nowMs();
    while (sends || phase.mayPoll()) {
      if (sends) sends = await this.#sendOnce(phase, pace, onSent);
      if (!phase.mayPoll()) continue;
      const polled = await driver.poll();
      const nowMs = phase.clock.nowMs();
      if (polled.messages > 0) this.#notePolled(phase, polled, null);
      if (polled.messages > 0 || board.hasWriters()) lastMs = nowMs;
      else if (nowMs - lastMs > IDLE_LIMIT_MS) return;
    }
  }

  /** False when there was nothing more to send. */
  async #sendOnce(phase: Phase, pace: Pace, onSent: () => void): Promise<boolean> {
    const { driver } = this.#setting;
    const batch = driver.nextBatch();
    if (!phase.maySend(batch)) {
      onSent();
      return false;
    }
    await driver.send();
    phase.onBatch(null, batch);
    if (pace !== null) await pace(batch.payloadBytes);
    return true;
  }

  #notePolled(phase: Phase, polled: PolledBatch, callMs: number | null): void {
    phase.onPolled(polled);
    phase.onBatch(this.#latencyOf(phase.clock, polled, callMs), polled);
  }

  #latencyOf(clock: Clock, { originMicros }: PolledBatch, callMs: number | null): number | null {
    if (!this.#setting.measuresFromOrigin) return callMs;
    if (originMicros === 0) return null;
    return Math.max(0, clock.epochMicros() - originMicros) / MICROS_PER_MS;
  }

  #pacer(clock: Clock): Pace {
    const { bytesPerSecond } = this.#setting.actor;
    if (bytesPerSecond === null) return null;
    const limiter = new RateLimiter(bytesPerSecond, () => clock.nowMs());
    return async (bytes) => {
      const waitMs = limiter.spend(bytes);
      if (waitMs >= SLEEP_MS_MIN) await sleep(waitMs);
    };
  }
}

/** Waits as a rate limit says after so many bytes; null where there is none. */
type Pace = ((bytes: number) => Promise<void>) | null;
