import type { Client } from '../client/client.ts';
import type { ReceivedMessage } from '../client/received-message.ts';
import type { PollStart, Reading } from '../client/types.ts';
import type { Identifier } from '../wire/classic/identifier.ts';

/** What to read, and as whom. */
export interface ReaderOptions extends Reading {
  readonly stream: Identifier;
  readonly topic: Identifier;
  readonly partition: number;
  readonly start: PollStart;
  readonly autoCommit: boolean;
}

const POLL_LENGTH_MAX = 1000;

/** Reads one partition on from a starting point, poll by poll. */
export class PartitionReader {
  readonly #client: Client;
  readonly #options: ReaderOptions;
  #start: PollStart;

  constructor(client: Client, options: ReaderOptions) {
    this.#client = client;
    this.#options = options;
    this.#start = options.start;
  }

  get partition(): number {
    return this.#options.partition;
  }

  /** The next messages, at most `wanted`; none when there are none at the moment. */
  async read(wanted: number, signal?: AbortSignal): Promise<readonly ReceivedMessage[]> {
    const { stream, topic, start: _, ...reading } = this.#options;
    // The last messages are counted from the end, so that they must be asked for in one go.
    const count = this.#start === 'last' ? wanted : Math.min(wanted, POLL_LENGTH_MAX);
    const strategy = this.#start;
    const polled = await this.#client.messages.poll(stream, topic, {
      ...reading,
      strategy,
      count,
      signal,
    });
    this.#advance(polled.messages.at(-1));
    return polled.messages;
  }

  #advance(last: ReceivedMessage | undefined): void {
    if (last !== undefined) this.#start = { offset: last.offset + 1n };
    // Nothing there yet: whatever comes is new.
    else if (this.#start === 'last') this.#start = 'first';
  }
}
