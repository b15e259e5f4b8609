import { nameBytesMax } from '../../limits.ts';
import type { Reader } from '../../reader.ts';
import { status } from '../../status.ts';
import { WireError } from '../../wire-error.ts';
import type { Writer } from '../../writer.ts';

/** How the server chooses the partition of a batch (protocol sections 3.4 and 5.1). */
export type Partitioning =
  | { readonly kind: 'balanced' }
  | { readonly kind: 'partition'; readonly partitionId: number }
  | {
      readonly kind: 'key';
      /** 0..255 bytes; XXH32 of it modulo the number of partitions. */
      readonly key: Uint8Array;
    };

const BALANCED = 1;
const PARTITION = 2;
const KEY = 3;
const PARTITION_BYTES = 4;

export function writePartitioning(writer: Writer, partitioning: Partitioning): void {
  if (partitioning.kind === 'balanced') {
    writer.u8(BALANCED).u8(0);
  } else if (partitioning.kind === 'partition') {
    writer.u8(PARTITION).u8(PARTITION_BYTES).u32(partitioning.partitionId);
  } else {
    writeKey(writer, partitioning.key);
  }
}

function writeKey(writer: Writer, key: Uint8Array): void {
  if (key.byteLength > nameBytesMax) {
    throw new WireError(
      status.InvalidKeyValueLength,
      `the messages key has ${key.byteLength} bytes, the limit is ${nameBytesMax}`,
    );
  }
  writer.u8(KEY).u8(key.byteLength).bytes(key);
}

/** Every malformed partitioning is status 3 (InvalidCommand). */
export function readPartitioning(reader: Reader): Partitioning {
  const kind = reader.u8('partitioning kind');
  const length = reader.u8('partitioning length');
  if (kind === BALANCED && length === 0) return { kind: 'balanced' };
  if (kind === PARTITION && length === PARTITION_BYTES) {
    return { kind: 'partition', partitionId: reader.u32('partition id') };
  }
  if (kind === KEY) return { kind: 'key', key: reader.view(length, 'messages key') };
  throw new WireError(status.InvalidCommand, `partitioning has kind ${kind} with ${length} bytes`);
}
