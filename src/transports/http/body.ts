import { status } from '../../wire/status.ts';
import { type ApiError, malformed, refused } from './errors.ts';
import type { HostRequest } from './host/host.ts';

const NOTHING = Buffer.alloc(0);

/** Counts the bytes that requests and responses hold, all together. */
export interface ByteBudget {
  add(bytes: number): void;
}

/**
 * Receives the body of a request, up to a limit: what is beyond it is dropped as it arrives. Must
 * be made before the handler of the request returns.
 */
export class RequestBody {
  readonly #bytesMax: number;
  readonly #budget: ByteBudget;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #failure: ApiError | undefined;
  #onEnd: (() => void) | undefined;
  #isEnded = false;

  constructor(request: HostRequest, bytesMax: number, budget: ByteBudget) {
    this.#bytesMax = bytesMax;
    this.#budget = budget;
    const declared = request.header('content-length');
    const isTooLarge = declared !== undefined && Number(declared) > bytesMax;
    if (isTooLarge) this.#failure = this.#tooLarge();
    request.receive({ onChunk: (chunk) => this.#take(chunk), onEnd: () => this.#end() });
  }

  /** The whole body. Rejects with an `ApiError` with status 413 as soon as it is known to be. */
  async read(): Promise<Buffer> {
    if (!this.#isEnded && this.#failure === undefined) {
      await new Promise<void>((resolve) => {
        this.#onEnd = resolve;
      });
    }
    if (this.#failure !== undefined) throw this.#failure;
    const { length } = this.#chunks;
    if (length === 0) return NOTHING;
    return length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks, this.#bytes);
  }

  /** Gives up what was received; nobody will ask for more. */
  drop(): void {
    this.#fail(refused(status.Disconnected, 'the caller has gone'));
  }

  /** Who waits for the body waits in vain, and what comes from now on is not kept. */
  #fail(failure: ApiError): void {
    this.#failure = failure;
    this.#chunks.length = 0;
    this.#budget.add(-this.#bytes);
    this.#bytes = 0;
    this.#end();
  }

  #take(chunk: Uint8Array): void {
    if (this.#failure !== undefined || chunk.byteLength === 0) return;
    if (this.#bytes + chunk.byteLength > this.#bytesMax) return this.#fail(this.#tooLarge());
    this.#bytes += chunk.byteLength;
    this.#budget.add(chunk.byteLength);
    // A copy: the chunk is the host's and may be gone after this.
    this.#chunks.push(Buffer.from(chunk));
  }

  #end(): void {
    this.#isEnded = true;
    this.#onEnd?.();
  }

  #tooLarge(): ApiError {
    const limit = `http.max_request_size is ${this.#bytesMax} bytes`;
    return malformed(413, `The body is too large: ${limit}.`);
  }
}
