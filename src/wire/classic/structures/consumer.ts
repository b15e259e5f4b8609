import type { Reader } from '../../reader.ts';
import type { Writer } from '../../writer.ts';
import { type Identifier, readIdentifier, writeIdentifier } from '../identifier.ts';
import { KindTable } from '../kind-table.ts';

/** Who reads: a consumer of its own, or a group of the topic (protocol section 3.2). */
export interface Consumer {
  readonly kind: 'consumer' | 'group';
  /** A plain consumer needs no creation; its name counts as the XXH32 of its bytes. */
  readonly id: Identifier;
}

/** The place whose offset is read, stored or polled from. */
export interface ConsumerTarget {
  readonly consumer: Consumer;
  readonly streamId: Identifier;
  readonly topicId: Identifier;
  /** Null means partition 0 for a consumer and the member's own choice for a group. */
  readonly partitionId: number | null;
}

const consumerKinds = new KindTable<Consumer['kind']>({ consumer: 1, group: 2 });
const PRESENT = 1;

export function writeConsumer(writer: Writer, consumer: Consumer): void {
  consumerKinds.write(writer, consumer.kind, 'consumer');
  writeIdentifier(writer, consumer.id, 'consumer id');
}

export function readConsumer(reader: Reader): Consumer {
  return {
    kind: consumerKinds.read(reader, 'consumer'),
    id: readIdentifier(reader, 'consumer id'),
  };
}

/** Five bytes in either case (protocol section 3.3). */
export function writeOptPartition(writer: Writer, partitionId: number | null): void {
  writer.bool(partitionId !== null).u32(partitionId ?? 0);
}

/** A partition id behind a flag; null when the flag says that there is none. */
export function readOptPartition(reader: Reader): number | null {
  const flag = reader.u8('partition flag');
  const partitionId = reader.u32('partition id');
  return flag === PRESENT ? partitionId : null;
}

export function writeConsumerTarget(writer: Writer, target: ConsumerTarget): void {
  writeConsumer(writer, target.consumer);
  writeIdentifier(writer, target.streamId, 'stream id');
  writeIdentifier(writer, target.topicId, 'topic id');
  writeOptPartition(writer, target.partitionId);
}

export function readConsumerTarget(reader: Reader): ConsumerTarget {
  return {
    consumer: readConsumer(reader),
    streamId: readIdentifier(reader, 'stream id'),
    topicId: readIdentifier(reader, 'topic id'),
    partitionId: readOptPartition(reader),
  };
}
