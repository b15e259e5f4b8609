import assert from 'node:assert/strict';
import { WebSocket } from 'ws';
import { parseJson, printJson } from '../../src/transports/http/json.ts';
import type { HttpCaller } from './http-caller.ts';

/** A frame of the broker; what is set says what it is. */
export interface LiveAnswer {
  readonly messages?: readonly { readonly header: { offset: number }; readonly text: string }[];
  readonly partition_id?: number;
  readonly current_offset?: number;
  readonly count?: number;
  readonly committed?: { readonly partition_id: number; readonly offset: number };
  readonly refused?: { readonly partition_id: number; readonly offset: number };
  readonly error?: { readonly code: string };
  readonly end?: { readonly code: string };
}

/** How a WebSocket is asked for. */
export interface LiveSocketSent {
  /** Default: the token of the caller, in a header. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly protocols?: readonly string[];
}

/** The end of a WebSocket: code and reason are of the broker, 1006 when it said nothing. */
export interface LiveSocketClosing {
  readonly code: number;
  readonly reason: string;
  readonly error: string | undefined;
}

/** A client of the subscriptions over WebSockets. */
export class LiveSocketClient implements AsyncDisposable {
  readonly socket: WebSocket;
  readonly #answers: LiveAnswer[] = [];
  /** How the connection ended; `error` is what this side met, if it was this side that ended it. */
  readonly closed: Promise<LiveSocketClosing>;
  #error: string | undefined;
  #onAnswer: (() => void) | undefined;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (message: Buffer, isBinary) => {
      assert.equal(isBinary, false);
      this.#answers.push(parseJson(message.toString()) as LiveAnswer);
      this.#onAnswer?.();
    });
    socket.on('error', ({ message }) => {
      this.#error = message;
    });
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        resolve({ code, reason: reason.toString(), error: this.#error });
        this.#onAnswer?.();
      });
    });
  }

  /** Resolves when the WebSocket is open; rejects with the status when it is refused. */
  static open(
    caller: HttpCaller,
    path: string,
    { headers, protocols = [] }: LiveSocketSent = {},
  ): Promise<LiveSocketClient> {
    const url = `${caller.url.replace(/^http/, 'ws')}${path}`;
    const shown = headers ?? { authorization: `Bearer ${caller.token}` };
    const socket = new WebSocket(url, [...protocols], { headers: shown });
    const client = new LiveSocketClient(socket);
    return new Promise((resolve, reject) => {
      socket.on('open', () => resolve(client));
      socket.on('unexpected-response', (_request, response) => {
        response.resume();
        reject(new Error(`status ${response.statusCode}`));
      });
      socket.on('error', reject);
    });
  }

  say(frame: object): void {
    this.socket.send(JSON.stringify(frame));
  }

  /** The next frame; fails when there is none any more. */
  async next(): Promise<LiveAnswer> {
    while (this.#answers.length === 0) {
      if (this.socket.readyState >= WebSocket.CLOSING) {
        assert.fail(`the WebSocket is closed: ${printJson(await this.closed)}`);
      }
      await new Promise<void>((resolve) => {
        this.#onAnswer = resolve;
      });
    }
    return this.#answers.shift() as LiveAnswer;
  }

  /** Texts of messages, frame by frame, until there are so many. */
  async take(count: number): Promise<string[]> {
    const texts: string[] = [];
    while (texts.length < count) {
      const answer = await this.next();
      assert.ok(answer.messages !== undefined, printJson(answer));
      texts.push(...answer.messages.map(({ text }) => text));
    }
    return texts;
  }

  /** Frames that have come and that nobody has looked at. */
  get waitingCount(): number {
    return this.#answers.length;
  }

  /** The code of the last frame, and the status that the WebSocket is closed with behind it. */
  async end(): Promise<[code: string | undefined, status: number]> {
    const { end } = await this.next();
    const { code, reason } = await this.closed;
    assert.equal(reason, end?.code);
    return [end?.code, code];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.terminate();
    await this.closed;
  }
}
