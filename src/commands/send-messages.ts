import type { TopicRecord } from '../catalog/state.ts';
import { readSendMessagesRouting, sendMessages } from '../wire/classic/commands/send-messages.ts';
import type { Partitioning } from '../wire/classic/structures/partitioning.ts';
import { copyThresholdBytes, indexEntryBytes } from '../wire/limits.ts';
import type { Reader } from '../wire/reader.ts';
import { status } from '../wire/status.ts';
import { WireError } from '../wire/wire-error.ts';
import { xxhash32 } from '../wire/xxhash32.ts';
import type { ArrivingSend, RoutedSend } from './arriving-send.ts';
import type { Exchange } from './exchange.ts';
import type { Services } from './services.ts';
import type { Session } from './session.ts';

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
  frame: ReceivedFrame,
  reader: Reader,
  arriving?: ArrivingSend,
): void {
  const { handle, operands } = routeSend(services, exchange.session, frame, reader, arriving);
  const link = services.router.workingLinkOf(handle);
  operands.earlyId = arriving?.stamp.finish(handle, operands) ?? 0;
  if (operands.earlyId === 0) services.router.earlyStamping.noteUnstamped(handle);
  exchange.expectWrite(services.writeRefusals.readSent, handle, operands.count);
  link.send(exchange, handle, operands);
}

/**
 * Routes a batch whose routing is there. One that has begun to arrive goes where it was to go then,
 * if that is still there.
 */
export function routeSend(
  services: Services,
  session: Session,
  { allocation, bytes }: ReceivedFrame,
  reader: Reader,
  arriving?: ArrivingSend,
): RoutedSend {
  const { access, handles, router } = services;
  const end = allocation + bytes;
  const routing = readSendMessagesRouting(reader.restart(router.arena.bytes, allocation, end));
  const topic = access.topic(session, sendMessages, routing);
  const { indexesOffset, messagesCount, partitioning } = routing;
  const partitionId = arriving?.chosenFor(topic) ?? choosePartition(services, topic, partitioning);
  const messages = indexesOffset + messagesCount * indexEntryBytes;
  const operands = {
    allocation,
    allocationBytes: bytes,
    isKeepable: bytes > copyThresholdBytes,
    indexes: indexesOffset,
    messages,
    messagesBytes: end - messages,
    count: messagesCount,
    earlyId: 0,
  };
  return { topic, partitionId, handle: handles.handle(topic, partitionId), operands };
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
