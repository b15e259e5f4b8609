import type { Exchange } from '../../../commands/exchange.ts';
import { LiveReading } from '../../../commands/live-reading.ts';
import {
  type PollMessagesRequest,
  pollMessages,
} from '../../../wire/classic/commands/poll-messages.ts';
import { liveHeartbeatMs, timeoutMsMax } from '../../../wire/limits.ts';
import type { Printing } from '../api/polled.ts';
import type { CommandCall } from '../command-call.ts';
import { ApiError, unavailable } from '../errors.ts';

/** Where the messages of a subscription go: it knows how they are written, and nothing of polls. */
export interface LiveSink {
  /** Calls back, perhaps at once, when the client can be given more, or has gone. */
  whenReady(callback: () => void): void;
  /** Messages that the client can be given then. */
  readonly room: number;
  /** Gives what a poll has found; its memory is good for this call only. */
  give(exchange: Exchange, printing: Printing): void;
  /** There was nothing to give for a while. */
  beat(): void;
  /** Says why nothing more will come; resolves when that has left, or never will. */
  end(ending: ApiError): Promise<void>;
}

/** Who subscribes, as far as a subscription must know. */
export interface Subscriber {
  /** Why it may read no longer; undefined while it may. */
  readonly refusal: () => ApiError | undefined;
  /** When that will be so in any case. */
  readonly expiresInMs: number;
}

/**
 * Live consumption: one poll after the other, each of which waits for messages in the broker, and
 * none before the client has taken what the one before has given.
 */
export class Subscription {
  readonly #call: CommandCall;
  readonly #request: PollMessagesRequest;
  readonly #subscriber: Subscriber;
  readonly #sink: LiveSink;
  #ending: ApiError | undefined;
  #wake: (() => void) | undefined;

  /** `request` is what is polled first. */
  constructor(
    call: CommandCall,
    request: PollMessagesRequest,
    subscriber: Subscriber,
    sink: LiveSink,
  ) {
    this.#call = call;
    this.#request = request;
    this.#subscriber = subscriber;
    this.#sink = sink;
    call.session.live = new LiveReading();
  }

  /** Resolves when the subscription has ended, for whatever reason. */
  async run(): Promise<void> {
    const { refusal, expiresInMs } = this.#subscriber;
    const expire = () => this.end(refusal() ?? unavailable('It was open for 24 days.'));
    const timer = setTimeout(expire, Math.min(expiresInMs, timeoutMsMax)).unref();
    while (this.#goesOn) {
      await this.#readiness();
      if (this.#goesOn) await this.#poll();
    }
    clearTimeout(timer);
    if (this.#ending !== undefined) await this.#sink.end(this.#ending);
  }

  /** Ends it, with a word to the client. */
  end(ending: ApiError): void {
    this.#ending ??= ending;
    this.#call.endWaiting();
    this.#wake?.();
  }

  get #goesOn(): boolean {
    return this.#ending === undefined && this.#call.session.isOpen;
  }

  #readiness(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      this.#sink.whenReady(resolve);
    });
  }

  async #poll(): Promise<void> {
    const count = Math.min(this.#request.count, this.#sink.room);
    const request = { ...this.#request, count, waitMs: liveHeartbeatMs };
    try {
      await this.#call.runRaw(pollMessages, request, (exchange) => this.#give(exchange));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.end(error);
    }
  }

  /** Who may not read any more is not given what was found meanwhile. */
  #give(exchange: Exchange): void {
    const refusal = this.#subscriber.refusal();
    if (refusal !== undefined) this.end(refusal);
    else if ((exchange.messagesCount ?? 0) > 0) this.#sink.give(exchange, this.#call);
    else if (this.#goesOn) this.#sink.beat();
  }
}
