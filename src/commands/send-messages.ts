import type { TopicRecord } from '../catalog/state.ts';
import { readSendMessagesRouting, sendMessages } from '../wire/classic/commands/send-messages.ts';
import type { Partitioning } from '../wire/classic/structures/partitioning.ts';
import { copyThresholdBytes, indexEntryBytes } from '../wire/limits.ts';
import type { Reader } from '../wire/reader.ts';
import { status } from '../wire/status.ts';
import { WireError } from '../wire/wire-error.ts';
import { xxhash32 } from '../wire/xxhash32.ts';
import type { Exchange } from './exchange.ts';
import type { Services } from './services.ts';

/** The payload of a SendMessages request in the acceptor's memory. */
export interface ReceivedFrame {
  readonly allocation: number;
  readonly bytes: number;
}

/**
 * Routes a batch to the shard of its partition. Only the routing in front is read here; the
 * messages are checked and stamped by the shard. The frame belongs to the shard from then on; when
 * this throws a `WireError` it still belongs to the caller.
 */
export function startSendMessages(
  services: Services,
  exchange: Exchange,
  { allocation, bytes }: ReceivedFrame,
  reader: Reader,
): void {
  const { access, handles, router } = services;
  const end = allocation + bytes;
  const routing = readSendMessagesRouting(reader.restart(router.arena.bytes, allocation, end));
  const topic = access.topic(exchange.session, sendMessages, routing);
  const handle = handles.handle(topic, choosePartition(services, topic, routing.partitioning));
  const { indexesOffset, messagesCount } = routing;
  exchange.expectWrite(services.writeRefusals.readSent, handle, messagesCount);
  const messages = indexesOffset + messagesCount * indexEntryBytes;
  router.workingLinkOf(handle).send(exchange, handle, {
    allocation,
    allocationBytes: bytes,
    isKeepable: bytes > copyThresholdBytes,
    indexes: indexesOffset,
    messages,
    messagesBytes: end - messages,
    count: messagesCount,
  });
}

function choosePartition(
  { handles }: Services,
  topic: TopicRecord,
  partitioning: Partitioning,
): number {
  if (partitioning.kind === 'partition') return partitioning.partitionId;
  if (topic.partitions.length === 0) {
    throw new WireError(status.TopicIdNotFound, `topic ${topic.name} has no partitions`);
  }
  if (partitioning.kind === 'balanced') return handles.nextBalanced(topic);
  return xxhash32(partitioning.key) % topic.partitions.length;
}
