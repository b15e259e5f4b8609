import { type Codec, type Empty, emptyRequest } from '../codec.ts';
import { readUntilEnd } from '../structures/list.ts';
import { readStream, type Stream, writeStream } from '../structures/stream.ts';

/** GetStreams, code 201: all streams by ascending id. */
export const getStreams: Codec<Empty, readonly Stream[]> = {
  code: 201,
  name: 'stream.list',
  permission: 'streams-list',
  ...emptyRequest,
  writeResponse: (writer, streams) => {
    for (const stream of streams) writeStream(writer, stream);
  },
  readResponse: (reader) => readUntilEnd(reader, readStream),
};
