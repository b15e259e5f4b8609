import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { Codec } from '../../src/wire/classic/codec.ts';
import { loginUser } from '../../src/wire/classic/commands/login-user.ts';
import { encodeRequest } from '../../src/wire/classic/frame.ts';
import { decode, type RawResponse, rootLogin } from './raw-client.ts';

const HEADER_BYTES = 8;

/** A client over WebSocket that sends whatever a test likes and reads responses in order. */
export class WebSocketClient implements AsyncDisposable {
  readonly socket: WebSocket;
  /** Bytes of each message that came. */
  readonly messages: number[] = [];
  #received: Buffer = Buffer.alloc(0);
  readonly #responses: RawResponse[] = [];
  readonly #waiters: ((response: RawResponse) => void)[] = [];
  /** How the broker closed. */
  readonly closed: Promise<{ code: number; reason: string }>;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (message: Buffer) => this.#take(message));
    socket.on('error', () => {});
    this.closed = once(socket, 'close').then(([code, reason]) => ({ code, reason: `${reason}` }));
  }

  static async connect(address: string | undefined, path = '/'): Promise<WebSocketClient> {
    const socket = new WebSocket(`ws://${address}${path}`, { perMessageDeflate: false });
    const client = new WebSocketClient(socket);
    await once(socket, 'open');
    return client;
  }

  /** Connected and logged in as root. */
  static async login(address: string | undefined): Promise<WebSocketClient> {
    const client = await WebSocketClient.connect(address);
    await client.call(loginUser, rootLogin);
    return client;
  }

  /** The next response that no earlier call has claimed. */
  next(): Promise<RawResponse> {
    const response = this.#responses.shift();
    if (response !== undefined) return Promise.resolve(response);
    const gone = this.closed.then(({ code }) => Promise.reject(new Error(`closed with ${code}`)));
    return Promise.race([new Promise<RawResponse>((resolve) => this.#waiters.push(resolve)), gone]);
  }

  /** Sends bytes that are one request, as one message, and reads its response. */
  exchange(frame: Uint8Array): Promise<RawResponse> {
    this.socket.send(frame);
    return this.next();
  }

  /** The decoded answer of a request that must succeed. */
  async call<Request, Response>(
    codec: Codec<Request, Response>,
    request: Request,
  ): Promise<Response> {
    return decode(codec, await this.exchange(encodeRequest(codec, request)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.terminate();
    await this.closed;
  }

  #take(message: Buffer): void {
    this.messages.push(message.byteLength);
    this.#received = Buffer.concat([this.#received, message]);
    while (this.#received.byteLength >= HEADER_BYTES) {
      const end = HEADER_BYTES + this.#received.readUInt32LE(4);
      if (this.#received.byteLength < end) return;
      const payload = this.#received.subarray(HEADER_BYTES, end);
      const response = { status: this.#received.readUInt32LE(0), payload };
      this.#received = this.#received.subarray(end);
      const waiter = this.#waiters.shift();
      if (waiter === undefined) this.#responses.push(response);
      else waiter(response);
    }
  }
}
