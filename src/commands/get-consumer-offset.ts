import type { ShardAnswer } from '../shards/shard-call.ts';
import {
  type GetConsumerOffsetRequest,
  getConsumerOffset,
} from '../wire/classic/commands/get-consumer-offset.ts';
import { encodeResponse } from '../wire/classic/frame.ts';
import { STATUS_OK, status } from '../wire/status.ts';
import { WireError } from '../wire/wire-error.ts';
import { type ResolvedTarget, resolveReading } from './consumer-target.ts';
import type { Exchange } from './exchange.ts';
import type { DataHandler } from './handler.ts';
import type { Services } from './services.ts';
import type { Session } from './session.ts';

/** Whatever is missing is an empty success: stream, topic, partition, group or stored offset. */
export const handleGetConsumerOffset: DataHandler<GetConsumerOffsetRequest> = {
  codec: getConsumerOffset,
  start(services, exchange, request) {
    const target = findTarget(services, exchange.session, request);
    if (target === undefined) return exchange.ok();
    const { handle, kind, id } = target;
    exchange.handle = handle;
    exchange.expect(writeOffset, target.partitionId);
    services.router.workingLinkOf(handle).getOffset(exchange, handle, kind, id);
  },
};

function findTarget(
  services: Services,
  session: Session,
  request: GetConsumerOffsetRequest,
): ResolvedTarget | undefined {
  try {
    return resolveReading(services, session, getConsumerOffset, request);
  } catch (error) {
    if (!(error instanceof WireError) || error.code === status.Unauthorized) throw error;
    return undefined;
  }
}

function writeOffset(exchange: Exchange, answer: ShardAnswer): void {
  if (answer.status === status.PartitionNotFound) return exchange.ok();
  if (answer.status !== STATUS_OK) return exchange.fail(answer.status);
  if (answer.storedOffset < 0) return exchange.ok();
  const frame = encodeResponse(getConsumerOffset, {
    partitionId: exchange.partitionId,
    currentOffset: BigInt(answer.currentOffset),
    storedOffset: BigInt(answer.storedOffset),
  });
  exchange.finish(STATUS_OK, frame);
}
