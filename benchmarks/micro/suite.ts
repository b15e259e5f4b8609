/** One small piece of work, done over and over. */
export interface MicroTask {
  readonly name: string;
  /** How often one call of `run` does what is counted, so that the clock costs nothing. */
  readonly operations: number;
  /** Bytes that one operation goes through, where a rate in bytes says something. */
  readonly bytes?: number;
  run(): void | Promise<void>;
}

/** The measurements of one part of the program. */
export interface MicroSuite {
  readonly name: string;
  readonly tasks: readonly MicroTask[];
  /** Gives back what the tasks needed. */
  close?(): void | Promise<void>;
}

/** Runs `operation` so many times. */
export function repeat(operations: number, operation: (number: number) => void): () => void {
  return () => {
    for (let number = 0; number < operations; number++) operation(number);
  };
}
