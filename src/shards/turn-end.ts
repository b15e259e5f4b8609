/**
 * What is done once at the end of a turn of the event loop, for all that came together in it.
 * Node.js ends a turn after every callback, so that many requests would be as many wake-ups and
 * system calls.
 */
export class TurnEnd {
  #tasks: (() => void)[] = [];
  #spare: (() => void)[] = [];
  #isScheduled = false;
  readonly #runScheduled = () => {
    this.#isScheduled = false;
    this.run();
  };
  readonly #onWork: () => void;

  /** `onWork` is called whenever there was something to do. */
  constructor(onWork: () => void = () => {}) {
    this.#onWork = onWork;
  }

  /** Runs a task when everything that the system has ready was looked at. */
  add(task: () => void): void {
    this.#tasks.push(task);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#runScheduled);
  }

  /** Runs the tasks now; those that they add wait for their own turn. */
  run(): void {
    const tasks = this.#tasks;
    if (tasks.length === 0) return;
    this.#tasks = this.#spare;
    for (const task of tasks) task();
    tasks.length = 0;
    this.#spare = tasks;
    this.#onWork();
  }
}
