import { pollStrategy } from '../shards/poll-server.ts';
import type { ShardAnswer, ShardRelease } from '../shards/shard-call.ts';
import {
  type PollMessagesRequest,
  polledHeadBytes,
} from '../wire/classic/commands/poll-messages.ts';
import { responseLengthOffset } from '../wire/classic/frame.ts';
import { messageOffset } from '../wire/classic/messages.ts';
import {
  livePollBytesMax,
  pollBytesMax,
  quicResponseBytesMax,
  responseHeaderBytes,
  sharedSpanBytesMin,
} from '../wire/limits.ts';
import { STATUS_OK } from '../wire/status.ts';
import { clampToSafe, type HeldPartition, type ResolvedTarget } from './consumer-target.ts';
import type { AnswerReader, Exchange } from './exchange.ts';
import type { LiveReading } from './live-reading.ts';
import type { Services } from './services.ts';
import type { Session } from './session.ts';

const TWO_TO_32 = 2 ** 32;
/** Clients over QUIC read no larger response (protocol section 1.2). */
const QUIC_BYTES_MAX = quicResponseBytesMax - responseHeaderBytes - polledHeadBytes;

/** Partition 0, offset 0, no messages: what a member of a group gets that has nothing to read. */
const NOTHING = Buffer.alloc(responseHeaderBytes + polledHeadBytes);
NOTHING.writeUInt32LE(polledHeadBytes, responseLengthOffset);

/** Asks the shard for messages; `read` turns what it answers into the response. */
export function startPoll(
  services: Services,
  exchange: Exchange,
  request: PollMessagesRequest,
  target: ResolvedTarget,
  read: AnswerReader = writePolled,
): void {
  const { handle } = target;
  const { router, readAheads } = services;
  const link = router.workingLinkOf(handle);
  const { live } = exchange.session;
  const { kind, value } =
    live?.strategy(target, request.strategy, router.statistics) ?? request.strategy;
  const reader = live === undefined ? read : notingReader(services, live, target, read);
  const bytesMax = bytesMaxOf(exchange.session);
  const expected = expectBytes(services, handle, request.count, bytesMax);
  exchange.handle = handle;
  exchange.expect(reader, target.partitionId, expected);
  if (target.held !== undefined) beginHeldPoll(services, exchange, target.held, reader);
  readAheads.poll(exchange, link, handle, {
    strategy: pollStrategy[kind],
    value: clampToSafe(value),
    count: request.count,
    consumerKind: target.kind,
    consumerId: target.id,
    autoCommit: request.autoCommit,
    bytesMax,
    isAhead: false,
    takesFile: expected >= sharedSpanBytesMin && exchange.owner.takesFiles,
  });
}

function bytesMaxOf({ transport, live }: Session): number {
  if (live !== undefined) return livePollBytesMax;
  return transport === 'quic' ? QUIC_BYTES_MAX : pollBytesMax;
}

/** The next poll of a live subscription goes on behind what this one gives. */
function notingReader(
  { router }: Services,
  live: LiveReading,
  target: ResolvedTarget,
  read: AnswerReader,
): AnswerReader {
  return (exchange, answer, link) => {
    if (answer.status === STATUS_OK) live.note(target, newestOffset(router.arena.bytes, answer));
    read(exchange, answer, link);
  };
}

/** The stored bytes go to the client as they are; only the head in front of them is written. */
export function writePolled(exchange: Exchange, answer: ShardAnswer, link: ShardRelease): void {
  if (answer.status !== STATUS_OK) return exchange.fail(answer.status);
  exchange.hold(link, answer);
  let length = polledHeadBytes + exchange.file.bytes;
  for (let i = 1; i < answer.pieces.length; i += 2) length += answer.pieces[i];
  const { currentOffset, count } = answer;
  exchange.poll?.readAheads.goOn(exchange, answer);
  finish(exchange, length, currentOffset, count);
}

/** Answers that this partition has no messages to give. */
export function writeEmpty(exchange: Exchange, currentOffset: number): void {
  finish(exchange, polledHeadBytes, currentOffset, 0);
}

/** Answers a member of a group that has no partition to read. */
export function writeNothing(exchange: Exchange): void {
  exchange.finish(STATUS_OK, NOTHING);
}

/** Answers with a frame in front of the pieces, whose payload is so long with them. */
function finish(exchange: Exchange, length: number, currentOffset: number, count: number): void {
  const { pollFrame: frame, partitionId } = exchange;
  frame.writeUInt32LE(STATUS_OK, 0);
  frame.writeUInt32LE(length, responseLengthOffset);
  frame.writeUInt32LE(partitionId, 8);
  frame.writeUInt32LE(currentOffset % TWO_TO_32, 12);
  frame.writeUInt32LE(Math.floor(currentOffset / TWO_TO_32), 16);
  frame.writeUInt32LE(count, 20);
  exchange.messagesCount = count;
  exchange.finish(STATUS_OK, frame);
}

/** What so many messages of a partition take when they are like those it has. */
function expectBytes(
  { router }: Services,
  handle: number,
  count: number,
  bytesMax: number,
): number {
  const { messagesCount, sizeBytes } = router.statistics.read(handle);
  const messageBytes = messagesCount === 0 ? 0 : sizeBytes / messagesCount;
  return Math.min(bytesMax, Math.ceil(Math.min(count, messagesCount) * messageBytes));
}

/** Keeps the partition with its member until what the poll gives is committed. */
function beginHeldPoll(
  { router }: Services,
  exchange: Exchange,
  { group, lease }: HeldPartition,
  read: AnswerReader,
): void {
  const settle: AnswerReader = (answered, answer, link) => {
    if (answer.status !== STATUS_OK) lease.losePoll();
    else lease.endPoll(newestOffset(router.arena.bytes, answer), answer.storedOffset);
    group.afterProgress(lease);
    read(answered, answer, link);
  };
  lease.beginPoll();
  exchange.settle(settle, () => {
    lease.losePoll();
    group.afterProgress(lease);
  });
}

/** Offset of the last message of an answer, −1 without messages. */
function newestOffset(arena: Buffer, { count, pieces }: ShardAnswer): number {
  if (count === 0) return -1;
  return messageOffset(arena, pieces[0]) + count - 1;
}
