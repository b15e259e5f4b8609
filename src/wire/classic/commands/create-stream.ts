import type { Codec } from '../codec.ts';
import { readStream, type Stream, writeStream } from '../structures/stream.ts';

/** The name of a new stream. */
export interface CreateStreamRequest {
  /** 1..255 bytes of UTF-8. */
  readonly name: string;
}

/** CreateStream, code 202: the server assigns the id. */
export const createStream: Codec<CreateStreamRequest, Stream> = {
  code: 202,
  name: 'stream.create',
  permission: 'stream-create',
  writeRequest: (writer, request) => {
    writer.name8(request.name, 'stream name');
  },
  readRequest: (reader) => ({ name: reader.name8('stream name') }),
  writeResponse: writeStream,
  readResponse: readStream,
};
