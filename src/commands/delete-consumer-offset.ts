import {
  type DeleteConsumerOffsetRequest,
  deleteConsumerOffset,
} from '../wire/classic/commands/delete-consumer-offset.ts';
import { resolveTarget } from './consumer-target.ts';
import type { DataHandler } from './handler.ts';

export const handleDeleteConsumerOffset: DataHandler<DeleteConsumerOffsetRequest> = {
  codec: deleteConsumerOffset,
  start(services, exchange, request) {
    const { handle, kind, id } = resolveTarget(
      services,
      exchange.session,
      deleteConsumerOffset,
      request,
    );
    services.router.workingLinkOf(handle).deleteOffset(exchange, handle, kind, id);
  },
};
