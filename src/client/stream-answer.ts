import { responseLengthOffset, responseStatusOffset } from '../wire/classic/frame.ts';
import { frameBytesMax, responseHeaderBytes } from '../wire/limits.ts';

/** The one response of a stream, filled as bytes arrive. */
export class StreamAnswer {
  readonly #header = Buffer.alloc(responseHeaderBytes);
  #payload: Buffer | undefined;
  /** Bytes of header or payload that have arrived. */
  #filled = 0;

  /** Where the next bytes go; empty when there is no place for any. */
  get target(): Buffer {
    return (this.#payload ?? this.#header).subarray(this.#filled);
  }

  /** So many bytes were put into the target. */
  fill(bytes: number): void {
    this.#filled += bytes;
    if (this.#payload !== undefined || this.#filled < responseHeaderBytes) return;
    if (this.isTooLong) return;
    this.#payload = Buffer.allocUnsafe(this.length);
    this.#filled = 0;
  }

  /** True when its header announces more than any response may have. */
  get isTooLong(): boolean {
    return this.#filled === responseHeaderBytes && this.length > frameBytesMax;
  }

  get isComplete(): boolean {
    return this.#payload !== undefined && this.#filled === this.#payload.byteLength;
  }

  get code(): number {
    return this.#header.readUInt32LE(responseStatusOffset);
  }

  /** Of a complete response. */
  get payload(): Buffer {
    return this.#payload as Buffer;
  }

  /** Bytes of the payload, as the header says. */
  get length(): number {
    return this.#header.readUInt32LE(responseLengthOffset);
  }
}
