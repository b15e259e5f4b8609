/** What a broker does now and then as long as it runs, without keeping the process alive. */
export class Housekeeping {
  readonly #timers: NodeJS.Timeout[] = [];

  /** Runs a task at every interval. */
  every(intervalMs: number, task: () => void): void {
    this.#timers.push(setInterval(task, intervalMs).unref());
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }
}
