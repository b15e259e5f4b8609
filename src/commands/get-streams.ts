import { getStreams } from '../wire/classic/commands/get-streams.ts';
import type { Stream } from '../wire/classic/structures/stream.ts';
import { describeStream } from './details.ts';
import type { ControlHandler } from './handler.ts';

export const handleGetStreams: ControlHandler<undefined, readonly Stream[]> = {
  codec: getStreams,
  handle: (services) =>
    services.catalog.streams.sorted().map((stream) => describeStream(services, stream)),
};
