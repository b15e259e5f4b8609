import type { Exchange } from '../../../commands/exchange.ts';
import { type PayloadForm, type Printing, polledEvents } from '../api/polled.ts';
import type { ApiError } from '../errors.ts';
import type { HostStream } from '../host/host.ts';
import { printJson } from '../json.ts';
import type { LiveSink } from './subscription.ts';

/** Content type of server-sent events. */
export const EVENTS_TYPE = 'text/event-stream';
/** A comment: readers of events ignore it. */
export const EVENTS_FILLER = ':\n\n';
/** For how long a browser waits before it asks again. */
const OPENING = 'retry: 1000\n\n';
/** Whoever reads events has room for any number of messages once it has taken the last ones. */
const UNLIMITED = 0xffff_ffff;

/** Gives messages as server-sent events. */
export class EventStream implements LiveSink {
  readonly room = UNLIMITED;
  readonly #stream: HostStream;
  readonly #form: PayloadForm;
  #isTaken = true;
  #onReady: (() => void) | undefined;

  constructor(stream: HostStream, form: PayloadForm) {
    this.#stream = stream;
    this.#form = form;
    this.#write(OPENING);
  }

  whenReady(callback: () => void): void {
    if (this.#isTaken) callback();
    else this.#onReady = callback;
  }

  give(exchange: Exchange, printing: Printing): void {
    const { bytes, release } = polledEvents(exchange, printing, this.#form);
    this.#write(bytes, release);
  }

  beat(): void {
    this.#write(EVENTS_FILLER);
  }

  end({ body }: ApiError): Promise<void> {
    const event = `event: end\ndata: ${printJson(body)}\n\n`;
    return new Promise((resolve) => this.#stream.end(event, resolve));
  }

  #write(part: string | Uint8Array, onTaken: () => void = () => {}): void {
    this.#isTaken = false;
    this.#stream.write(part, () => {
      onTaken();
      this.#isTaken = true;
      const onReady = this.#onReady;
      this.#onReady = undefined;
      onReady?.();
    });
  }
}
