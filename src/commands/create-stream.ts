import { type CreateStreamRequest, createStream } from '../wire/classic/commands/create-stream.ts';
import type { Stream } from '../wire/classic/structures/stream.ts';
import { streamsMax } from '../wire/limits.ts';
import { status } from '../wire/status.ts';
import { WireError } from '../wire/wire-error.ts';
import { nowMicros } from './clock.ts';
import { describeStream } from './details.ts';
import type { ControlHandler } from './handler.ts';

export const handleCreateStream: ControlHandler<CreateStreamRequest, Stream> = {
  codec: createStream,
  handle: (services, _session, { name }) =>
    services.catalog.transact(async (propose) => {
      const { catalog } = services;
      if (catalog.streams.find(name) !== undefined) {
        throw new WireError(status.StreamNameAlreadyExists, `stream ${name}`);
      }
      if (catalog.streams.size >= streamsMax) {
        throw new WireError(status.CannotCreateStream, `the limit is ${streamsMax} streams`);
      }
      const id = catalog.nextStreamId();
      await propose({ type: 'stream.create', id, createdAt: nowMicros(), name });
      return describeStream(services, catalog.stream(id));
    }),
};
