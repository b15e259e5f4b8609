import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Codec } from '../../src/wire/classic/codec.ts';
import { loginUser } from '../../src/wire/classic/commands/login-user.ts';
import { encodeRequest } from '../../src/wire/classic/frame.ts';
import { responseHeaderBytes } from '../../src/wire/limits.ts';
import { Reader } from '../../src/wire/reader.ts';
import { STATUS_OK } from '../../src/wire/status.ts';

/** A response as it came off the wire. */
export interface RawResponse {
  readonly status: number;
  readonly payload: Buffer;
}

interface Waiter {
  readonly resolve: (response: RawResponse) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** Where a broker of a test listens. */
interface Listening {
  readonly addresses: { readonly tcp?: string };
  /** Default false. */
  readonly speaksTls?: boolean;
}

/** Far more than any answer takes: it only keeps a broken broker from hanging a test for ever. */
const DEADLINE_MS = 60_000;

/** What the root user of a broker logs in with. */
export const rootLogin = { username: 'iggy', password: 'iggy', version: '', context: '' };

/** A TCP or TLS client that sends whatever bytes a test likes and reads responses in order. */
export class RawClient implements AsyncDisposable {
  readonly socket: Socket;
  #chunks: Buffer[] = [];
  #received = 0;
  /** Bytes that the response needs whose header or payload is being received. */
  #needed = responseHeaderBytes;
  #header: Buffer | undefined;
  readonly #responses: RawResponse[] = [];
  readonly #waiters: Waiter[] = [];
  #isClosed = false;
  readonly #closed: Promise<void>;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#take(chunk));
    // A broker that cuts a client resets the connection: what matters is that it is closed.
    socket.on('error', () => {});
    this.#closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.#onClose();
        resolve();
      });
    });
  }

  static async connect({ addresses, speaksTls = false }: Listening): Promise<RawClient> {
    const [host, port] = addresses.tcp!.split(':');
    const target = { host, port: Number(port) };
    const socket = speaksTls
      ? connectTls({ ...target, rejectUnauthorized: false })
      : createConnection(target);
    await once(socket, speaksTls ? 'secureConnect' : 'connect');
    return new RawClient(socket);
  }

  /** Speaks over a connection that a test has made. */
  static over(socket: Socket): RawClient {
    return new RawClient(socket);
  }

  /** Connected and logged in as root. */
  static async login(broker: Listening): Promise<RawClient> {
    const client = await RawClient.connect(broker);
    await client.call(loginUser, rootLogin);
    return client;
  }

  /** Sends bytes; resolves when the system took them, or when the connection closes. */
  async write(bytes: Uint8Array): Promise<void> {
    await new Promise<void>((resolve) => this.socket.write(bytes, () => resolve()));
  }

  /** The next response that no earlier call has claimed. Rejects when the connection ends first. */
  next(): Promise<RawResponse> {
    const response = this.#responses.shift();
    if (response !== undefined) return Promise.resolve(response);
    if (this.#isClosed) return Promise.reject(new Error('The connection is closed.'));
    return new Promise((resolve, reject) => {
      const onTimeout = () => reject(new Error(`No response within ${DEADLINE_MS} ms.`));
      this.#waiters.push({ resolve, reject, timer: setTimeout(onTimeout, DEADLINE_MS) });
    });
  }

  /** The next so many responses. */
  async take(count: number): Promise<RawResponse[]> {
    return Promise.all(Array.from({ length: count }, () => this.next()));
  }

  /** Responses that came and that nobody has asked for. */
  received(): RawResponse[] {
    return this.#responses.splice(0);
  }

  /** Sends bytes that are one request and reads its response. */
  exchange(frame: Uint8Array): Promise<RawResponse> {
    this.socket.write(frame);
    return this.next();
  }

  /** Status and decoded payload of a request. */
  async request<Request, Response>(
    codec: Codec<Request, Response>,
    request: Request,
  ): Promise<RawResponse> {
    return this.exchange(encodeRequest(codec, request));
  }

  /** The decoded answer of a request that must succeed. */
  async call<Request, Response>(
    codec: Codec<Request, Response>,
    request: Request,
  ): Promise<Response> {
    return decode(codec, await this.request(codec, request));
  }

  /** The status of a request; a failure must come without a payload. */
  async status<Request, Response>(codec: Codec<Request, Response>, request: Request) {
    return statusOf(await this.request(codec, request));
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Resolves when the connection is closed, from whichever side. */
  async closed(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      const onTimeout = () => reject(new Error(`Still open after ${DEADLINE_MS} ms.`));
      timer = setTimeout(onTimeout, DEADLINE_MS);
    });
    await Promise.race([this.#closed, late]);
    clearTimeout(timer);
  }

  /** Cuts the connection without any farewell. */
  destroy(): void {
    this.socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    await this.#closed;
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#received += chunk.byteLength;
    if (this.#received < this.#needed) return;
    const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    let start = 0;
    while (bytes.byteLength - start >= this.#needed) {
      const end = start + this.#needed;
      this.#advance(bytes.subarray(start, end));
      start = end;
    }
    this.#chunks = [bytes.subarray(start)];
    this.#received = bytes.byteLength - start;
  }

  #advance(bytes: Buffer): void {
    if (this.#header === undefined) {
      this.#header = bytes;
      this.#needed = bytes.readUInt32LE(4);
      return;
    }
    const response = { status: this.#header.readUInt32LE(0), payload: bytes };
    this.#header = undefined;
    this.#needed = responseHeaderBytes;
    const waiter = this.#waiters.shift();
    if (waiter === undefined) return void this.#responses.push(response);
    clearTimeout(waiter.timer);
    waiter.resolve(response);
  }

  #onClose(): void {
    this.#isClosed = true;
    for (const { reject, timer } of this.#waiters.splice(0)) {
      clearTimeout(timer);
      reject(new Error('The connection closed before the response.'));
    }
  }
}

/** The decoded payload of a response that must be a success. */
export function decode<Response>(
  codec: Codec<unknown, Response>,
  { status, payload }: RawResponse,
): Response {
  assert.equal(status, STATUS_OK, `${codec.name} failed`);
  return codec.readResponse(new Reader(payload));
}

/** The status of a response; a failure must come without a payload. */
export function statusOf({ status, payload }: RawResponse): number {
  if (status !== STATUS_OK) assert.equal(payload.byteLength, 0, 'an error has a payload');
  return status;
}
