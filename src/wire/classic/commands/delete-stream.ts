import { type Codec, type Empty, emptyResponse } from '../codec.ts';
import { readStreamTarget, type StreamTarget, writeStreamTarget } from '../structures/targets.ts';

/** The stream to delete. */
export type DeleteStreamRequest = StreamTarget;

/** DeleteStream, code 203: with its topics, groups, offsets and messages. */
export const deleteStream: Codec<DeleteStreamRequest, Empty> = {
  code: 203,
  name: 'stream.delete',
  permission: 'stream-manage',
  writeRequest: writeStreamTarget,
  readRequest: readStreamTarget,
  ...emptyResponse,
};
