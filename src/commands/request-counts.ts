import { codecsByCode } from '../wire/classic/commands.ts';

/** A figure with the label that tells it from others of its kind. */
interface Counted {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/** Codes of commands are below this. */
const CODES = 1024;
const UNKNOWN = 0;

/** How many requests there were, by command, and how many of them failed, by status. */
export class RequestCounts {
  readonly #byCode = new Float64Array(CODES);
  readonly #byStatus = new Map<number, number>();

  /** A request with that code begins. */
  begin(code: number): void {
    this.#byCode[code < CODES ? code : UNKNOWN]++;
  }

  /** A request was answered with another status than 0. */
  fail(status: number): void {
    this.#byStatus.set(status, (this.#byStatus.get(status) ?? 0) + 1);
  }

  /** Those commands that there were requests of; `unknown` for codes that no command has. */
  byCommand(): Counted[] {
    const counts = new Map<string, number>();
    for (const [code, count] of this.#byCode.entries()) {
      if (count === 0) continue;
      const command = codecsByCode.get(code)?.name ?? 'unknown';
      counts.set(command, (counts.get(command) ?? 0) + count);
    }
    return [...counts].map(([command, value]) => ({ labels: { command }, value }));
  }

  byStatus(): Counted[] {
    return [...this.#byStatus].map(([status, value]) => ({ labels: { status }, value }));
  }
}
