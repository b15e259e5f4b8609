import { readSync } from 'node:fs';
import { createConnection, createServer, Socket } from 'node:net';
import { receiveRestBytes, receiveRestBytesMax } from '../../wire/limits/early-stamps.ts';
import { receivePieceBytes } from '../../wire/limits.ts';

/** How bytes get from a socket to a connection. */
export type ReceiveMode = 'direct' | 'copy';

/** What takes the bytes of a connection. */
export interface ByteInput {
  /** Where the next bytes should go, so many at most; undefined for anywhere. */
  target(bytesMax: number): Buffer | undefined;
  /** Bytes in front of `end` that were received elsewhere. False when reading must stop. */
  onBytes(chunk: Buffer, end: number): boolean;
  /** Bytes that were received into the target. False when reading must stop. */
  onFilled(bytes: number): boolean;
}

interface HandleOwner {
  _handle: object | null;
}

interface ReadingHandle {
  /** Negative when it is closed. */
  readonly fd: number;
  reading: boolean;
  readStop(): void;
}

const PROBE_TIMEOUT_MS = 1000;
const PROBE_BYTE = 0x56;

/**
 * A socket over the handle of an accepted one, which reads into buffers of our choice. Node
 * documents such buffers for sockets that connect, not for accepted ones, hence the probe below.
 */
function wrapDirect(
  accepted: Socket,
  nextBuffer: () => Uint8Array,
  onRead: (bytes: number, buffer: Uint8Array) => boolean,
): Socket {
  const owner = accepted as unknown as HandleOwner;
  const handle = handleOf(accepted);
  owner._handle = null;
  // It reads already when a header in front of the connection was read from it.
  handle.reading = false;
  handle.readStop();
  const options = { handle, allowHalfOpen: true, onread: { buffer: nextBuffer, callback: onRead } };
  return new Socket(options as ConstructorParameters<typeof Socket>[0]);
}

/** What Node.js has of a socket that is not destroyed. */
export function handleOf(socket: Socket): ReadingHandle {
  return (socket as unknown as HandleOwner)._handle as ReadingHandle;
}

/**
 * Reads what has arrived of a large frame at once: through Node.js each piece costs as much as the
 * copy of its bytes. `read` gives how many it put into its target. False when reading must stop.
 */
export function readRest(input: ByteInput, read: (target: Buffer) => number): boolean {
  for (let left = receiveRestBytesMax; left > 0; left -= receiveRestBytes) {
    const rest = input.target(receiveRestBytes);
    if (rest === undefined || rest.byteLength < receivePieceBytes) return true;
    const bytes = read(rest);
    if (bytes > 0 && !input.onFilled(bytes)) return false;
    if (bytes < rest.byteLength) return true;
  }
  return true;
}

/** 0 when there is nothing now; what is wrong with the socket Node.js finds when it reads next. */
function readNow(fd: number, target: Buffer): number {
  try {
    return readSync(fd, target);
  } catch {
    return 0;
  }
}

/**
 * Makes the socket of an accepted connection. `attach` makes what takes its bytes. All direct
 * sockets share one scratch buffer: the system fills it and the callback empties it in one go.
 */
export function receive(
  accepted: Socket,
  mode: ReceiveMode,
  scratch: Buffer,
  attach: (socket: Socket) => ByteInput,
): void {
  if (mode === 'copy') {
    const input = attach(accepted);
    accepted.on('data', (chunk: Buffer) => {
      if (!input.onBytes(chunk, chunk.byteLength)) accepted.pause();
    });
    accepted.resume();
    return;
  }
  let input: ByteInput | undefined;
  let target: Buffer | undefined;
  const nextBuffer = () => {
    target = input?.target(receivePieceBytes);
    return target ?? scratch;
  };
  const { fd } = handleOf(accepted);
  const read = (rest: Buffer) => readNow(fd, rest);
  const onRead = (bytes: number, buffer: Uint8Array) => {
    if (input === undefined) return false;
    const goesOn = target === undefined ? input.onBytes(scratch, bytes) : input.onFilled(bytes);
    const isFull = bytes === buffer.byteLength;
    return goesOn && isFull ? readRest(input, read) : goesOn;
  };
  // What came with a header in front of the connection.
  const early: Buffer | null = accepted.readableLength > 0 ? accepted.read() : null;
  const socket = wrapDirect(accepted, nextBuffer, onRead);
  input = attach(socket);
  if (early !== null && !input.onBytes(early, early.byteLength)) socket.pause();
}

/** Finds out on a loopback connection whether direct receiving works in this Node. */
export async function probeDirect(): Promise<boolean> {
  // Windows hands buffers to the system before data is there: sharing one would mix connections up.
  if (process.platform === 'win32') return false;
  const server = createServer({ pauseOnConnect: true });
  const sockets: Socket[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return await new Promise<boolean>((resolve) => {
      setTimeout(() => resolve(false), PROBE_TIMEOUT_MS).unref();
      const shared = Buffer.from(new SharedArrayBuffer(1));
      server.once('connection', (accepted) => {
        const onRead = (bytes: number, buffer: Uint8Array) => {
          resolve(bytes === 1 && buffer.buffer === shared.buffer && shared[0] === PROBE_BYTE);
          return true;
        };
        const socket = wrapDirect(accepted, () => shared, onRead);
        socket.on('error', () => resolve(false));
        sockets.push(socket);
      });
      const { port } = server.address() as { port: number };
      const client = createConnection({ port, host: '127.0.0.1' }, () => {
        client.write(Buffer.of(PROBE_BYTE));
      });
      client.on('error', () => resolve(false));
      sockets.push(client);
    });
  } catch {
    return false;
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}
