import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { startChild } from '../../support/child-process.ts';
import type { Arguments, Operation, Result } from './operations.ts';

/** What a driver answers to one line. */
export type Reply<Value> =
  | { readonly ok: Value }
  | { readonly error: { readonly code: number; readonly text: string } }
  | { readonly notOffered: string };

/** A command line that starts a driver, and what is to be in its environment. */
export interface DriverCommand {
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Nothing that is asked for takes nearly as long; it keeps a hanging client from hanging all. */
const REPLY_LIMIT_MS = 60_000;
const END_LIMIT_MS = 15_000;
const COMPLAINT_LINES = 12;

/** The program of one client: one line in, one line out. */
export class Driver {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #complaints: string[] = [];
  #lastId = 0;
  #isUsable = true;

  constructor({ command, environment }: DriverCommand) {
    this.#child = startChild(command, environment);
    this.#child.on('error', (error) => this.#complain(error.message));
    this.#child.on('exit', () => (this.#isUsable = false));
    // The reason is told by the reply that does not come.
    this.#child.stdin?.on('error', () => {});
    createInterface({ input: this.#child.stderr! }).on('line', (line) => this.#complain(line));
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  /** False once it ended or owes an answer: another one must take its place. */
  get isUsable(): boolean {
    return this.#isUsable;
  }

  /** Rejects when the program ends, hangs, or answers something else. */
  async ask<Op extends Operation>(
    client: string,
    op: Op,
    args: Arguments<Op>,
  ): Promise<Reply<Result<Op>>> {
    const id = ++this.#lastId;
    this.#child.stdin!.write(`${JSON.stringify({ id, client, op, args })}\n`);
    const line = await this.#nextLine(op);
    const reply = JSON.parse(line) as Reply<Result<Op>> & { readonly id: number };
    if (reply.id === id && ('ok' in reply || 'error' in reply || 'notOffered' in reply))
      return reply;
    throw new Error(`The driver answered ${op} with ${line.slice(0, 200)}.`);
  }

  /** Ends the program by the end of its input; resolves with a complaint about how it ended. */
  async end(): Promise<string | undefined> {
    if (!this.#isUsable) return undefined;
    const exited = once(this.#child, 'exit') as Promise<[number | null, string | null]>;
    const timer = setTimeout(() => this.kill(), END_LIMIT_MS);
    this.#child.stdin!.end();
    const [code, signal] = await exited;
    clearTimeout(timer);
    return code === 0 ? undefined : this.#report(`The driver ended with ${code ?? signal}`);
  }

  kill(): void {
    this.#isUsable = false;
    this.#child.kill('SIGKILL');
  }

  async #nextLine(op: Operation): Promise<string> {
    const answered = new AbortController();
    const limit = { signal: answered.signal };
    const late = delay(REPLY_LIMIT_MS, undefined, limit).catch(() => undefined);
    const next = await Promise.race([this.#lines.next(), late]);
    answered.abort();
    if (next !== undefined && next.done !== true) return next.value;
    const how = next === undefined ? 'did not answer' : 'ended instead of answering';
    this.kill();
    throw new Error(this.#report(`The driver ${how} ${op}`));
  }

  #complain(line: string): void {
    this.#complaints.push(line);
    if (this.#complaints.length > COMPLAINT_LINES) this.#complaints.shift();
  }

  #report(what: string): string {
    return [`${what}.`, ...this.#complaints].join('\n');
  }
}
