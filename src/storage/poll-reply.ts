import { FileSpan } from '../files/file-span.ts';
import { pollBytesMax, readPieceBytes } from '../wire/limits.ts';
import type { Block, BlockCache } from './block-cache.ts';

/**
 * What one poll found: pieces of the arena in offset order, and what must stay until they are sent.
 * Used again for poll after poll.
 */
export class PollReply {
  /** Arena offset and length of each piece, one after the other. */
  readonly pieces: number[] = [];
  readonly #pinned: Block[] = [];
  readonly #buffers: number[] = [];
  /** The last messages may be left in their file. */
  takesFile = false;
  /** Messages behind the pieces that are. */
  readonly file = new FileSpan();
  /** Those were handed on. */
  isShared = false;
  messagesCount = 0;
  #piecesBytes = 0;
  /** Offset behind the messages that are wanted. */
  end = 0;
  /** Bytes that may be collected; a first message is given in any case. */
  bytesMax = pollBytesMax;

  get bytes(): number {
    return this.#piecesBytes + this.file.bytes;
  }

  addBlock(block: Block, offset: number, length: number, messages: number): void {
    block.pins++;
    this.#pinned.push(block);
    this.#add(offset, length);
    this.messagesCount += messages;
  }

  /** Messages that were read into buffers of `readPieceBytes`, the last of which may be shorter. */
  addFile(buffers: readonly number[], bytes: number, messages: number): void {
    let left = bytes;
    for (const buffer of buffers) {
      const length = Math.min(left, readPieceBytes);
      this.#buffers.push(buffer);
      this.#add(buffer, length);
      left -= length;
    }
    this.messagesCount += messages;
  }

  /** Gives everything back and is empty again. */
  release(cache: BlockCache): void {
    for (const block of this.#pinned) cache.unpin(block);
    for (const buffer of this.#buffers) cache.freeBuffer(buffer);
    this.pieces.length = 0;
    this.#pinned.length = 0;
    this.#buffers.length = 0;
    this.file.drop();
    this.isShared = false;
    this.messagesCount = 0;
    this.#piecesBytes = 0;
  }

  #add(offset: number, length: number): void {
    this.pieces.push(offset, length);
    this.#piecesBytes += length;
  }
}
