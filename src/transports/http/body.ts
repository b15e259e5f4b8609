import type { BufferPool } from '../../wire/buffer-pool.ts';
import { httpFirstClaimBytesMax } from '../../wire/limits.ts';
import { status } from '../../wire/status.ts';
import { type ApiError, malformed, refused } from './errors.ts';
import type { HostRequest } from './host/host.ts';

const NOTHING = Buffer.alloc(0);

/** Counts the bytes that requests and responses hold, all together. */
export interface ByteBudget {
  add(bytes: number): void;
}

/** What bodies are received with. */
export interface BodySettings {
  readonly bytesMax: number;
  readonly budget: ByteBudget;
  readonly pool: BufferPool;
}

/**
 * Receives the body of a request, up to a limit: what is beyond it is dropped as it arrives. Must
 * be made before the handler of the request returns.
 */
export class RequestBody {
  readonly #settings: BodySettings;
  /** How long it is to be, as the head of the request says; 0 when that says nothing. */
  readonly #announcedBytes: number;
  #buffer: Buffer = NOTHING;
  #bytes = 0;
  #failure: ApiError | undefined;
  #onEnd: (() => void) | undefined;
  #isEnded = false;

  constructor(request: HostRequest, settings: BodySettings) {
    this.#settings = settings;
    this.#announcedBytes = Number(request.header('content-length')) || 0;
    if (this.#announcedBytes > settings.bytesMax) this.#failure = this.#tooLarge();
    request.receive({ onChunk: (chunk) => this.#take(chunk), onEnd: () => this.#end() });
  }

  /**
   * The whole body, valid until `release`. Rejects with an `ApiError` with status 413 as soon as it
   * is known to be due.
   */
  async read(): Promise<Buffer> {
    if (!this.#isEnded && this.#failure === undefined) {
      await new Promise<void>((resolve) => {
        this.#onEnd = resolve;
      });
    }
    if (this.#failure !== undefined) throw this.#failure;
    return this.#buffer.subarray(0, this.#bytes);
  }

  /** Gives up what was received; its reader may still look at it. */
  drop(): void {
    this.#fail(refused(status.Disconnected, 'the caller has gone'));
  }

  /** Nobody will look at the body any more: its memory is used again. */
  release(): void {
    this.#settings.pool.release(this.#buffer);
    this.drop();
  }

  /** Who waits for the body waits in vain, and what comes from now on is not kept. */
  #fail(failure: ApiError): void {
    this.#failure = failure;
    this.#buffer = NOTHING;
    this.#settings.budget.add(-this.#bytes);
    this.#bytes = 0;
    this.#end();
  }

  #take(chunk: Uint8Array): void {
    if (this.#failure !== undefined || chunk.byteLength === 0) return;
    const bytes = this.#bytes + chunk.byteLength;
    if (bytes > this.#settings.bytesMax) return this.#fail(this.#tooLarge());
    if (bytes > this.#buffer.byteLength) this.#grow(bytes);
    // A copy: the chunk is the host's and may be gone after this.
    this.#buffer.set(chunk, this.#bytes);
    this.#bytes = bytes;
    this.#settings.budget.add(chunk.byteLength);
  }

  /** What was announced is claimed at once as far as it is little; beyond, memory follows bytes. */
  #grow(bytes: number): void {
    const announced = Math.min(this.#announcedBytes, httpFirstClaimBytesMax);
    const { pool } = this.#settings;
    const buffer = pool.allocate(Math.max(bytes, announced, 2 * this.#buffer.byteLength));
    this.#buffer.copy(buffer, 0, 0, this.#bytes);
    pool.release(this.#buffer);
    this.#buffer = buffer;
  }

  #end(): void {
    this.#isEnded = true;
    this.#onEnd?.();
  }

  #tooLarge(): ApiError {
    const limit = `http.max_request_size is ${this.#settings.bytesMax} bytes`;
    return malformed(413, `The body is too large: ${limit}.`);
  }
}
