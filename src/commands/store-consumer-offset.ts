import {
  type StoreConsumerOffsetRequest,
  storeConsumerOffset,
} from '../wire/classic/commands/store-consumer-offset.ts';
import { clampToSafe, resolveOffset } from './consumer-target.ts';
import type { DataHandler } from './handler.ts';
import { noteCommit } from './note-commit.ts';

export const handleStoreConsumerOffset: DataHandler<StoreConsumerOffsetRequest> = {
  codec: storeConsumerOffset,
  start(services, exchange, request) {
    const target = resolveOffset(services, exchange.session, storeConsumerOffset, request);
    const { handle, kind, id, held } = target;
    exchange.handle = handle;
    const offset = clampToSafe(request.offset);
    const link = services.router.workingLinkOf(handle);
    if (held !== undefined) noteCommit(exchange, held, offset);
    link.storeOffset(exchange, handle, kind, id, offset);
  },
};
