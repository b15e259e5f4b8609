/** A benchmark that cannot be run, or was not carried through. The message is one sentence. */
export class BenchError extends Error {
  constructor(sentence: string) {
    super(sentence);
    this.name = 'BenchError';
  }
}
