// The ceiling server in plain Node, for machines without a C compiler: the work of server.c on
// one thread, with as few checks.
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { codes, sizes } from './node-frames.ts';
import { ExactReader } from './node-socket.ts';

const STATUS_INVALID_COMMAND = 3;

interface AppendedFile {
  readonly path: string;
  readonly descriptor: number;
  bytes: number;
}

interface Partition {
  readonly log: AppendedFile;
  readonly index: AppendedFile;
}

function openFile(path: string): AppendedFile {
  return { path, descriptor: openSync(path, 'w+'), bytes: 0 };
}

function deleteFile(file: AppendedFile): void {
  closeSync(file.descriptor);
  unlinkSync(file.path);
}

function append(file: AppendedFile, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) {
    const put = writeSync(file.descriptor, bytes, done, bytes.length - done, file.bytes);
    done += put;
    file.bytes += put;
  }
}

function skipIdentifier(payload: Buffer, at: number): number {
  return at + 2 + payload[at + 1];
}

function answer(status: number, payload: Buffer = Buffer.alloc(0)): Buffer[] {
  const header = Buffer.alloc(sizes.responseHeaderBytes);
  header.writeUInt32LE(status, 0);
  header.writeUInt32LE(payload.length, 4);
  return [header, payload];
}

function streamAnswer(): Buffer[] {
  return answer(0, Buffer.concat([Buffer.alloc(32), Buffer.from('\x07ceiling')]));
}

function topicAnswer(partitions: number): Buffer[] {
  const payload = Buffer.alloc(58 + 40 * partitions);
  payload.writeUInt32LE(partitions, 12);
  payload[24] = 1;
  payload[33] = 1;
  payload.write('\x07ceiling', 50);
  for (let number = 0; number < partitions; number++) {
    payload.writeUInt32LE(number, 58 + 40 * number);
  }
  return answer(0, payload);
}

/** The one stream and topic there is: its partitions' files in one folder. */
class Topic {
  readonly #folder: string;
  #partitions: Partition[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  create(count: number): Buffer[] {
    this.#partitions = Array.from({ length: count }, (_, number) => ({
      log: openFile(join(this.#folder, `${number}.log`)),
      index: openFile(join(this.#folder, `${number}.index`)),
    }));
    return topicAnswer(count);
  }

  delete(): Buffer[] {
    for (const { log, index } of this.#partitions.splice(0)) {
      deleteFile(log);
      deleteFile(index);
    }
    return answer(0);
  }

  send(payload: Buffer): Buffer[] {
    const partitioning = skipIdentifier(payload, skipIdentifier(payload, 4));
    const partition = this.#partitions[payload.readUInt32LE(partitioning + 2)];
    const indexes = 4 + payload.readUInt32LE(0);
    const messages = indexes + payload.readUInt32LE(indexes - 4) * sizes.indexEntryBytes;
    append(partition.log, payload.subarray(messages));
    append(partition.index, payload.subarray(indexes, messages));
    return answer(0);
  }

  poll(payload: Buffer): Buffer[] {
    const routing = skipIdentifier(payload, skipIdentifier(payload, skipIdentifier(payload, 1)));
    const number = payload.readUInt32LE(routing + 1);
    const offset = Number(payload.readBigUInt64LE(routing + 6));
    const { log } = this.#partitions[number];
    const stored = log.bytes / sizes.messageBytes;
    const asked = payload.readUInt32LE(routing + 14);
    const count = Math.min(asked, Math.max(0, stored - offset));
    const body = Buffer.allocUnsafe(sizes.pollHeaderBytes + count * sizes.messageBytes);
    body.writeUInt32LE(number, 0);
    body.writeBigUInt64LE(BigInt(Math.max(0, stored - 1)), 4);
    body.writeUInt32LE(count, 12);
    const position = offset * sizes.messageBytes;
    readSync(log.descriptor, body, sizes.pollHeaderBytes, count * sizes.messageBytes, position);
    return answer(0, body);
  }
}

function dispatch(topic: Topic, code: number, payload: Buffer): Buffer[] {
  switch (code) {
    case codes.sendMessages:
      return topic.send(payload);
    case codes.pollMessages:
      return topic.poll(payload);
    case codes.ping:
      return answer(0);
    case codes.loginUser:
      return answer(0, Buffer.alloc(4));
    case codes.createStream:
      return streamAnswer();
    case codes.createTopic:
      return topic.create(payload.readUInt32LE(skipIdentifier(payload, 0)));
    case codes.deleteStream:
      return topic.delete();
    default:
      return answer(STATUS_INVALID_COMMAND);
  }
}

async function serveConnection(topic: Topic, socket: Socket): Promise<void> {
  const reader = new ExactReader(socket);
  for (;;) {
    const header = await reader.read(sizes.requestHeaderBytes);
    const payload = header && (await reader.read(header.readUInt32LE(0) - 4));
    if (!header || !payload) break;
    socket.cork();
    for (const piece of dispatch(topic, header.readUInt32LE(4), payload)) socket.write(piece);
    socket.uncork();
  }
  socket.destroy();
}

/** Starts the server on a free port of the loopback interface; its files go to `folder`. */
export function startServer(folder: string): Promise<Server> {
  const topic = new Topic(folder);
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    serveConnection(topic, socket).catch((error: unknown) => socket.destroy(error as Error));
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const server = await startServer(process.argv[2]);
  const { port } = server.address() as AddressInfo;
  console.log(JSON.stringify({ event: 'ready', tcp: `127.0.0.1:${port}` }));
  // The end of standard input is the signal to stop, as for the server in C.
  process.stdin.once('end', () => process.exit(0)).resume();
}
