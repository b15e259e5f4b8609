import { type Codec, type Empty, emptyResponse } from '../codec.ts';
import { readStreamTarget, type StreamTarget, writeStreamTarget } from '../structures/targets.ts';

/** A stream and its new name. */
export interface UpdateStreamRequest extends StreamTarget {
  /** 1..255 bytes of UTF-8. */
  readonly name: string;
}

/** UpdateStream, code 204: renames a stream; its present name changes nothing. */
export const updateStream: Codec<UpdateStreamRequest, Empty> = {
  code: 204,
  name: 'stream.update',
  permission: 'stream-manage',
  writeRequest: (writer, request) => {
    writeStreamTarget(writer, request);
    writer.name8(request.name, 'stream name');
  },
  readRequest: (reader) => ({
    ...readStreamTarget(reader),
    name: reader.name8('stream name'),
  }),
  ...emptyResponse,
};
