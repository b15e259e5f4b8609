import {
  type FlushUnsavedBufferRequest,
  flushUnsavedBuffer,
} from '../wire/classic/commands/flush-unsaved-buffer.ts';
import type { DataHandler } from './handler.ts';

/** Acknowledged messages are always in the file; with `fsync` they are on the disk afterwards. */
export const handleFlushUnsavedBuffer: DataHandler<FlushUnsavedBufferRequest> = {
  codec: flushUnsavedBuffer,
  start({ access, handles, router }, exchange, request) {
    const { partitionId, fsync } = request;
    const topic = access.topic(exchange.session, flushUnsavedBuffer, request);
    const handle = handles.handle(topic, partitionId);
    exchange.handle = handle;
    router.workingLinkOf(handle).flush(exchange, handle, fsync);
  },
};
