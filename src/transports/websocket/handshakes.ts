import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { httpHeadTimeoutMs } from '../../wire/limits.ts';
import { acceptKeySuffix } from '../../wire/websocket-frames.ts';
import type { Opened } from '../tcp/protocol.ts';

/** A connection whose request has not arrived. */
interface Waiting {
  readonly opened: Opened;
  readonly forget: () => void;
}

const KEY_PATTERN = /^[+/0-9A-Za-z]{22}==$/;
const VERSION = '13';
const UPGRADE_REQUIRED =
  'HTTP/1.1 426 Upgrade Required\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n' +
  'connection: upgrade, close\r\ncontent-length: 0\r\n\r\n';
const BAD_REQUEST = 'HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n';

/**
 * Takes connections through the request with which they become a WebSocket, on any path, without
 * subprotocol and extensions (protocol section 1.6).
 */
export class WebSocketHandshakes {
  /** It listens nowhere: connections are handed to it. */
  readonly #server = createServer({ noDelay: true });
  readonly #waiting = new Map<Socket, Waiting>();

  constructor() {
    this.#server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) =>
      this.#onUpgrade(request, socket, head),
    );
    this.#server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      // What is no upgrade is told so in the same words.
      response.detachSocket(request.socket);
      request.socket.end(UPGRADE_REQUIRED);
    });
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  begin(socket: Socket, opened: Opened): void {
    const timer = setTimeout(() => socket.destroy(), httpHeadTimeoutMs);
    timer.unref();
    const forget = () => {
      clearTimeout(timer);
      socket.off('close', forget);
      this.#waiting.delete(socket);
    };
    socket.on('close', forget);
    this.#waiting.set(socket, { opened, forget });
    this.#server.emit('connection', socket);
    socket.resume();
  }

  destroy(): void {
    for (const socket of this.#waiting.keys()) socket.destroy();
  }

  #onUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    socket.pause();
    const waiting = this.#waiting.get(socket);
    const refusal = refusalOf(request);
    if (waiting === undefined) return void socket.destroy();
    if (refusal !== undefined) return void socket.on('error', () => {}).end(refusal);
    waiting.forget();
    if (head.byteLength > 0) socket.unshift(head);
    waiting.opened(socket, acceptanceOf(request));
  }
}

function refusalOf({ method, headers }: IncomingMessage): string | undefined {
  const isWebSocket = headers.upgrade?.toLowerCase() === 'websocket';
  if (!isWebSocket || headers['sec-websocket-version'] !== VERSION) return UPGRADE_REQUIRED;
  const isWhole = method === 'GET' && KEY_PATTERN.test(headers['sec-websocket-key'] ?? '');
  return isWhole ? undefined : BAD_REQUEST;
}

function acceptanceOf({ headers }: IncomingMessage): Buffer {
  const key = createHash('sha1').update(`${headers['sec-websocket-key']}${acceptKeySuffix}`);
  return Buffer.from(
    'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n' +
      `sec-websocket-accept: ${key.digest('base64')}\r\n\r\n`,
  );
}
