import { Writer } from '../../src/wire/writer.ts';

/** Name of the benchmark's stream and of its topic. */
const NAME = 'ceiling';
const UNLIMITED = 2n ** 64n - 1n;
const STRING_IDENTIFIER = 2;
const NUMERIC_IDENTIFIER = 1;
const BY_PARTITION = 2;
const BY_OFFSET = 1;

/** Command codes that the benchmark uses. */
export const codes = {
  ping: 1,
  loginUser: 38,
  pollMessages: 100,
  sendMessages: 101,
  createStream: 202,
  deleteStream: 203,
  createTopic: 302,
} as const;

/** Bytes of the benchmark's frames; the same numbers as in `common.h`. */
export const sizes = {
  requestHeaderBytes: 8,
  responseHeaderBytes: 8,
  pollHeaderBytes: 16,
  indexEntryBytes: 16,
  messageHeaderBytes: 64,
  payloadBytes: 1000,
  messageBytes: 1064,
  messagesPerBatch: 1000,
} as const;

function frame(code: number, payload: Writer): Buffer {
  const bytes = payload.finish();
  const writer = new Writer(sizes.requestHeaderBytes + bytes.length);
  return writer
    .u32(4 + bytes.length)
    .u32(code)
    .bytes(bytes)
    .finish();
}

function nameIdentifier(writer: Writer): Writer {
  return writer.u8(STRING_IDENTIFIER).name8(NAME, 'name');
}

/** LoginUser as iggy / iggy, without version and context. */
export function loginRequest(): Buffer {
  const payload = new Writer().name8('iggy', 'username').name8('iggy', 'password').u32(0).u32(0);
  return frame(codes.loginUser, payload);
}

/** CreateStream. */
export function createStreamRequest(): Buffer {
  return frame(codes.createStream, new Writer().name8(NAME, 'name'));
}

/** DeleteStream, with everything in it. */
export function deleteStreamRequest(): Buffer {
  return frame(codes.deleteStream, nameIdentifier(new Writer()));
}

/** CreateTopic without compression, expiry and size limit. */
export function createTopicRequest(partitions: number): Buffer {
  const payload = nameIdentifier(new Writer()).u32(partitions).u8(1);
  return frame(codes.createTopic, payload.u64(UNLIMITED).u64(UNLIMITED).u8(1).name8(NAME, 'name'));
}

/** PollMessages by offset, as consumer `partition` + 1, without commit. */
export function pollRequest(partition: number, offset: number, count: number): Buffer {
  const payload = new Writer()
    .u8(1)
    .u8(NUMERIC_IDENTIFIER)
    .u8(4)
    .u32(partition + 1);
  nameIdentifier(nameIdentifier(payload)).u8(1).u32(partition);
  return frame(codes.pollMessages, payload.u8(BY_OFFSET).u64(BigInt(offset)).u32(count).u8(0));
}

function writeMessage(at: Buffer, partition: number, number: number): void {
  at.fill(0, 0, sizes.messageHeaderBytes);
  at.writeUInt32LE(number + 1, 8);
  at.writeUInt32LE(partition + 1, 16);
  at.writeUInt32LE(sizes.payloadBytes, 52);
  at.fill(number + partition, sizes.messageHeaderBytes);
}

/** SendMessages with one batch for one partition; message ids are 1, 2, 3 … in every batch. */
export function batchRequest(partition: number): Buffer {
  const payload = new Writer(2 ** 21).u32(28);
  nameIdentifier(nameIdentifier(payload)).u8(BY_PARTITION).u8(4).u32(partition);
  payload.u32(sizes.messagesPerBatch);
  for (let number = 0; number < sizes.messagesPerBatch; number++) {
    payload
      .u32(0)
      .u32((number + 1) * sizes.messageBytes)
      .u64(0n);
  }
  const message = Buffer.alloc(sizes.messageBytes);
  for (let number = 0; number < sizes.messagesPerBatch; number++) {
    writeMessage(message, partition, number);
    payload.bytes(message);
  }
  return frame(codes.sendMessages, payload);
}
