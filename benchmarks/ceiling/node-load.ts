// The load generator in plain Node, for machines without a C compiler: arguments, checks and
// output of load.c, with all connections on one thread.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { LoadOptions, LoadResult } from './measurement.ts';
import {
  batchRequest,
  createStreamRequest,
  createTopicRequest,
  deleteStreamRequest,
  loginRequest,
  pollRequest,
  sizes,
} from './node-frames.ts';
import { ExactReader } from './node-socket.ts';
import { percentile } from './statistics.ts';

interface Connection {
  readonly socket: Socket;
  readonly reader: ExactReader;
  readonly latenciesUs: number[];
}

async function readAnswer({ reader }: Connection, request: string): Promise<Buffer> {
  const header = await reader.read(sizes.responseHeaderBytes);
  if (!header) throw new Error(`The connection ended before the answer to ${request}.`);
  const status = header.readUInt32LE(0);
  if (status !== 0) throw new Error(`${request} was answered with status ${status}.`);
  const payload = await reader.read(header.readUInt32LE(4));
  if (!payload) throw new Error(`The answer to ${request} is cut off.`);
  return payload;
}

function control(connection: Connection, frame: Buffer, request: string): Promise<Buffer> {
  connection.socket.write(frame);
  return readAnswer(connection, request);
}

async function open(port: number): Promise<Connection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => socket.destroy());
  await once(socket, 'connect');
  const connection = { socket, reader: new ExactReader(socket), latenciesUs: [] };
  await control(connection, loginRequest(), 'LoginUser');
  return connection;
}

async function send(connection: Connection, options: LoadOptions, frame: Buffer): Promise<void> {
  const sentMs: number[] = [];
  for (let answered = 0; answered < options.batches; answered++) {
    while (sentMs.length < options.batches && sentMs.length - answered < options.depth) {
      sentMs.push(performance.now());
      connection.socket.write(frame);
    }
    const payload = await readAnswer(connection, 'SendMessages');
    if (payload.length !== 0) throw new Error('SendMessages was answered with a payload.');
    connection.latenciesUs.push((performance.now() - sentMs[answered]) * 1000);
  }
}

function checkMessage(message: Buffer, offset: number, options: LoadOptions): void {
  const expected = options.offsetsAssigned ? offset : 0;
  const correct =
    Number(message.readBigUInt64LE(24)) === expected &&
    message.readUInt32LE(8) === (offset % sizes.messagesPerBatch) + 1 &&
    message.readUInt32LE(52) === sizes.payloadBytes;
  if (!correct) throw new Error(`Message ${offset} has a wrong offset, id or length.`);
}

function checkAnswer(answer: Buffer, offset: number, asked: number, options: LoadOptions): number {
  const count = answer.readUInt32LE(12);
  const expectedBytes = sizes.pollHeaderBytes + count * sizes.messageBytes;
  if (count === 0 || count > asked || answer.length !== expectedBytes) {
    throw new Error(`A poll at ${offset} was answered with ${count} of ${asked} messages.`);
  }
  const last = sizes.pollHeaderBytes + (count - 1) * sizes.messageBytes;
  checkMessage(answer.subarray(sizes.pollHeaderBytes), offset, options);
  checkMessage(answer.subarray(last), offset + count - 1, options);
  return count;
}

/** Asks for what is not there yet, as a consumer does that has read everything. */
async function pollEnd(connection: Connection, partition: number): Promise<void> {
  connection.socket.write(pollRequest(partition, 0, sizes.messagesPerBatch));
  const { length } = await readAnswer(connection, 'PollMessages');
  if (length !== sizes.pollHeaderBytes) throw new Error('A poll of nothing has found something.');
}

async function poll(
  connection: Connection,
  options: LoadOptions,
  partition: number,
): Promise<void> {
  for (let pass = 0; pass < options.passes; pass++) await pollPass(connection, options, partition);
}

async function pollPass(
  connection: Connection,
  options: LoadOptions,
  partition: number,
): Promise<void> {
  const total = options.batches * sizes.messagesPerBatch;
  for (let offset = 0; offset < total; ) {
    const asked = Math.min(sizes.messagesPerBatch, total - offset);
    const sentMs = performance.now();
    connection.socket.write(pollRequest(partition, offset, asked));
    const answer = await readAnswer(connection, 'PollMessages');
    connection.latenciesUs.push((performance.now() - sentMs) * 1000);
    offset += checkAnswer(answer, offset, asked, options);
  }
}

function summarize(options: LoadOptions, latenciesUs: number[], seconds: number): LoadResult {
  const { mode, connections, batches, passes } = options;
  const bytes = connections * batches * passes * sizes.messagesPerBatch * sizes.payloadBytes;
  return {
    mode,
    connections,
    batches,
    passes,
    bytes,
    requests: latenciesUs.length,
    seconds,
    mbPerSecond: bytes / 1e6 / seconds,
    latencyUsP50: percentile(latenciesUs, 50),
    latencyUsP99: percentile(latenciesUs, 99),
  };
}

async function work(connections: Connection[], options: LoadOptions): Promise<LoadResult> {
  if (options.mode === 'send') {
    await control(connections[0], createStreamRequest(), 'CreateStream');
    await control(connections[0], createTopicRequest(options.connections), 'CreateTopic');
  }
  if (options.isFollowed) await Promise.all(connections.map(pollEnd));
  const frames = connections.map((_, partition) => batchRequest(partition));
  const startedMs = performance.now();
  const step = (connection: Connection, partition: number) =>
    options.mode === 'send'
      ? send(connection, options, frames[partition])
      : poll(connection, options, partition);
  await Promise.all(connections.map(step));
  const seconds = (performance.now() - startedMs) / 1000;
  const latenciesUs = connections.flatMap((connection) => connection.latenciesUs);
  return summarize(options, latenciesUs, seconds);
}

/** Sends or polls over `options.connections` connections; rejects at the first wrong answer. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const connections: Connection[] = [];
  try {
    for (let number = 0; number < options.connections; number++) {
      connections.push(await open(options.port));
    }
    return await work(connections, options);
  } finally {
    for (const { socket } of connections) socket.destroy();
  }
}

/** Deletes the benchmark's stream. */
export async function deleteStream(port: number): Promise<void> {
  const connection = await open(port);
  await control(connection, deleteStreamRequest(), 'DeleteStream');
  connection.socket.destroy();
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      connections: { type: 'string', default: '1' },
      batches: { type: 'string', default: '100' },
      passes: { type: 'string', default: '1' },
      depth: { type: 'string', default: '1' },
      deadline: { type: 'string', default: '60' },
      offsets: { type: 'string', default: 'assigned' },
      followed: { type: 'boolean', default: false },
    },
  });
  const [mode, port] = positionals;
  setTimeout(() => process.exit(3), Number(values.deadline) * 1000).unref();
  if (mode === 'delete') return deleteStream(Number(port));
  if (mode !== 'send' && mode !== 'poll') throw new Error('The mode is send, poll or delete.');
  const result = await runLoad({
    mode,
    port: Number(port),
    connections: Number(values.connections),
    batches: Number(values.batches),
    passes: Number(values.passes),
    depth: Number(values.depth),
    offsetsAssigned: values.offsets !== 'unassigned',
    isFollowed: values.followed,
  });
  console.log(JSON.stringify(result));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await main();
