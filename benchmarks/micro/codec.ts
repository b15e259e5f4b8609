// Requests and answers as values and bytes: what the broker reads of each request, what the client
// library writes and reads of a batch.
import {
  polledHeadBytes,
  pollMessages,
  writePolledHead,
} from '../../src/wire/classic/commands/poll-messages.ts';
import {
  readSendMessagesRouting,
  type SendMessagesRequest,
  sendMessages,
} from '../../src/wire/classic/commands/send-messages.ts';
import { encodeRequest } from '../../src/wire/classic/frame.ts';
import { decodeMessages } from '../../src/wire/classic/messages.ts';
import { messageHeaderBytes, requestHeaderBytes } from '../../src/wire/limits.ts';
import { Reader } from '../../src/wire/reader.ts';
import { Writer } from '../../src/wire/writer.ts';
import { type MicroSuite, type MicroTask, repeat } from './suite.ts';

const OPERATIONS = 1000;
const MESSAGES = 1000;
const PAYLOAD_BYTES = 1000;

const topic = { streamId: 'orders', topicId: 'received' } as const;

const poll = encodeRequest(pollMessages, {
  ...topic,
  consumer: { kind: 'consumer', id: 1 },
  partitionId: 0,
  strategy: { kind: 'offset', value: 1_000_000n },
  count: MESSAGES,
  autoCommit: false,
}).subarray(requestHeaderBytes);

const payload = Buffer.alloc(PAYLOAD_BYTES, 'v');
const batch: SendMessagesRequest = {
  ...topic,
  partitioning: { kind: 'partition', partitionId: 0 },
  messages: Array.from({ length: MESSAGES }, () => ({ originTimestamp: 0n, payload })),
};
const send = encodeRequest(sendMessages, batch).subarray(requestHeaderBytes);
const frames = send.subarray(send.byteLength - MESSAGES * (messageHeaderBytes + PAYLOAD_BYTES));

/** What a broker reads and writes once a request. */
function brokerTasks(): MicroTask[] {
  return [
    {
      name: 'read PollMessages',
      operations: OPERATIONS,
      run: repeat(OPERATIONS, () => {
        pollMessages.readRequest(new Reader(poll));
      }),
    },
    {
      name: 'write the head of a poll answer',
      operations: OPERATIONS,
      run: repeat(OPERATIONS, () => {
        const head = new Writer(polledHeadBytes);
        writePolledHead(head, { partitionId: 0, currentOffset: 1n, messagesCount: MESSAGES });
      }),
    },
    {
      name: 'read the routing of SendMessages',
      operations: OPERATIONS,
      run: repeat(OPERATIONS, () => {
        readSendMessagesRouting(new Reader(send));
      }),
    },
  ];
}

/** What a client does with a batch of 1,000 messages of 1,000 bytes. */
function clientTasks(): MicroTask[] {
  const pooled = Buffer.alloc(requestHeaderBytes + send.byteLength);
  return [
    {
      name: 'write SendMessages, 1,000 messages',
      operations: 1,
      bytes: MESSAGES * PAYLOAD_BYTES,
      run: () => {
        encodeRequest(sendMessages, batch, new Writer(pooled.byteLength, () => pooled));
      },
    },
    {
      name: 'find 1,000 messages of a poll',
      operations: 1,
      bytes: MESSAGES * PAYLOAD_BYTES,
      run: () => {
        decodeMessages(frames, MESSAGES);
      },
    },
  ];
}

export function codecSuite(): MicroSuite {
  return { name: 'codec', tasks: [...brokerTasks(), ...clientTasks()] };
}
