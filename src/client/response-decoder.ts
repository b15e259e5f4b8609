import { responseLengthOffset, responseStatusOffset } from '../wire/classic/frame.ts';
import { clientReadBytes, frameBytesMax, responseHeaderBytes } from '../wire/limits.ts';
import { status } from '../wire/status.ts';
import { VeltroError } from './errors.ts';

const EMPTY = Buffer.alloc(0);

/**
 * Cuts received bytes into responses. Every payload gets a buffer of its own size, filled as bytes
 * arrive; once its header is known, a transport may receive straight into it.
 */
export class ResponseDecoder {
  readonly #onResponse: (code: number, payload: Buffer) => void;
  readonly #scratch = Buffer.allocUnsafeSlow(clientReadBytes);
  readonly #header = Buffer.alloc(responseHeaderBytes);
  #headerLength = 0;
  #payload = EMPTY;
  #payloadLength = 0;

  constructor(onResponse: (code: number, payload: Buffer) => void) {
    this.#onResponse = onResponse;
  }

  /** The rest of a large payload, else a buffer for whatever comes. */
  receiveBuffer(): Buffer {
    const missing = this.#payload.byteLength - this.#payloadLength;
    return missing < clientReadBytes ? this.#scratch : this.#payload.subarray(this.#payloadLength);
  }

  /** Throws a `VeltroError` for a length that no broker answers; the connection is then useless. */
  push(bytes: Buffer): void {
    let start = 0;
    while (start < bytes.byteLength) {
      start += this.#isInHeader()
        ? this.#takeHeader(bytes.subarray(start))
        : this.#takePayload(bytes.subarray(start));
      if (!this.#isInHeader() && this.#payloadLength === this.#payload.byteLength) this.#finish();
    }
  }

  #isInHeader(): boolean {
    return this.#headerLength < responseHeaderBytes;
  }

  #takeHeader(bytes: Buffer): number {
    const taken = bytes.copy(this.#header, this.#headerLength);
    this.#headerLength += taken;
    if (!this.#isInHeader()) this.#openPayload(this.#header.readUInt32LE(responseLengthOffset));
    return taken;
  }

  #openPayload(length: number): void {
    if (length > frameBytesMax) {
      throw new VeltroError(
        status.InvalidBytesResponse,
        `The broker announced an answer of ${length} bytes, the limit is ${frameBytesMax}.`,
      );
    }
    this.#payload = length === 0 ? EMPTY : Buffer.allocUnsafe(length);
    this.#payloadLength = 0;
  }

  #takePayload(bytes: Buffer): number {
    const missing = this.#payload.byteLength - this.#payloadLength;
    const taken = Math.min(missing, bytes.byteLength);
    if (!this.#isInPlace(bytes)) bytes.copy(this.#payload, this.#payloadLength, 0, taken);
    this.#payloadLength += taken;
    return taken;
  }

  #isInPlace(bytes: Buffer): boolean {
    return (
      bytes.buffer === this.#payload.buffer &&
      bytes.byteOffset === this.#payload.byteOffset + this.#payloadLength
    );
  }

  #finish(): void {
    const code = this.#header.readUInt32LE(responseStatusOffset);
    const payload = this.#payload;
    this.#headerLength = 0;
    this.#payload = EMPTY;
    this.#payloadLength = 0;
    this.#onResponse(code, payload);
  }
}
