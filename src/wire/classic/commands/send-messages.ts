import { indexEntryBytes, messageHeaderBytes } from '../../limits.ts';
import type { Reader } from '../../reader.ts';
import { status } from '../../status.ts';
import { WireError } from '../../wire-error.ts';
import { Writer } from '../../writer.ts';
import { type Codec, type Empty, emptyResponse } from '../codec.ts';
import { type Identifier, readIdentifier, writeIdentifier } from '../identifier.ts';
import {
  decodeMessages,
  indexEndOffset,
  messageFrameBytes,
  type OutgoingMessage,
  writeMessage,
  writePlainHeader,
} from '../messages.ts';
import {
  type Partitioning,
  readPartitioning,
  writePartitioning,
} from '../structures/partitioning.ts';
import type { TopicTarget } from '../structures/targets.ts';

/** A batch and where it goes. */
export interface SendMessagesRequest extends TopicTarget {
  readonly partitioning: Partitioning;
  readonly messages: readonly OutgoingMessage[];
}

/** What precedes the index entries of a batch, as it is written. */
export interface SendMessagesHead extends TopicTarget {
  readonly partitioning: Partitioning;
  readonly messagesCount: number;
}

/** What a broker needs to route a batch; the messages themselves stay bytes. */
export interface SendMessagesRouting extends TopicTarget {
  readonly partitioning: Partitioning;
  /** At least 1. */
  readonly messagesCount: number;
  /** Where the index entries start in what was read; the message frames follow them. */
  readonly indexesOffset: number;
}

/**
 * Reads a payload up to its index entries and checks that these are complete. Status 6 for a bad
 * identifier, 4009 for no messages, 3 for all else (protocol sections 1.3, 4.1 and 4.4).
 */
export function readSendMessagesRouting(reader: Reader): SendMessagesRouting {
  const { bytes, end } = reader;
  const metadataEnd = readMetadataEnd(reader);
  reader.restart(bytes, reader.offset, metadataEnd);
  const routing = {
    streamId: readOwnIdentifier(reader, 'stream id'),
    topicId: readOwnIdentifier(reader, 'topic id'),
    partitioning: readPartitioning(reader),
    messagesCount: reader.u32('messages count'),
    indexesOffset: metadataEnd,
  };
  reader.restart(bytes, metadataEnd, end);
  checkMessagesCount(routing.messagesCount, reader.remaining);
  return routing;
}

/** SendMessages, code 101: a batch for one partition; the answer names neither it nor offsets. */
export const sendMessages: Codec<SendMessagesRequest, Empty> = {
  code: 101,
  name: 'message.send',
  permission: 'send',
  writeRequest: (writer, request) => {
    writeSendMessagesHead(writer, { ...request, messagesCount: request.messages.length });
    const indexesBytes = request.messages.length * indexEntryBytes;
    writer.reserve(indexesBytes + totalFrameBytes(request.messages));
    writeIndexes(writer, request.messages);
    for (const message of request.messages) writeMessage(writer, message);
  },
  readRequest: (reader) => {
    const { messagesCount, indexesOffset, ...routing } = readSendMessagesRouting(reader);
    reader.offset = indexesOffset + messagesCount * indexEntryBytes;
    const frames = reader.view(reader.remaining, 'message frames');
    const messages = decodeMessages(frames, messagesCount);
    return { ...routing, messages };
  },
  ...emptyResponse,
};

/** Bytes of the payload that `sendMessages` writes. */
export function sendMessagesBytes(request: SendMessagesRequest): number {
  const { messages } = request;
  const head = new Writer();
  writeSendMessagesHead(head, { ...request, messagesCount: messages.length });
  return head.length + messages.length * indexEntryBytes + totalFrameBytes(messages);
}

function readMetadataEnd(reader: Reader): number {
  const length = reader.u32('metadata length');
  if (length > reader.remaining) {
    throw new WireError(
      status.InvalidCommand,
      `the metadata has ${length} bytes, ${reader.remaining} are left`,
    );
  }
  return reader.offset + length;
}

/** This command has one status for every malformed identifier. */
function readOwnIdentifier(reader: Reader, field: string): Identifier {
  try {
    return readIdentifier(reader, field);
  } catch (error) {
    if (error instanceof WireError) throw new WireError(status.InvalidIdentifier, error.message);
    throw error;
  }
}

function checkMessagesCount(messagesCount: number, bytesLeft: number): void {
  if (messagesCount === 0) {
    throw new WireError(status.InvalidMessagesCount, 'the batch holds no messages');
  }
  if (messagesCount * indexEntryBytes > bytesLeft) {
    throw new WireError(
      status.InvalidCommand,
      `the index of ${messagesCount} messages does not fit the ${bytesLeft} bytes left`,
    );
  }
}

/** What stands in front of the index entries; its last four bytes are the messages count. */
export function writeSendMessagesHead(writer: Writer, head: SendMessagesHead): void {
  const lengthOffset = writer.length;
  writer.u32(0);
  writeIdentifier(writer, head.streamId, 'stream id');
  writeIdentifier(writer, head.topicId, 'topic id');
  writePartitioning(writer, head.partitioning);
  writer.u32(head.messagesCount);
  writer.patchU32(lengthOffset, writer.length - lengthOffset - 4);
}

/** One entry a message: relative offset 0, end position in the message area, timestamp 0. */
function writeIndexes(writer: Writer, messages: readonly OutgoingMessage[]): void {
  let end = 0;
  for (const message of messages) {
    end += messageFrameBytes(message);
    writer.zeros(indexEndOffset).u32(end).zeros(8);
  }
}

/**
 * Writes index entries and message headers of a batch straight into memory, for those who fill in
 * the payloads by themselves. The messages have no user headers.
 */
export class PlainBatchWriter {
  readonly #bytes: Buffer;
  readonly #framesStart: number;
  #index: number;
  #frame: number;

  /** Writes from `start` on, behind the head of the request. */
  constructor(bytes: Buffer, start: number, messagesCount: number) {
    this.#bytes = bytes;
    this.#index = start;
    this.#framesStart = start + messagesCount * indexEntryBytes;
    this.#frame = this.#framesStart;
  }

  /** The next message; answers where its payload goes. */
  add(id: bigint, originTimestamp: bigint, payloadBytes: number): number {
    const payload = this.#frame + messageHeaderBytes;
    writePlainHeader(this.#bytes, this.#frame, id, originTimestamp, payloadBytes);
    this.#frame = payload + payloadBytes;
    this.#bytes.fill(0, this.#index, this.#index + indexEntryBytes);
    const end = this.#frame - this.#framesStart;
    this.#bytes.writeUInt32LE(end, this.#index + indexEndOffset);
    this.#index += indexEntryBytes;
    return payload;
  }
}

function totalFrameBytes(messages: readonly OutgoingMessage[]): number {
  return messages.reduce((total, message) => total + messageFrameBytes(message), 0);
}
