import type { Socket } from 'node:net';

/** Reads a socket in pieces of given sizes. Only one read may wait at a time. */
export class ExactReader {
  readonly #socket: Socket;
  #wake: () => void = () => {};

  constructor(socket: Socket) {
    this.#socket = socket;
    // Listeners stay for good: adding one for 'readable' repeats the event, and would spin.
    socket.on('readable', () => this.#wake()).on('close', () => this.#wake());
  }

  /** Exactly `length` bytes; undefined when the connection ended before. */
  async read(length: number): Promise<Buffer | undefined> {
    if (length === 0) return Buffer.alloc(0);
    for (;;) {
      const bytes: Buffer | null = this.#socket.read(length);
      if (bytes !== null) return bytes.length === length ? bytes : undefined;
      if (this.#socket.readableEnded || this.#socket.destroyed) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
