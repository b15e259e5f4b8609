import { createHash, randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { clientReadBytes } from '../wire/limits.ts';
import {
  acceptKeySuffix,
  clientHead,
  controlBytesMax,
  FrameHead,
  keyBytes,
  opcode,
} from '../wire/websocket-frames.ts';
import type { ResolvedOptions } from './connect-options.ts';
import { tcpTransport } from './tcp-transport.ts';
import type { OpenTransport, Transport, TransportEvents } from './transport.ts';

type WebSocketOptions = Pick<ResolvedOptions, 'host' | 'port' | 'tls' | 'noDelay'>;

const LOOPBACK = /^(localhost|127\..*|::1)$/;
const REQUEST_KEY_BYTES = 16;
const ZERO_KEY = Buffer.alloc(keyBytes);
const ANSWER_END = Buffer.from('\r\n\r\n');
/** More than any server needs to say that it speaks WebSocket. */
const ANSWER_BYTES_MAX = 16 * 1024;

/**
 * Opens WebSockets over TCP or TLS. What the broker sends is handed on as it comes: libraries put
 * whole messages together first, which for large answers is most of the work.
 */
export function nodeWebSocketTransport(options: WebSocketOptions): OpenTransport {
  return async (events, signal) => {
    const socket = new NodeWebSocket(events, isPrivate(options));
    await socket.open(options, signal);
    return socket;
  };
}

/**
 * A mask keeps what a page may send from looking like something else to a proxy in between (RFC
 * 6455, section 10.3). Where nobody is in between, it is zero, which costs no look at each byte.
 */
function isPrivate({ host, tls }: WebSocketOptions): boolean {
  return tls !== null || LOOPBACK.test(host);
}

/** The request to become a WebSocket (RFC 6455, section 4.1). */
function requestOf({ host, port }: WebSocketOptions, key: string): Buffer {
  const name = isIP(host) === 6 ? `[${host}]` : host;
  return Buffer.from(
    `GET / HTTP/1.1\r\nHost: ${name}:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
}

/** Throws when an answer is not the one that makes a connection a WebSocket. */
function assertAccepted(answer: string, key: string): void {
  const [first, ...lines] = answer.split('\r\n');
  if (!/^HTTP\/1\.1 101\b/.test(first)) throw new Error(`the broker answered with "${first}"`);
  const accepted = createHash('sha1').update(`${key}${acceptKeySuffix}`).digest('base64');
  const headers = lines.map((line) => /^sec-websocket-accept:\s*(\S*)\s*$/i.exec(line)?.[1]);
  if (!headers.includes(accepted)) throw new Error('the broker answered to another request');
}

/** What the bytes that come next are. */
type Mode = 'answer' | 'head' | 'data' | 'ignored' | 'control';

/** Who waits for the connection to become a WebSocket. */
interface Opening {
  readonly key: string;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** One WebSocket: each request is a binary message, answers are what binary messages hold. */
class NodeWebSocket implements Transport, TransportEvents {
  readonly #events: TransportEvents;
  readonly #isPrivate: boolean;
  readonly #scratch = Buffer.allocUnsafeSlow(clientReadBytes);
  #transport!: Transport;
  #opening: Opening | undefined;
  #answer: Buffer = Buffer.alloc(0);
  readonly #head = new FrameHead();
  #mode: Mode = 'answer';
  #bytesLeft = 0;
  #isText = false;
  readonly #control = Buffer.alloc(controlBytesMax);
  #controlBytes = 0;
  #reason: Error | null = null;
  #isClosed = false;

  constructor(events: TransportEvents, isPrivate: boolean) {
    this.#events = events;
    this.#isPrivate = isPrivate;
  }

  /** Connects, and waits until requests may be sent. */
  async open(options: WebSocketOptions, signal: AbortSignal): Promise<void> {
    this.#transport = await tcpTransport(options)(this, signal);
    const key = randomBytes(REQUEST_KEY_BYTES).toString('base64');
    const onAbort = () => this.#opening?.reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await new Promise<void>((resolve, reject) => {
        this.#opening = { key, resolve, reject };
        this.#transport.send(requestOf(options, key));
        if (signal.aborted) onAbort();
      });
    } catch (error) {
      this.close();
      throw error;
    } finally {
      this.#opening = undefined;
      signal.removeEventListener('abort', onAbort);
    }
  }

  send(bytes: Uint8Array): void {
    this.#write(opcode.binary, bytes);
  }

  close(): void {
    this.#isClosed = true;
    this.#transport.close();
  }

  receiveBuffer(): Buffer {
    if (this.#mode !== 'data') return this.#scratch;
    return this.#events.receiveBuffer().subarray(0, this.#bytesLeft);
  }

  onBytes(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.byteLength && !this.#isClosed) at += this.#step(chunk, at);
  }

  onClose(error: Error | null): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const opening = this.#opening;
    if (opening === undefined) this.#events.onClose(this.#reason ?? error);
    else opening.reject(error ?? new Error('the broker closed the connection'));
  }

  /** Uses some bytes from an offset on, and returns how many. */
  #step(chunk: Buffer, at: number): number {
    if (this.#mode === 'answer') return this.#readAnswer(chunk, at);
    return this.#mode === 'head' ? this.#readHead(chunk, at) : this.#readPayload(chunk, at);
  }

  #readAnswer(chunk: Buffer, at: number): number {
    const before = this.#answer.byteLength;
    this.#answer = Buffer.concat([this.#answer, chunk.subarray(at)]);
    const end = this.#answer.indexOf(ANSWER_END);
    if (end < 0) {
      if (this.#answer.byteLength > ANSWER_BYTES_MAX) {
        this.#fail(new Error('the broker does not speak HTTP'));
      }
      return chunk.byteLength - at;
    }
    const { key, resolve } = this.#opening!;
    try {
      assertAccepted(this.#answer.toString('latin1', 0, end), key);
      this.#mode = 'head';
      resolve();
    } catch (error) {
      this.#fail(error as Error);
    }
    this.#answer = Buffer.alloc(0);
    return end + ANSWER_END.byteLength - before;
  }

  #write(kind: number, bytes: Uint8Array): void {
    const key = this.#isPrivate ? ZERO_KEY : randomBytes(keyBytes);
    this.#transport.send(clientHead(kind, bytes.byteLength, key));
    this.#transport.send(this.#isPrivate ? bytes : masked(bytes, key));
  }

  #readHead(chunk: Buffer, at: number): number {
    const taken = this.#head.take(chunk, at, chunk.byteLength);
    if (this.#head.isComplete) this.#begin();
    return taken;
  }

  #begin(): void {
    const { isControl, isMasked, kind, payloadBytes, usesReservedBits } = this.#head;
    this.#bytesLeft = payloadBytes;
    const isTooLarge = isControl && payloadBytes > controlBytesMax;
    if (usesReservedBits || isMasked || isTooLarge) {
      return this.#fail(new Error('the broker broke the rules of WebSocket'));
    }
    if (!isControl && kind !== opcode.continuation) this.#isText = kind === opcode.text;
    this.#controlBytes = 0;
    this.#mode = isControl ? 'control' : this.#isText ? 'ignored' : 'data';
    if (this.#bytesLeft === 0) this.#finish();
  }

  #readPayload(chunk: Buffer, at: number): number {
    const bytes = Math.min(this.#bytesLeft, chunk.byteLength - at);
    const isData = this.#mode === 'data';
    if (this.#mode === 'control') {
      this.#controlBytes += chunk.copy(this.#control, this.#controlBytes, at, at + bytes);
    }
    this.#bytesLeft -= bytes;
    if (this.#bytesLeft === 0) this.#finish();
    if (isData) this.#events.onBytes(chunk.subarray(at, at + bytes));
    return bytes;
  }

  #finish(): void {
    const isControl = this.#mode === 'control';
    this.#mode = 'head';
    if (isControl) this.#obey(this.#head.kind);
  }

  #obey(kind: number): void {
    const payload = Buffer.from(this.#control.subarray(0, this.#controlBytes));
    if (kind === opcode.ping) this.#write(opcode.pong, payload);
    if (kind !== opcode.close) return;
    const code = payload.byteLength < 2 ? '' : ` with ${payload.readUInt16BE(0)}`;
    const reason = payload.subarray(2).toString();
    if (reason !== '') this.#reason = new Error(`it was closed${code}: ${reason}`);
    this.#write(opcode.close, payload);
  }

  #fail(error: Error): void {
    this.#transport.close();
    this.onClose(error);
  }
}

function masked(bytes: Uint8Array, key: Uint8Array): Buffer {
  const copy = Buffer.from(bytes);
  for (let i = 0; i < copy.byteLength; i++) copy[i] ^= key[i & 3];
  return copy;
}
