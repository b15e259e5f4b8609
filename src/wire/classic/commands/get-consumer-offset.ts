import type { Reader } from '../../reader.ts';
import type { Writer } from '../../writer.ts';
import type { Codec } from '../codec.ts';
import {
  type ConsumerTarget,
  readConsumerTarget,
  writeConsumerTarget,
} from '../structures/consumer.ts';
import { optionalResponse } from '../structures/optional.ts';

/** Whose offset is asked for, and where. */
export type GetConsumerOffsetRequest = ConsumerTarget;

/** How far a consumer has come in a partition. */
export interface ConsumerOffset {
  readonly partitionId: number;
  /** Offset of the newest message of the partition. */
  readonly currentOffset: bigint;
  /** Offset of the last message that the consumer committed. */
  readonly storedOffset: bigint;
}

/** GetConsumerOffset, code 120: null for everything that is missing, also a stored offset. */
export const getConsumerOffset: Codec<GetConsumerOffsetRequest, ConsumerOffset | null> = {
  code: 120,
  name: 'consumer_offset.get',
  permission: 'poll',
  writeRequest: writeConsumerTarget,
  readRequest: readConsumerTarget,
  ...optionalResponse(writeConsumerOffset, readConsumerOffset),
};

function writeConsumerOffset(writer: Writer, offset: ConsumerOffset): void {
  writer.u32(offset.partitionId).u64(offset.currentOffset).u64(offset.storedOffset);
}

function readConsumerOffset(reader: Reader): ConsumerOffset {
  return {
    partitionId: reader.u32('partition id'),
    currentOffset: reader.u64('current offset'),
    storedOffset: reader.u64('stored offset'),
  };
}
