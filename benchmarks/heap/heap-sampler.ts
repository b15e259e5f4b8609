import { once } from 'node:events';
import { type HeapProfiler, Session } from 'node:inspector/promises';

/** Bytes between two samples, on average: small objects count too, by their chance to be hit. */
const SAMPLING_BYTES = 512;
const OPTIONS = {
  samplingInterval: SAMPLING_BYTES,
  includeObjectsCollectedByMajorGC: true,
  includeObjectsCollectedByMinorGC: true,
};
const PROJECT = /^.*\/dist\//;

/** What a thread allocated while it was watched, by the function that did it. */
export interface Allocations {
  /** Bytes by `function file:line`. */
  readonly bytes: ReadonlyMap<string, number>;
  readonly total: number;
}

interface WorkerMessage {
  readonly id: number;
  readonly result: HeapProfiler.StopSamplingReturnType;
}

/** Watches what this thread and its workers allocate, also what is collected meanwhile. */
export class HeapSampler {
  readonly #session = new Session();
  readonly #workers: string[] = [];
  readonly #answers = new Map<string, (message: WorkerMessage) => void>();
  #nextId = 1;

  /** Attaches to this thread and to all workers that run. */
  async attach(): Promise<void> {
    this.#session.connect();
    this.#session.on('NodeWorker.attachedToWorker', ({ params }) => {
      this.#workers.push(params.sessionId);
    });
    this.#session.on('NodeWorker.receivedMessageFromWorker', ({ params }) => {
      const message = JSON.parse(params.message) as WorkerMessage;
      this.#answers.get(`${params.sessionId} ${message.id}`)?.(message);
    });
    await this.#session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
    while (this.#workers.length === 0) await once(this.#session, 'NodeWorker.attachedToWorker');
  }

  /** Runs some work; returns what the main thread and each worker allocated during it. */
  async watch(work: () => Promise<void>): Promise<Allocations[]> {
    await this.#session.post('HeapProfiler.startSampling', OPTIONS);
    await this.#ofWorkers('HeapProfiler.startSampling', OPTIONS);
    await work();
    const own = await this.#session.post('HeapProfiler.stopSampling');
    const others = await this.#ofWorkers('HeapProfiler.stopSampling');
    return [own, ...others].map(({ profile }) => allocationsOf(profile.head));
  }

  async detach(): Promise<void> {
    await this.#session.post('NodeWorker.disable');
    this.#session.disconnect();
  }

  #ofWorkers(method: string, params?: object): Promise<HeapProfiler.StopSamplingReturnType[]> {
    return Promise.all(this.#workers.map((worker) => this.#ask(worker, method, params)));
  }

  async #ask(sessionId: string, method: string, params?: object) {
    const id = this.#nextId++;
    const answer = new Promise<WorkerMessage>((resolve) => {
      this.#answers.set(`${sessionId} ${id}`, resolve);
    });
    const message = JSON.stringify({ id, method, params });
    await this.#session.post('NodeWorker.sendMessageToWorker', { sessionId, message });
    return (await answer).result;
  }
}

function allocationsOf(head: HeapProfiler.SamplingHeapProfileNode): Allocations {
  const bytes = new Map<string, number>();
  let total = 0;
  const open = [head];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    open.push(...node.children);
    const { functionName, url, lineNumber } = node.callFrame;
    const place = `${url.replace(PROJECT, '')}:${lineNumber + 1}`;
    const name = `${functionName || '(anonymous)'} ${place}`;
    bytes.set(name, (bytes.get(name) ?? 0) + node.selfSize);
    total += node.selfSize;
  }
  return { bytes, total };
}
