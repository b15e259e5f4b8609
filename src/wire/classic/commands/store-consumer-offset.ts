import { type Codec, type Empty, emptyResponse } from '../codec.ts';
import {
  type ConsumerTarget,
  readConsumerTarget,
  writeConsumerTarget,
} from '../structures/consumer.ts';

/** Whose offset is stored, and where. */
export interface StoreConsumerOffsetRequest extends ConsumerTarget {
  /** Offset of the last message that was handled, at most the newest of the partition. */
  readonly offset: bigint;
}

/** StoreConsumerOffset, code 121: overwrites in either direction. */
export const storeConsumerOffset: Codec<StoreConsumerOffsetRequest, Empty> = {
  code: 121,
  name: 'consumer_offset.store',
  permission: 'poll',
  writeRequest: (writer, request) => {
    writeConsumerTarget(writer, request);
    writer.u64(request.offset);
  },
  readRequest: (reader) => ({ ...readConsumerTarget(reader), offset: reader.u64('offset') }),
  ...emptyResponse,
};
