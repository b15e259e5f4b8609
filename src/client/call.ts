import type { Connection } from './connection.ts';

/** One request on its way, from the first attempt to its one outcome. */
export class Call {
  /** Name of the command. */
  readonly command: string;
  readonly frame: Buffer;
  /** Whether it may be sent again when its answer was lost. */
  readonly isRepeatable: boolean;
  /** By the monotonic clock. */
  readonly deadlineMs: number;
  readonly answer: Promise<Buffer>;
  /** Where it was sent last, null while it waits. */
  connection: Connection | null = null;
  /** When that was, by the monotonic clock. */
  sentMs = 0;
  /** Whether a new login has already been tried for it. */
  isLoginRenewed = false;
  #isSettled = false;
  #resolve!: (payload: Buffer) => void;
  #reject!: (error: unknown) => void;

  constructor(command: string, frame: Buffer, isRepeatable: boolean, deadlineMs: number) {
    this.command = command;
    this.frame = frame;
    this.isRepeatable = isRepeatable;
    this.deadlineMs = deadlineMs;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** The first outcome counts; a later one has no effect. */
  resolve(payload: Buffer): void {
    this.#isSettled = true;
    this.#resolve(payload);
  }

  reject(error: unknown): void {
    this.#isSettled = true;
    this.#reject(error);
  }
}
