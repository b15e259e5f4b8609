import assert from 'node:assert/strict';
import { parseJson, printJson } from '../../src/transports/http/json.ts';
import type { HttpCaller, HttpSent } from './http-caller.ts';

/** One server-sent event. */
export interface ReadEvent {
  /** `message` where the event does not say it. */
  readonly event: string;
  readonly id: string | undefined;
  readonly data: unknown;
}

/** Reads server-sent events one by one, and nothing that it was not asked for. */
export class EventReader implements AsyncDisposable {
  readonly #controller: AbortController;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #text = '';

  private constructor(response: Response, controller: AbortController) {
    this.#controller = controller;
    this.#reader = response.body!.getReader();
  }

  /** Follows a path; fails when it is refused. */
  static async open(caller: HttpCaller, path: string, sent: HttpSent = {}): Promise<EventReader> {
    const controller = new AbortController();
    const response = await fetch(`${caller.url}${path}`, {
      headers: { authorization: `Bearer ${caller.token}`, ...sent.headers },
      signal: controller.signal,
    });
    assert.equal(response.status, 200, response.status === 200 ? '' : await response.text());
    assert.equal(response.headers.get('content-type'), 'text/event-stream');
    return new EventReader(response, controller);
  }

  /** The next event; undefined at the end of the response. */
  async next(): Promise<ReadEvent | undefined> {
    for (;;) {
      const block = await this.#block();
      if (block === undefined) return undefined;
      const found = eventOf(block);
      if (found !== undefined) return found;
    }
  }

  /** So many events that are messages. */
  async take(count: number): Promise<ReadEvent[]> {
    const events: ReadEvent[] = [];
    while (events.length < count) {
      const read = await this.next();
      assert.ok(read !== undefined, 'the events have ended');
      assert.equal(read.event, 'message', printJson(read.data));
      events.push(read);
    }
    return events;
  }

  /** The code of the event that ends it all, behind which nothing may come. */
  async end(): Promise<string> {
    const last = await this.next();
    assert.ok(last !== undefined, 'the events ended without a word');
    assert.equal(last.event, 'end', printJson(last.data));
    assert.equal(await this.next(), undefined);
    return (last.data as { code: string }).code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#controller.abort();
    await this.#reader.closed.catch(() => {});
  }

  /** The next lines up to an empty one. */
  async #block(): Promise<string | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end >= 0) {
        const block = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        return block;
      }
      const { done, value } = await this.#reader.read();
      if (done) return undefined;
      this.#text += this.#decoder.decode(value, { stream: true });
    }
  }
}

function eventOf(block: string): ReadEvent | undefined {
  const fields = new Map(
    block.split('\n').map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trimStart()];
    }),
  );
  const data = fields.get('data');
  if (data === undefined) return undefined;
  return { event: fields.get('event') ?? 'message', id: fields.get('id'), data: parseJson(data) };
}

/** The texts of messages that were asked for as texts. */
export function textsOf(events: readonly ReadEvent[]): string[] {
  return events.map(({ data }) => (data as { text: string }).text);
}
