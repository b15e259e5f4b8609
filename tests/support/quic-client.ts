import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type HostPort, QuicEndpoint } from '../../src/quic/endpoint.ts';
import { loadQuic } from '../../src/quic/library.ts';
import { type LinkEvents, QuicLink } from '../../src/quic/link.ts';
import { QuicConfigs } from '../../src/quic/settings.ts';
import type { Codec } from '../../src/wire/classic/codec.ts';
import { loginUser } from '../../src/wire/classic/commands/login-user.ts';
import { encodeRequest } from '../../src/wire/classic/frame.ts';
import { quicConnectionIdBytes, responseHeaderBytes } from '../../src/wire/limits.ts';
import { decode, type RawResponse, rootLogin } from './raw-client.ts';

/** Far more than any answer takes: it only keeps a broken broker from hanging a test for ever. */
const DEADLINE_MS = 60_000;
const BUFFER_BYTES = 4 * 1024 * 1024;

const defaults = {
  idleTimeoutMs: 10_000,
  windowBytes: 4 * 1024 * 1024,
  streamsMax: 0,
  payloadBytes: 1200,
  keepAliveMs: 0,
};

/** Transport settings of a client of a test. */
export type QuicClientSettings = Partial<typeof defaults>;

/** What came on a stream: all of it, or that the broker gave it up. */
export type StreamOutcome = Buffer | 'reset';

interface Reading {
  readonly chunks: Buffer[];
  readonly resolve: (outcome: StreamOutcome) => void;
}

