import { type Codec, type Empty, emptyResponse } from '../codec.ts';
import { readStreamTarget, type StreamTarget, writeStreamTarget } from '../structures/targets.ts';

/** The stream to empty. */
export type PurgeStreamRequest = StreamTarget;

/** PurgeStream, code 205: empties every topic of the stream. */
export const purgeStream: Codec<PurgeStreamRequest, Empty> = {
  code: 205,
  name: 'stream.purge',
  permission: 'stream-manage',
  writeRequest: writeStreamTarget,
  readRequest: readStreamTarget,
  ...emptyResponse,
};
