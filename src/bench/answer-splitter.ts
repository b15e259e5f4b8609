import { responseLengthOffset, responseStatusOffset } from '../wire/classic/frame.ts';
import { responseHeaderBytes } from '../wire/limits.ts';

/**
 * Finds the answers in received bytes. Of a payload only its first bytes are kept; the rest is
 * counted and dropped, so that reading costs the generator as little as can be.
 */
export class AnswerSplitter {
  readonly #onAnswer: (code: number, length: number, head: Buffer) => void;
  readonly #header = Buffer.alloc(responseHeaderBytes);
  readonly #head: Buffer;
  #headerLength = 0;
  #payloadLength = 0;
  #received = 0;

  /** `onAnswer` gets the first `headBytes` of the payload, valid during the call only. */
  constructor(headBytes: number, onAnswer: (code: number, length: number, head: Buffer) => void) {
    this.#head = Buffer.alloc(headBytes);
    this.#onAnswer = onAnswer;
  }

  push(bytes: Buffer): void {
    let start = 0;
    while (start < bytes.byteLength) {
      start += this.#isInHeader()
        ? this.#takeHeader(bytes, start)
        : this.#takePayload(bytes, start);
      if (!this.#isInHeader() && this.#received === this.#payloadLength) this.#finish();
    }
  }

  #isInHeader(): boolean {
    return this.#headerLength < responseHeaderBytes;
  }

  #takeHeader(bytes: Buffer, start: number): number {
    const taken = bytes.copy(this.#header, this.#headerLength, start);
    this.#headerLength += taken;
    if (!this.#isInHeader()) this.#payloadLength = this.#header.readUInt32LE(responseLengthOffset);
    return taken;
  }

  #takePayload(bytes: Buffer, start: number): number {
    const taken = Math.min(this.#payloadLength - this.#received, bytes.byteLength - start);
    if (this.#received < this.#head.byteLength) {
      bytes.copy(this.#head, this.#received, start, start + taken);
    }
    this.#received += taken;
    return taken;
  }

  #finish(): void {
    const code = this.#header.readUInt32LE(responseStatusOffset);
    const length = this.#payloadLength;
    this.#headerLength = 0;
    this.#payloadLength = 0;
    this.#received = 0;
    this.#onAnswer(code, length, this.#head.subarray(0, Math.min(length, this.#head.byteLength)));
  }
}
