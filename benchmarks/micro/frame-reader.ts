// A byte stream cut into requests: many small ones in a chunk, and large ones in many chunks.

import type { FrameMemory } from '../../src/transports/frame-memory.ts';
import { FrameReader, type FrameSink } from '../../src/transports/tcp/frame-reader.ts';
import { pollMessages } from '../../src/wire/classic/commands/poll-messages.ts';
import { sendMessages } from '../../src/wire/classic/commands/send-messages.ts';
import {
  encodeRequest,
  requestCodeBytes,
  requestCodeOffset,
  requestLengthOffset,
} from '../../src/wire/classic/frame.ts';
import { receivePieceBytes, requestHeaderBytes } from '../../src/wire/limits.ts';
import type { MicroSuite, MicroTask } from './suite.ts';

const FRAME_BYTES_MAX = 4 * 1024 * 1024;
const LARGE_PAYLOAD_BYTES = 1_080_000;
const MEMORY_AT = 256;

/** Counts requests and forgets them. */
class CountingSink implements FrameSink {
  readonly isLoggedIn = true;
  count = 0;

  canStart(): boolean {
    return true;
  }

  isSendMessages(code: number): boolean {
    return code === sendMessages.code;
  }

  refusalBeforeLogin(): number {
    return 0;
  }

  onRequest(): void {
    this.count++;
  }

  onSend(): void {
    this.count++;
  }

  onSendBegun(): void {}

  onSendAdvanced(): void {}

  onRefused(code: number): void {
    throw new Error(`A request was refused with status ${code}.`);
  }

  onFatal(code: number): void {
    throw new Error(`A request ended the connection with status ${code}.`);
  }
}

/** One place that every frame is received into. */
function oneFrame(): FrameMemory {
  const bytes = Buffer.alloc(MEMORY_AT + FRAME_BYTES_MAX);
  return {
    bytes,
    allocate: () => MEMORY_AT,
    free: () => {},
    copy: (chunk, from, length, to) => chunk.copy(bytes, to, from, from + length),
    mask() {},
  };
}

function pollFrame(): Buffer {
  return encodeRequest(pollMessages, {
    streamId: 1,
    topicId: 1,
    consumer: { kind: 'consumer', id: 1 },
    partitionId: 0,
    strategy: { kind: 'offset', value: 0n },
    count: 1,
    autoCommit: false,
  });
}

function largeFrame(): Buffer {
  const frame = Buffer.alloc(requestHeaderBytes + LARGE_PAYLOAD_BYTES);
  frame.writeUInt32LE(LARGE_PAYLOAD_BYTES + requestCodeBytes, requestLengthOffset);
  frame.writeUInt32LE(sendMessages.code, requestCodeOffset);
  return frame;
}

function pieces(bytes: Buffer, pieceBytes: number): Buffer[] {
  const count = Math.ceil(bytes.byteLength / pieceBytes);
  return Array.from({ length: count }, (_, n) =>
    bytes.subarray(n * pieceBytes, (n + 1) * pieceBytes),
  );
}

/** Reads the chunks again and again; together they hold whole requests. */
function task(name: string, chunks: readonly Buffer[], requests: number): MicroTask {
  const sink = new CountingSink();
  const reader = new FrameReader(sink, oneFrame(), FRAME_BYTES_MAX);
  const bytes = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  const run = () => {
    sink.count = 0;
    for (const chunk of chunks) reader.read(chunk);
    if (sink.count !== requests)
      throw new Error(`${sink.count} of ${requests} requests were read.`);
  };
  return { name, operations: requests, bytes: bytes / requests, run };
}

export function frameReaderSuite(): MicroSuite {
  const poll = pollFrame();
  const perChunk = Math.floor(receivePieceBytes / poll.byteLength);
  const polls = Buffer.concat(Array.from({ length: perChunk }, () => poll));
  const odd = pieces(polls, poll.byteLength - 1);
  return {
    name: 'frame reader',
    tasks: [
      task(`${perChunk} small requests in one chunk`, [polls], perChunk),
      task('small requests, each cut in two', odd, perChunk),
      task('1 MB of SendMessages in chunks of 64 KiB', pieces(largeFrame(), receivePieceBytes), 1),
    ],
  };
}
