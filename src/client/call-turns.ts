import { pollMessages } from '../wire/classic/commands/poll-messages.ts';
import type { Call } from './call.ts';
import { Fifo } from './fifo.ts';

/**
 * Says which call goes next where requests could overtake each other on their way: a call waits for
 * the answer of the one before. Only polls, which change nothing that another call could miss, keep
 * nobody waiting.
 */
export class CallTurns {
  readonly #waiting = new Fifo<Call>();
  /** The call that all others wait for. */
  #leading: Call | undefined;

  add(call: Call): void {
    this.#waiting.push(call);
  }

  /** The next call that may be sent, if any. */
  next(): Call | undefined {
    const call = this.#leading === undefined ? this.#waiting.shift() : undefined;
    if (call !== undefined && call.command !== pollMessages.name) this.#leading = call;
    return call;
  }

  /** A call has its answer. */
  end(call: Call): void {
    if (call === this.#leading) this.#leading = undefined;
  }

  /** All calls that were never sent, oldest first. */
  drain(): Call[] {
    return this.#waiting.drain();
  }
}
