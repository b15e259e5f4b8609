import type { Dispatcher } from '../../commands/dispatcher.ts';
import type { Exchange, ExchangeOwner, ExchangePool } from '../../commands/exchange.ts';
import type { Session } from '../../commands/session.ts';
import type { BufferPool } from '../../wire/buffer-pool.ts';
import type { Codec } from '../../wire/classic/codec.ts';
import { frameBytesMin, responseHeaderBytes } from '../../wire/limits.ts';
import { Reader } from '../../wire/reader.ts';
import { STATUS_OK, status } from '../../wire/status.ts';
import { WireError } from '../../wire/wire-error.ts';
import { Writer } from '../../wire/writer.ts';
import type { PrintingMemory } from '../frame-memory.ts';
import { refused } from './errors.ts';

/** What commands are run with. */
export interface CommandServices {
  readonly dispatcher: Dispatcher;
  readonly exchanges: ExchangePool;
  readonly frameMemory: PrintingMemory;
  /** Calls back once when memory or room in the rings came back. */
  waitForRoom(waiter: () => void): void;
}

/** The payload of a SendMessages request that is yet to be written. */
export interface OutgoingBatch {
  readonly bytes: number;
  /** Fills the target, which has that length. Throws a `WireError` or an `ApiError`. */
  readonly writeTo: (target: Buffer) => void;
}

/**
 * Runs commands for one request over HTTP, one at a time: by their codecs and through the
 * dispatcher, as if they came in a frame. All of them reject with an `ApiError`.
 */
export class CommandCall implements ExchangeOwner {
  readonly takesFiles = false;
  /** Who asks. */
  session: Session;
  /** Buffers for large answers. */
  readonly pool: BufferPool;
  readonly #services: CommandServices;
  #exchange: Exchange | undefined;
  #isHurried = false;
  #onFinished: ((exchange: Exchange) => void) | undefined;

  constructor(session: Session, services: CommandServices, pool: BufferPool) {
    this.session = session;
    this.pool = pool;
    this.#services = services;
  }

  /** The shared memory that the pieces of an exchange lie in. */
  get frameMemory(): PrintingMemory {
    return this.#services.frameMemory;
  }

  /** Another call of the same caller, which runs commands beside this one. */
  beside(): CommandCall {
    return new CommandCall({ ...this.session, live: undefined }, this.#services, this.pool);
  }

  /** Runs any command but SendMessages and resolves with what it answers. */
  run<Request, Response>(codec: Codec<Request, Response>, request: Request): Promise<Response> {
    return this.runRaw(codec, request, ({ frame }) =>
      codec.readResponse(new Reader(frame.subarray(responseHeaderBytes))),
    );
  }

  /** The same for answers that are not read by the codec: `read` may look at them until it ends. */
  async runRaw<Request, Result>(
    codec: Codec<Request, unknown>,
    request: Request,
    read: (exchange: Exchange) => Result,
  ): Promise<Result> {
    return this.runPayload(codec.code, payloadOf(codec, request), read);
  }

  /** The same for a request whose payload is there already. */
  async runPayload<Result>(
    code: number,
    payload: Buffer,
    read: (exchange: Exchange) => Result,
  ): Promise<Result> {
    const { dispatcher } = this.#services;
    // Looked at again after every wait, and at once before the start: others wait for room as well.
    while (dispatcher.mayOverlap(code) && !dispatcher.hasRoom()) await this.#roomAgain();
    return this.#start(
      (exchange) => dispatcher.dispatch(exchange, code, payload, 0, payload.byteLength),
      read,
    );
  }

  /** Runs SendMessages; the batch is written into the frame memory straight away. */
  async send(batch: OutgoingBatch): Promise<void> {
    const { bytes } = batch;
    if (bytes > frameBytesMin) {
      throw refused(status.TooBigMessagePayload, `the batch has ${bytes} bytes as a frame`, 413);
    }
    let allocation = this.#allocate(bytes);
    while (allocation === 0) {
      await this.#roomAgain();
      allocation = this.#allocate(bytes);
    }
    this.#write(batch, allocation);
    const frame = { allocation, bytes };
    const { dispatcher } = this.#services;
    return this.#start(
      (exchange) => dispatcher.dispatchSend(exchange, frame),
      () => {},
    );
  }

  /** The caller has gone: what was asked for need not be done. */
  end(): void {
    this.session.isOpen = false;
    this.endWaiting();
  }

  /** From now on no answer is held back. */
  endWaiting(): void {
    this.#isHurried = true;
    this.#exchange?.endWaiting();
  }

  /** What is asked from now on is asked by this client, which is there for longer than the call. */
  actAs({ clientId }: Session): void {
    this.session = { ...this.session, clientId };
  }

  /** Nothing is read ahead for a caller who may never come again. */
  isAlone(): boolean {
    return false;
  }

  onExpected(): void {}

  onWaiting(): void {}

  onFinished(exchange: Exchange): void {
    this.#onFinished?.(exchange);
  }

  #start<Result>(
    begin: (exchange: Exchange) => void,
    read: (exchange: Exchange) => Result,
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      const exchange = this.#services.exchanges.take(this);
      this.#exchange = exchange;
      this.#onFinished = () => {
        this.#exchange = undefined;
        try {
          if (exchange.status === STATUS_OK) resolve(read(exchange));
          else reject(refused(exchange.status, exchange.detail));
        } catch (error) {
          reject(error);
        } finally {
          this.#services.exchanges.give(exchange);
        }
      };
      begin(exchange);
      if (this.#isHurried) this.#exchange?.endWaiting();
    });
  }

  /** Memory for a frame that can be sent at once, 0 without it. */
  #allocate(bytes: number): number {
    const { dispatcher, frameMemory } = this.#services;
    return dispatcher.hasRoom() ? frameMemory.allocate(bytes) : 0;
  }

  #write({ bytes, writeTo }: OutgoingBatch, allocation: number): void {
    try {
      writeTo(this.frameMemory.bytes.subarray(allocation, allocation + bytes));
    } catch (error) {
      this.#services.frameMemory.free(allocation);
      throw translated(error);
    }
  }

  async #roomAgain(): Promise<void> {
    await new Promise<void>((resolve) => this.#services.waitForRoom(resolve));
    if (!this.session.isOpen) throw refused(status.Disconnected, 'the caller has gone');
  }
}

function payloadOf<Request>(codec: Codec<Request, unknown>, request: Request): Buffer {
  const writer = new Writer();
  try {
    codec.writeRequest(writer, request);
  } catch (error) {
    throw translated(error);
  }
  return writer.finish();
}

/** What a codec cannot write is a mistake of the caller. */
function translated(error: unknown): unknown {
  return error instanceof WireError ? refused(error.code, error.message) : error;
}
