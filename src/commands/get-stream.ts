import { type GetStreamRequest, getStream } from '../wire/classic/commands/get-stream.ts';
import type { StreamDetails } from '../wire/classic/structures/stream-details.ts';
import { describeStreamDetails } from './details.ts';
import type { ControlHandler } from './handler.ts';

export const handleGetStream: ControlHandler<GetStreamRequest, StreamDetails | null> = {
  codec: getStream,
  handle(services, session, { streamId }) {
    const stream = services.access.findStream(session, getStream, streamId);
    return stream === undefined ? null : describeStreamDetails(services, stream);
  },
};
