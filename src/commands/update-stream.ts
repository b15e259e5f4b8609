import { type UpdateStreamRequest, updateStream } from '../wire/classic/commands/update-stream.ts';
import { status } from '../wire/status.ts';
import { WireError } from '../wire/wire-error.ts';
import type { ControlHandler } from './handler.ts';

export const handleUpdateStream: ControlHandler<UpdateStreamRequest, undefined> = {
  codec: updateStream,
  handle: ({ catalog, access }, session, { streamId, name }) =>
    catalog.transact(async (propose) => {
      const stream = access.stream(session, updateStream, streamId);
      const namesake = catalog.streams.find(name);
      if (namesake === stream) return undefined;
      if (namesake !== undefined) {
        throw new WireError(status.StreamNameAlreadyExists, `stream ${name}`);
      }
      await propose({ type: 'stream.update', id: stream.id, name });
      return undefined;
    }),
};
