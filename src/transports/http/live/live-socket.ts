import type { Exchange } from '../../../commands/exchange.ts';
import { liveCommitsWaitingMax, webSocketBufferedBytesMax } from '../../../wire/limits.ts';
import { status } from '../../../wire/status.ts';
import { type LiveFrame, readFrame } from '../api/live-frames.ts';
import { type PayloadForm, type Printing, polledJson } from '../api/polled.ts';
import { ApiError, refused } from '../errors.ts';
import type { HostSocket, SocketEvents } from '../host/host-socket.ts';
import { printJson } from '../json.ts';
import type { LiveSink } from './subscription.ts';

/** What a client may ask to be stored. */
export type Commit = NonNullable<LiveFrame['commit']>;

/** What a WebSocket of a subscription does besides giving messages. */
export interface LiveSocketOptions {
  readonly form: PayloadForm;
  /** Messages that the client takes before it has said anything. */
  readonly credit: number;
  /** Stores an offset. Rejects with an `ApiError`. */
  readonly commit: (commit: Commit) => Promise<void>;
  /** The client has gone. */
  readonly onGone: () => void;
  /** The client said something that cannot be: the subscription is to end. */
  readonly onMistake: (mistake: ApiError) => void;
}

/** Statuses of RFC 6455, section 7.4. */
const GOING_AWAY = 1001;
const POLICY_VIOLATION = 1008;

/** Gives messages over a WebSocket, as many as the client has said it can take. */
export class LiveSocket implements LiveSink, SocketEvents {
  readonly #options: LiveSocketOptions;
  #socket: HostSocket | undefined;
  #credit: number;
  #commits: Promise<void> = Promise.resolve();
  #commitsWaiting = 0;
  #isClosed = false;
  #onReady: (() => void) | undefined;
  #onClosed: (() => void) | undefined;

  constructor(options: LiveSocketOptions) {
    this.#options = options;
    this.#credit = options.credit;
  }

  get room(): number {
    return this.#credit;
  }

  whenReady(callback: () => void): void {
    this.#onReady = callback;
    this.#tellReady();
  }

  /** What does not fit is an end that the client can understand. */
  give(exchange: Exchange, printing: Printing): void {
    const { bytes, release } = polledJson(exchange, printing, this.#options.form);
    try {
      this.#giveJson(bytes);
    } finally {
      release();
    }
    this.#credit -= exchange.messagesCount ?? 0;
  }

  #giveJson(json: Buffer): void {
    const { byteLength } = json;
    if (byteLength > webSocketBufferedBytesMax) {
      const limit = `a WebSocket holds ${webSocketBufferedBytesMax} bytes`;
      throw refused(status.TooBigMessagePayload, `the messages have ${byteLength}, ${limit}`);
    }
    // Bytes would leave as a binary frame.
    this.#socket?.send(json.toString('utf8'));
  }

  /** Hosts send pings by themselves. */
  beat(): void {}

  end({ httpStatus, body }: ApiError): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onClosed = resolve;
      this.#socket?.send(`{"end":${printJson(body)}}`);
      this.#socket?.close(httpStatus === 503 ? GOING_AWAY : POLICY_VIOLATION, body.code);
    });
  }

  onOpen(socket: HostSocket): void {
    this.#socket = socket;
    this.#tellReady();
  }

  onMessage(message: Uint8Array): void {
    try {
      const { credit = 0, commit } = readFrame(message);
      this.#credit = Math.min(this.#credit + credit, Number.MAX_SAFE_INTEGER);
      if (commit !== undefined) this.#queue(commit);
      this.#tellReady();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#options.onMistake(error);
    }
  }

  onDrain(): void {
    this.#tellReady();
  }

  onClose(): void {
    this.#isClosed = true;
    this.#options.onGone();
    this.#onClosed?.();
    this.#tellReady();
  }

  #tellReady(): void {
    const isFree = this.#credit > 0 && this.#socket?.bufferedBytes === 0;
    if (!isFree && !this.#isClosed) return;
    const onReady = this.#onReady;
    this.#onReady = undefined;
    onReady?.();
  }

  #queue(commit: Commit): void {
    if (this.#commitsWaiting >= liveCommitsWaitingMax) {
      const detail = `${liveCommitsWaitingMax} commits wait already`;
      throw refused(status.InvalidCommand, detail);
    }
    this.#commitsWaiting++;
    this.#commits = this.#commits.then(() => this.#commit(commit));
  }

  async #commit(commit: Commit): Promise<void> {
    let answer: string;
    try {
      await this.#options.commit(commit);
      answer = printJson({ committed: commit });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      answer = printJson({ refused: commit, error: error.body });
    }
    this.#commitsWaiting--;
    this.#socket?.send(answer);
  }
}
