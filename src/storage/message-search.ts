import { messageHeaderBytes } from '../wire/limits.ts';

const OFFSET_AT = 24;
const HEADERS_LENGTH_AT = 48;
const PAYLOAD_LENGTH_AT = 52;
const TWO_TO_32 = 2 ** 32;

/** Bytes that could be a message; only its checksum can tell. */
export interface Candidate {
  readonly start: number;
  readonly offset: number;
  readonly bytes: number;
}

/**
 * The first place in a chunk where a message could begin: it tells an offset that is at least
 * `offset` and no higher than the bytes left allow, and lengths that fit them. `bytesLeft` counts
 * from the chunk's beginning to the end of the file. Where messages begin is unknown, so every byte
 * is tried.
 */
export function candidateIn(
  chunk: Buffer,
  offset: number,
  bytesLeft: number,
): Candidate | undefined {
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const offsetMax = offset + bytesLeft / messageHeaderBytes;
  for (let start = 0; start + messageHeaderBytes <= chunk.byteLength; start++) {
    const high = view.getUint32(start + OFFSET_AT + 4, true);
    const told = high * TWO_TO_32 + view.getUint32(start + OFFSET_AT, true);
    // A zero checksum means a part of the file that was never written.
    if (told < offset || told > offsetMax || view.getBigUint64(start) === 0n) continue;
    const payload = view.getUint32(start + PAYLOAD_LENGTH_AT, true);
    const bytes = messageHeaderBytes + payload + view.getUint32(start + HEADERS_LENGTH_AT, true);
    if (bytes <= bytesLeft - start) return { start, offset: told, bytes };
  }
  return undefined;
}
