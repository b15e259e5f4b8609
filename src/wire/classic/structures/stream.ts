import type { Reader } from '../../reader.ts';
import type { Writer } from '../../writer.ts';

/** A stream as commands answer it (protocol section 8.1). */
export interface Stream {
  readonly id: number;
  /** Microseconds since the Unix epoch. */
  readonly createdAt: bigint;
  readonly topicsCount: number;
  /** Bytes of all stored message frames. */
  readonly sizeBytes: bigint;
  readonly messagesCount: bigint;
  readonly name: string;
}

export function writeStream(writer: Writer, stream: Stream): void {
  writer.u32(stream.id).u64(stream.createdAt).u32(stream.topicsCount);
  writer.u64(stream.sizeBytes).u64(stream.messagesCount).name8(stream.name, 'stream name');
}

export function readStream(reader: Reader): Stream {
  return {
    id: reader.u32('stream id'),
    createdAt: reader.u64('created at'),
    topicsCount: reader.u32('topics count'),
    sizeBytes: reader.u64('size'),
    messagesCount: reader.u64('messages count'),
    name: reader.name8('stream name'),
  };
}
