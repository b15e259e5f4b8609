import { Worker } from 'node:worker_threads';
import { VeltroError } from '../client/errors.ts';
import { BenchError } from './bench-error.ts';
import type { FromWorker, ToWorker, WorkerTask } from './crew-messages.ts';

/** Right from this file, and from the one that the build puts it into. */
const entry = new URL('../bench/worker.js', import.meta.url);

/** The threads that the actors of a run work in. One that fails ends them all. */
export class Crew {
  readonly #workers: readonly Worker[];
  readonly #failure: Promise<never>;

  constructor(tasks: readonly WorkerTask[], signal: AbortSignal) {
    this.#workers = tasks.map((task) => new Worker(entry, { workerData: { task } }));
    this.#failure = new Promise((_resolve, reject) => this.#watch(reject, signal));
    // Whoever waits for the crew learns of a failure; nobody else needs to.
    this.#failure.catch(() => {});
  }

  #watch(reject: (error: unknown) => void, signal: AbortSignal): void {
    for (const worker of this.#workers) {
      worker.on('message', (message: FromWorker) => {
        if (message.state === 'failed') reject(errorOf(message));
      });
      worker.on('error', reject);
      worker.on('exit', (code) => {
        if (code !== 0)
          reject(new BenchError(`A thread of the benchmark ended with code ${code}.`));
      });
    }
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  }

  /** Waits until every thread has said that, in their order. */
  all<State extends FromWorker['state']>(
    state: State,
  ): Promise<Extract<FromWorker, { readonly state: State }>[]> {
    type Message = Extract<FromWorker, { readonly state: State }>;
    const said = this.#workers.map(
      (worker) =>
        new Promise<Message>((resolve) => {
          worker.on('message', (message: FromWorker) => {
            if (message.state === state) resolve(message as Message);
          });
        }),
    );
    return Promise.race([Promise.all(said), this.#failure]);
  }

  tell(message: ToWorker): void {
    for (const worker of this.#workers) worker.postMessage(message);
  }

  async end(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

function errorOf({ code, message }: Extract<FromWorker, { state: 'failed' }>): Error {
  return code === null ? new BenchError(message) : new VeltroError(code, message);
}
