import {
  type StoreConsumerOffsetRequest,
  storeConsumerOffset,
} from '../wire/classic/commands/store-consumer-offset.ts';
import { clampToSafe, resolveTarget } from './consumer-target.ts';
import type { DataHandler } from './handler.ts';

export const handleStoreConsumerOffset: DataHandler<StoreConsumerOffsetRequest> = {
  codec: storeConsumerOffset,
  start(services, exchange, request) {
    const { handle, kind, id } = resolveTarget(
      services,
      exchange.session,
      storeConsumerOffset,
      request,
    );
    const offset = clampToSafe(request.offset);
    services.router.workingLinkOf(handle).storeOffset(exchange, handle, kind, id, offset);
  },
};
