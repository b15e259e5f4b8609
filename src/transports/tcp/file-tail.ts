import type { Socket } from 'node:net';
import type { FileSpan } from '../../files/file-span.ts';
import { sharedPieceBytes, sharedTurnBytesMax } from '../../wire/limits.ts';
import { handleOf } from './receive.ts';

/**
 * The end of a response that goes from its file to the socket, past the memory of this process. The
 * system takes what fits; then Node.js, which alone knows when there is room again, sends a piece.
 */
export class FileTail {
  readonly #socket: Socket;
  #span: FileSpan | undefined;
  #onSent!: () => void;
  /** After an error Node.js keeps what it is given, until it destroys the socket. */
  readonly #goOn = (error?: Error | null) => (error ? this.#finish() : this.#send());

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Bytes that neither the system nor Node.js has. */
  get bytesLeft(): number {
    return this.#span?.bytes ?? 0;
  }

  /** Sends behind all that the socket has been given; calls back when it is sent or never will. */
  send(span: FileSpan, onSent: () => void): void {
    this.#span = span;
    this.#onSent = onSent;
    this.#send();
  }

  #send(): void {
    if (this.#socket.destroyed) return this.#finish();
    const span = this.#span!;
    const isTaken = span.sendTo(handleOf(this.#socket).fd, sharedTurnBytesMax);
    if (span.bytes === 0) return this.#finish();
    if (isTaken) setImmediate(() => this.#send());
    else this.#sendPiece(span);
  }

  /** What is wrong with a socket that takes nothing Node.js finds out. */
  #sendPiece(span: FileSpan): void {
    try {
      this.#socket.write(span.read(sharedPieceBytes), this.#goOn);
    } catch (error) {
      this.#socket.destroy(error as Error);
      this.#finish();
    }
  }

  #finish(): void {
    this.#span = undefined;
    this.#onSent();
  }
}