/** A QUIC client that puts whatever bytes a test likes on streams and reads them to their end. */
export class QuicClient implements LinkEvents, AsyncDisposable {
  link!: QuicLink;
  endpoint!: QuicEndpoint;
  readonly #readings = new Map<number, Reading>();
  readonly #unsent = new Map<number, { bytes: Buffer; isEnd: boolean }>();
  readonly #scratch = Buffer.alloc(64 * 1024);
  #nextId = 0;
  #isReading = true;
  #onOpened!: () => void;
  #onEnded!: (reason: string) => void;
  readonly #opened = new Promise<void>((resolve) => {
    this.#onOpened = resolve;
  });
  /** Resolves with the reason when the broker ends the connection, or it times out. */
  readonly ended = new Promise<string>((resolve) => {
    this.#onEnded = resolve;
  });

  static async connect(
    address: string | undefined,
    settings: QuicClientSettings = {},
  ): Promise<QuicClient> {
    const client = new QuicClient();
    await client.#begin(address!, { ...defaults, ...settings });
    const failed = client.ended.then((reason) => Promise.reject(new Error(reason)));
    await Promise.race([client.#opened, failed]);
    failed.catch(() => {});
    return client;
  }

  /** Connected and logged in as root. */
  static async login(
    address: string | undefined,
    settings?: QuicClientSettings,
  ): Promise<QuicClient> {
    const client = await QuicClient.connect(address, settings);
    await client.call(loginUser, rootLogin);
    return client;
  }

  /** Puts bytes on a new stream, and its end; resolves with all that comes back. */
  exchange(bytes: Uint8Array): Promise<StreamOutcome> {
    const { id, outcome } = this.open();
    this.write(id, bytes, true);
    return outcome;
  }

  /** Opens a stream that is written to piece by piece. */
  open(): { id: number; outcome: Promise<StreamOutcome> } {
    const id = this.#nextId;
    this.#nextId += 4;
    let timer: NodeJS.Timeout | undefined;
    const outcome = new Promise<StreamOutcome>((resolve, reject) => {
      this.#readings.set(id, { chunks: [], resolve });
      const onTimeout = () => reject(new Error(`No answer on stream ${id}.`));
      timer = setTimeout(onTimeout, DEADLINE_MS);
      void this.ended.then((reason) => reject(new Error(reason)));
    });
    const settled = outcome.finally(() => clearTimeout(timer));
    // Whoever waits for it hears of it; a test may also not care.
    settled.catch(() => {});
    return { id, outcome: settled };
  }

  write(id: number, bytes: Uint8Array, isEnd: boolean): void {
    const before = this.#unsent.get(id);
    const all = before === undefined ? Buffer.from(bytes) : Buffer.concat([before.bytes, bytes]);
    this.#unsent.set(id, { bytes: all, isEnd });
    this.#send(id);
  }

  /** Bytes of a stream that there was no room for. */
  unsentBytes(id: number): number {
    return this.#unsent.get(id)?.bytes.byteLength ?? 0;
  }

  /** Sends a request and reads its response. */
  async request<Request, Response>(
    codec: Codec<Request, Response>,
    request: Request,
  ): Promise<RawResponse> {
    return responseOf(await this.exchange(encodeRequest(codec, request)));
  }

  /** The decoded answer of a request that must succeed. */
  async call<Request, Response>(
    codec: Codec<Request, Response>,
    request: Request,
  ): Promise<Response> {
    return decode(codec, await this.request(codec, request));
  }

  /** Leaves responses unread until they are wanted again. */
  pauseReading(isPaused: boolean): void {
    this.#isReading = !isPaused;
    if (this.#isReading) for (const id of [...this.#readings.keys()]) this.onReadable(id);
  }

  /** Is gone without a word. */
  vanish(): void {
    this.#onEnded('vanished');
    this.endpoint.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.link.close(0, '');
    this.endpoint.close();
  }

  onEstablished(): void {
    this.#onOpened();
  }

  onReadable(id: number): void {
    const reading = this.#readings.get(id);
    while (reading !== undefined && this.#isReading) {
      const read = this.link.read(id, this.#scratch);
      if (read === undefined) return;
      reading.chunks.push(Buffer.from(this.#scratch.subarray(0, read.bytes)));
      if (!read.isEnd) continue;
      this.#readings.delete(id);
      return reading.resolve(read.isReset ? 'reset' : Buffer.concat(reading.chunks));
    }
  }

  onProgress(): void {
    for (const id of [...this.#unsent.keys()]) this.#send(id);
  }

  onClosed(reason: string): void {
    this.#onEnded(reason);
    this.endpoint.close();
  }

  #send(id: number): void {
    const { bytes, isEnd } = this.#unsent.get(id)!;
    const written = this.link.write(id, bytes, isEnd);
    if (written === bytes.byteLength || written < 0) this.#unsent.delete(id);
    else this.#unsent.set(id, { bytes: bytes.subarray(written), isEnd });
  }

  async #begin(address: string, settings: typeof defaults): Promise<void> {
    const library = await loadQuic();
    const peer = peerOf(address);
    this.endpoint = await QuicEndpoint.open(
      {
        host: '127.0.0.1',
        port: 0,
        peer,
        receiveBufferBytes: BUFFER_BYTES,
        sendBufferBytes: BUFFER_BYTES,
      },
      {
        onHandshake: (bytes, from) => this.link.receive(bytes, from),
        onError: (error) => this.#onEnded(error.message),
      },
    );
    const config = new QuicConfigs(library, settings, {}).for(peer.host);
    const id = randomBytes(quicConnectionIdBytes);
    const { local } = this.endpoint;
    const connection = library.Connection.connect('localhost', id, local, peer, config);
    this.link = new QuicLink(connection, this.endpoint, this, settings.keepAliveMs);
  }
}

/** `ip:port` of IPv4 in its parts. */
export function peerOf(address: string): HostPort {
  const [host, port] = address.split(':');
  return { host, port: Number(port) };
}

/** The one response that a stream must have held. */
export function responseOf(outcome: StreamOutcome): RawResponse {
  assert.notEqual(outcome, 'reset', 'the broker gave the stream up');
  const bytes = outcome as Buffer;
  assert.ok(bytes.byteLength >= responseHeaderBytes, 'the stream ended without a response');
  const payload = bytes.subarray(responseHeaderBytes);
  assert.equal(payload.byteLength, bytes.readUInt32LE(4), 'bytes behind the response');
  return { status: bytes.readUInt32LE(0), payload };
}
