import type { Reader } from '../../reader.ts';
import type { Writer } from '../../writer.ts';

/** A partition as commands answer it (protocol section 8.3). */
export interface Partition {
  readonly id: number;
  /** Microseconds since the Unix epoch. */
  readonly createdAt: bigint;
  readonly segmentsCount: number;
  /** Offset of the newest message, 0 also while there is none. */
  readonly currentOffset: bigint;
  /** Bytes of all stored message frames. */
  readonly sizeBytes: bigint;
  readonly messagesCount: bigint;
}

export function writePartition(writer: Writer, partition: Partition): void {
  writer.u32(partition.id).u64(partition.createdAt).u32(partition.segmentsCount);
  writer.u64(partition.currentOffset).u64(partition.sizeBytes).u64(partition.messagesCount);
}

export function readPartition(reader: Reader): Partition {
  return {
    id: reader.u32('partition id'),
    createdAt: reader.u64('created at'),
    segmentsCount: reader.u32('segments count'),
    currentOffset: reader.u64('current offset'),
    sizeBytes: reader.u64('size'),
    messagesCount: reader.u64('messages count'),
  };
}
