import type { Codec } from '../codec.ts';
import { optionalResponse } from '../structures/optional.ts';
import {
  readStreamDetails,
  type StreamDetails,
  writeStreamDetails,
} from '../structures/stream-details.ts';
import { readStreamTarget, type StreamTarget, writeStreamTarget } from '../structures/targets.ts';

/** The stream to describe. */
export type GetStreamRequest = StreamTarget;

/** GetStream, code 200: null for a missing stream. */
export const getStream: Codec<GetStreamRequest, StreamDetails | null> = {
  code: 200,
  name: 'stream.get',
  permission: 'stream-read',
  writeRequest: writeStreamTarget,
  readRequest: readStreamTarget,
  ...optionalResponse(writeStreamDetails, readStreamDetails),
};
