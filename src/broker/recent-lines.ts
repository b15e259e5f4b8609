import { recentLogBytesMax } from '../wire/limits.ts';

/** The newest lines of a log, as many as fit `recentLogBytesMax`. */
export class RecentLines {
  readonly #lines: string[] = [];
  #bytes = 0;

  /** Oldest first, each with its end of line. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  add(line: string): void {
    this.#lines.push(line);
    this.#bytes += Buffer.byteLength(line);
    while (this.#bytes > recentLogBytesMax) {
      this.#bytes -= Buffer.byteLength(this.#lines.shift() as string);
    }
  }
}
