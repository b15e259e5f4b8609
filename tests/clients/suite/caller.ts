import assert from 'node:assert/strict';
import type { Driver } from './driver.ts';
import type { Notes } from './notes.ts';
import type { Arguments, Operation, Result } from './operations.ts';

/** A client cannot do what a scenario cannot do without. */
export class NotOffered extends Error {
  constructor(op: Operation, reason: string) {
    super(`${op}: ${reason}`);
  }
}

/** An error that a client reported where none was wanted. */
export class Refusal extends Error {
  /** Status of the protocol, 0 for an error of the client that has none. */
  readonly code: number;

  constructor(op: Operation, code: number, text: string) {
    super(`${op} failed with ${code} (${text})`);
    this.code = code;
  }
}

/** Codes of errors that no broker has sent: none at all, and a bad argument of a call. */
const ownChecks: readonly number[] = [0, 2];

/** What clients make of a status that they do not know. */
const UNKNOWN_STATUS = 1;

/** Operations that every scenario starts with, and that prove nothing by themselves. */
const preliminary: readonly Operation[] = ['open', 'close', 'ping', 'user.login'];

/** One client of a driver, that is one connection. */
export class Caller {
  readonly #driver: Driver;
  readonly #client: string;
  readonly #notes: Notes;
  #isClosed = false;
  #answers = 0;

  constructor(driver: Driver, client: string, notes: Notes) {
    this.#driver = driver;
    this.#client = client;
    this.#notes = notes;
  }

  /** Whether it has answered anything that can have shown something. */
  get hasShown(): boolean {
    return this.#answers > 0;
  }

  /** The result; throws a `NotOffered` or a `Refusal` when there is none. */
  async call<Op extends Operation>(op: Op, args: Arguments<Op>): Promise<Result<Op>> {
    const reply = await this.#driver.ask(this.#client, op, args);
    if ('notOffered' in reply) throw new NotOffered(op, reply.notOffered);
    if (!preliminary.includes(op)) this.#answers++;
    if ('error' in reply) throw new Refusal(op, reply.error.code, reply.error.text);
    return reply.ok;
  }

  /** As `call`, for what is only there so that something else can be shown. */
  async arranged<Op extends Operation>(op: Op, args: Arguments<Op>): Promise<Result<Op>> {
    const answers = this.#answers;
    try {
      return await this.call(op, args);
    } finally {
      this.#answers = answers;
    }
  }

  /** The result, or undefined and a note when the client does not offer the operation. */
  async optional<Op extends Operation>(
    op: Op,
    args: Arguments<Op>,
  ): Promise<Result<Op> | undefined> {
    try {
      return await this.call(op, args);
    } catch (error) {
      if (!(error instanceof NotOffered)) throw error;
      this.#notes.notOffered.add(error.message);
      return undefined;
    }
  }

  /** The operation must fail with a status, where the client offers it. */
  async refused<Op extends Operation>(op: Op, args: Arguments<Op>, code: number): Promise<void> {
    const found = await this.#errorOf(op, args);
    if (found === undefined) return;
    if (ownChecks.includes(found.code)) {
      this.#notes.quirks.add(`the client refuses ${op} itself where ${code} is due`);
      return;
    }
    if (found.code === UNKNOWN_STATUS) {
      this.#notes.quirks.add(`the client does not know the status ${code}`);
      return;
    }
    assert.equal(found.code, code, `${found.message} instead of ${code}`);
  }

  /** Ends the connection; may be called twice. False when the client cannot do that. */
  async close(): Promise<boolean> {
    if (this.#isClosed) return true;
    this.#isClosed = true;
    return 'ok' in (await this.#driver.ask(this.#client, 'close', {}));
  }

  async #errorOf<Op extends Operation>(op: Op, args: Arguments<Op>): Promise<Refusal | undefined> {
    let result: Result<Op> | undefined;
    try {
      result = await this.optional(op, args);
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
    if (result === undefined) return undefined;
    throw new Error(`${op} succeeded with ${JSON.stringify(args)} but must be refused`);
  }
}
