import type { ResolvedOptions } from '../client/connect-options.ts';
import { refusal, VeltroError } from '../client/errors.ts';
import { Fifo } from '../client/fifo.ts';
import type { Transport } from '../client/transport.ts';
import { transportOf } from '../client/transport-of.ts';
import { polledHeadBytes } from '../wire/classic/commands/poll-messages.ts';
import { benchReadBytes, messageHeaderBytes } from '../wire/limits.ts';
import { STATUS_OK, status } from '../wire/status.ts';
import { AnswerSplitter } from './answer-splitter.ts';
import {
  connected,
  loggedIn,
  type ReadAnswer,
  type RequestConnection,
} from './request-connection.ts';

/** Of the answer to a poll: its head and the header of its first message. */
const HEAD_BYTES = polledHeadBytes + messageHeaderBytes;
const CHECK_MS = 1000;

interface Waiting {
  readonly command: string;
  readonly sentMs: number;
  readonly settle: (head: Buffer, length: number) => void;
  readonly reject: (error: Error) => void;
}

/** Sends frames by a connection of bytes, and looks at no more of an answer than it must. */
export class FrameConnection implements RequestConnection {
  /** Answers of all connections of a thread arrive here, and nearly all of it is dropped. */
  static readonly #scratch = Buffer.allocUnsafeSlow(benchReadBytes);
  readonly #waiting = new Fifo<Waiting>();
  readonly #timeoutMs: number;
  readonly #watch: NodeJS.Timeout;
  #transport: Transport | undefined;
  #failure: Error | undefined;

  private constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    this.#watch = setInterval(() => this.#checkDeadline(), CHECK_MS).unref();
  }

  /** Connects and logs in. */
  static async open(options: ResolvedOptions): Promise<FrameConnection> {
    const connection = new FrameConnection(options.requestTimeoutMs);
    try {
      await connection.#connect(options);
    } catch (error) {
      connection.close();
      throw error;
    }
    return loggedIn(connection, options);
  }

  send<Value>(command: string, frame: Buffer, read: ReadAnswer<Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      const settle = (head: Buffer, length: number) => resolve(read(head, length));
      this.#waiting.push({ command, sentMs: performance.now(), settle, reject });
      this.#transport!.send(frame);
    });
  }

  close(): void {
    clearInterval(this.#watch);
    this.#transport?.close();
  }

  async #connect(options: ResolvedOptions): Promise<void> {
    const splitter = new AnswerSplitter(HEAD_BYTES, (code, length, head) =>
      this.#onAnswer(code, length, head),
    );
    const events = {
      receiveBuffer: () => FrameConnection.#scratch,
      onBytes: (bytes: Buffer) => splitter.push(bytes),
      onClose: (error: Error | null) => this.#fail(closedError(error)),
    };
    const open = transportOf(options);
    this.#transport = await connected(options, (signal) => open(events, signal));
  }

  #onAnswer(code: number, length: number, head: Buffer): void {
    // A broker that stops says so without being asked.
    const answered = code === status.Disconnected ? undefined : this.#waiting.shift();
    if (answered === undefined) this.#fail(closedError(null));
    else if (code === STATUS_OK) answered.settle(head, length);
    else answered.reject(refusal(answered.command, code));
  }

  #checkDeadline(): void {
    const oldest = this.#waiting.peek();
    if (oldest === undefined || performance.now() - oldest.sentMs < this.#timeoutMs) return;
    const message = `${oldest.command} had no answer within ${this.#timeoutMs} ms.`;
    this.#fail(new VeltroError(status.TaskTimeout, message));
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.close();
    for (const { reject } of this.#waiting.drain()) reject(error);
  }
}

function closedError(cause: Error | null): VeltroError {
  const message =
    cause === null
      ? 'The broker closed the connection.'
      : `The connection to the broker broke: ${cause.message}.`;
  return new VeltroError(status.ConnectionClosed, message);
}
