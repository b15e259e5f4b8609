import { type Channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type ChannelMessages, channels } from '../../src/diagnostics/channels.ts';

/** Name of a channel. */
export type ChannelName = keyof ChannelMessages;

/** The names of all channels. */
export const channelNames = Object.values(channels).map(
  (channel) => (channel as Channel).name,
) as ChannelName[];

/** Keeps what channels carry, until it is disposed of. */
export class ChannelRecorder implements Disposable {
  readonly #messages = new Map<string, unknown[]>(channelNames.map((name) => [name, []]));
  readonly #names: readonly ChannelName[];
  readonly #listener = (message: unknown, name: string | symbol) => {
    // As it was at that moment: a command's message is completed later.
    this.#messages.get(name as string)!.push({ ...(message as object) });
  };

  /** Default: all channels. */
  constructor(names = channelNames) {
    this.#names = names;
    for (const name of names) subscribe(name, this.#listener);
  }

  /** What one channel has carried, oldest first. */
  of<Name extends ChannelName>(name: Name): ChannelMessages[Name][] {
    return this.#messages.get(name) as ChannelMessages[Name][];
  }

  /** All of it as JSON. */
  get text(): string {
    return JSON.stringify([...this.#messages]);
  }

  [Symbol.dispose](): void {
    for (const name of this.#names) unsubscribe(name, this.#listener);
  }
}
