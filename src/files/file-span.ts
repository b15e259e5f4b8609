import { readSync } from 'node:fs';
import { systemCalls } from './system-calls.ts';

const NONE = -1;

/**
 * Bytes of a file that go to a socket as they are, or none. The descriptor is theirs alone: threads
 * hand it on, and whoever has it last drops it.
 */
export class FileSpan {
  fd = NONE;
  position = 0;
  /** What is left to be sent. */
  bytes = 0;

  set(fd: number, position: number, bytes: number): void {
    this.fd = fd;
    this.position = position;
    this.bytes = bytes;
  }

  /** Takes over what another one has, which has nothing then. */
  take(other: FileSpan): void {
    this.set(other.fd, other.position, other.bytes);
    other.forget();
  }

  /** Somebody else has the descriptor now. */
  forget(): void {
    this.set(NONE, 0, 0);
  }

  /** Nobody needs it any more. */
  drop(): void {
    if (this.fd >= 0) systemCalls()!.close(this.fd);
    this.forget();
  }

  /** Moves so many bytes at most to a socket, by its descriptor. False when it took fewer. */
  sendTo(socket: number, bytesMax: number): boolean {
    const wanted = Math.min(bytesMax, this.bytes);
    const sent = systemCalls()!.sendFile(socket, this.fd, this.position, wanted);
    if (sent > 0) this.#pass(sent);
    return sent === wanted;
  }

  /** The next bytes, so many at most, as a copy. Throws when the file has none there. */
  read(bytesMax: number): Buffer {
    const copy = Buffer.allocUnsafe(Math.min(bytesMax, this.bytes));
    const got = readSync(this.fd, copy, 0, copy.byteLength, this.position);
    if (got === 0) throw new Error(`a file ends before position ${this.position + this.bytes}`);
    this.#pass(got);
    return copy.subarray(0, got);
  }

  #pass(bytes: number): void {
    this.position += bytes;
    this.bytes -= bytes;
  }
}
