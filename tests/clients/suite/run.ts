import { NotOffered } from './caller.ts';
import { Driver, type DriverCommand } from './driver.ts';
import { Notes } from './notes.ts';
import type { Transport } from './operations.ts';
import type { Scenario } from './scenario.ts';
import { Scene } from './scene.ts';
import { type Broker, type Settings, SuiteBroker } from './suite-broker.ts';

/** How one scenario went with one client. */
export interface Cell {
  readonly scenario: string;
  readonly outcome: 'passed' | 'failed' | 'not offered';
  /** Why it failed or is not offered, else empty. */
  readonly reason: string;
  /** What else was found out. */
  readonly notes: readonly string[];
  readonly seconds: number;
}

/** What a client is tested with. */
export interface Trial {
  readonly command: DriverCommand;
  /** The driver of Veltro's own client. */
  readonly helper: DriverCommand;
  readonly scenarios: readonly Scenario[];
  readonly count: number;
  /** How the client is connected. Default `tcp`. */
  readonly transport?: Transport;
  /** Called after each scenario. */
  readonly report: (cell: Cell) => void;
}

/** What is left to be seen when all scenarios are over. */
export const ENDING_TITLE = 'orderly end';
const LOG_LINES = 10;
const PASSED = { outcome: 'passed', reason: '' } as const;

type StartBroker = (settings?: Settings, transport?: Transport) => Promise<Broker>;

/** Runs all scenarios with one client, and ends its processes as the last of them. */
export async function runTrial(
  trial: Trial,
  startBroker: StartBroker = SuiteBroker.start,
): Promise<Cell[]> {
  const run = new Run(trial, startBroker);
  const cells: Cell[] = [];
  const keep = (cell: Cell) => {
    trial.report(cell);
    cells.push(cell);
  };
  for (const scenario of trial.scenarios) {
    const { transport = run.transport } = scenario;
    if (transport === run.transport) keep(await run.play(scenario));
  }
  keep(await run.end());
  return cells;
}

type Ending = Pick<Cell, 'outcome' | 'reason'>;

/** The processes that the scenarios of one client share. */
class Run {
  readonly #trial: Trial;
  #driver: Driver;
  #helper: Driver | undefined;
  readonly #startBroker: StartBroker;
  #shared: Broker | undefined;
  #played = 0;

  constructor(trial: Trial, startBroker: StartBroker) {
    this.#trial = trial;
    this.#startBroker = startBroker;
    this.#driver = new Driver(trial.command);
  }

  get transport(): Transport {
    return this.#trial.transport ?? 'tcp';
  }

  async play(scenario: Scenario): Promise<Cell> {
    const notes = new Notes();
    const cell = await timed(scenario.title, () => this.#outcomeOf(scenario, notes));
    // The reason of a cell need not be told twice.
    notes.notOffered.delete(cell.reason);
    return { ...cell, notes: notes.sentences() };
  }

  /** Driver and broker must end by themselves and without complaint. */
  end(): Promise<Cell> {
    return timed(ENDING_TITLE, async () => {
      try {
        const complaint = await this.#driver.end();
        await this.#helper?.end();
        await this.#shared?.[Symbol.asyncDispose]();
        return complaint === undefined ? PASSED : { outcome: 'failed', reason: complaint };
      } catch (error) {
        return { outcome: 'failed', reason: (error as Error).message };
      }
    });
  }

  async #outcomeOf(scenario: Scenario, notes: Notes): Promise<Ending> {
    let broker: Broker | undefined;
    try {
      broker = await this.#brokerOf(scenario);
      const hasShown = await this.#perform(scenario, broker, notes);
      await this.#leave(broker);
      return hasShown ? PASSED : { outcome: 'not offered', reason: 'nothing of it' };
    } catch (error) {
      if (!(error instanceof NotOffered)) return this.#failure(error as Error, broker);
      if (broker !== undefined) await this.#leave(broker);
      return { outcome: 'not offered', reason: error.message };
    }
  }

  async #perform(scenario: Scenario, broker: Broker, notes: Notes): Promise<boolean> {
    if (!this.#driver.isUsable) this.#driver = new Driver(this.#trial.command);
    const [driver, { count }] = [this.#driver, this.#trial];
    const helper = () => this.#usableHelper();
    const name = `scene-${++this.#played}`;
    const { transport } = this;
    const scene = new Scene({ broker, driver, helper, notes, name, count, transport });
    try {
      await scenario.run(scene);
    } catch (error) {
      if (error instanceof NotOffered) await scene.end();
      throw error;
    }
    await scene.end();
    return scene.hasShown;
  }

  async #brokerOf({ settings }: Scenario): Promise<Broker> {
    if (settings !== undefined) return this.#startBroker(settings, this.transport);
    this.#shared ??= await this.#startBroker({}, this.transport);
    return this.#shared;
  }

  async #leave(broker: Broker): Promise<void> {
    if (broker !== this.#shared) await broker[Symbol.asyncDispose]();
  }

  /** After a scenario that failed on its way, nothing of it is left to the next one. */
  async #failure(error: Error, broker: Broker | undefined): Promise<Ending> {
    this.#driver.kill();
    this.#helper?.kill();
    if (broker === this.#shared) this.#shared = undefined;
    await broker?.[Symbol.asyncDispose]().catch(() => {});
    const log = broker?.log.slice(-LOG_LINES) ?? [];
    return { outcome: 'failed', reason: [error.message, ...log].join('\n') };
  }

  #usableHelper(): Driver {
    if (this.#helper?.isUsable !== true) this.#helper = new Driver(this.#trial.helper);
    return this.#helper;
  }
}

async function timed(scenario: string, run: () => Promise<Ending>): Promise<Cell> {
  const startMs = Date.now();
  const ending = await run();
  return { scenario, ...ending, notes: [], seconds: (Date.now() - startMs) / 1000 };
}
