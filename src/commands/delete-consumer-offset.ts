import {
  type DeleteConsumerOffsetRequest,
  deleteConsumerOffset,
} from '../wire/classic/commands/delete-consumer-offset.ts';
import { resolveOffset } from './consumer-target.ts';
import type { DataHandler } from './handler.ts';
import { NO_OFFSET, noteCommit } from './note-commit.ts';

export const handleDeleteConsumerOffset: DataHandler<DeleteConsumerOffsetRequest> = {
  codec: deleteConsumerOffset,
  start(services, exchange, request) {
    const target = resolveOffset(services, exchange.session, deleteConsumerOffset, request);
    const { handle, kind, id, held } = target;
    exchange.handle = handle;
    const link = services.router.workingLinkOf(handle);
    if (held !== undefined) noteCommit(exchange, held, NO_OFFSET);
    link.deleteOffset(exchange, handle, kind, id);
  },
};
