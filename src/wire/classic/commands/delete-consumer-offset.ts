import { type Codec, type Empty, emptyResponse } from '../codec.ts';
import {
  type ConsumerTarget,
  readConsumerTarget,
  writeConsumerTarget,
} from '../structures/consumer.ts';

/** Whose offset is forgotten, and where. */
export type DeleteConsumerOffsetRequest = ConsumerTarget;

/** DeleteConsumerOffset, code 122: nothing stored is status 3021. */
export const deleteConsumerOffset: Codec<DeleteConsumerOffsetRequest, Empty> = {
  code: 122,
  name: 'consumer_offset.delete',
  permission: 'poll',
  writeRequest: writeConsumerTarget,
  readRequest: readConsumerTarget,
  ...emptyResponse,
};
