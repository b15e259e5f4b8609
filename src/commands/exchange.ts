import { FileSpan } from '../files/file-span.ts';
import {
  clearPieces,
  type ShardAnswer,
  type ShardCall,
  type ShardRelease,
} from '../shards/shard-call.ts';
import { polledHeadBytes } from '../wire/classic/commands/poll-messages.ts';
import { encodeError } from '../wire/classic/frame.ts';
import { responseHeaderBytes } from '../wire/limits.ts';
import { STATUS_OK, status } from '../wire/status.ts';
import { type Bagged, outsideOfBags } from './bag.ts';
import type { CommandTrace } from './command-trace.ts';
import type { AskedPoll } from './read-aheads.ts';
import type { Session } from './session.ts';

/** The transport that a request came by; it hears when the answer is complete. */
export interface ExchangeOwner {
  readonly session: Session;
  /** So many bytes more will be answered, as far as can be told before. */
  onExpected(bytes: number): void;
  /** The response may be held back for a while. */
  onWaiting(): void;
  onFinished(exchange: Exchange): void;
  /** It can send bytes from a file that this process does not see. */
  readonly takesFiles: boolean;
  /** True when no other request of the connection is under way. */
  isAlone(exchange: Exchange): boolean;
}

/** Holds a response back until there is something to say. */
export interface Waiting {
  /** Answer now, or as soon as a shard that was asked has answered. */
  end(): void;
  /** The response is complete. */
  onFinished(): void;
}

/** Turns what a shard answered into the response of one command. */
export type AnswerReader = (exchange: Exchange, answer: ShardAnswer, link: ShardRelease) => void;

const OK_EMPTY = Buffer.alloc(responseHeaderBytes);
const errorFrames = new Map<number, Buffer>();

/**
 * One request and its response. Exchanges are taken from a pool and given back by the transport
 * when the response has been sent; until then they also hold the shard memory that it is sent from.
 */
export class Exchange implements ShardCall, Bagged {
  bagPlace = outsideOfBags;
  owner!: ExchangeOwner;
  /** The next request of the same connection. */
  next: Exchange | undefined;
  isDone = false;
  /** True for a request that no other of its connection may overtake or run beside. */
  isControl = false;
  /** Status of the response, 0 for success. */
  status = STATUS_OK as number;
  /** What was wrong, for transports whose errors have room for a sentence. */
  detail: string | undefined;
  /** Response frame from its header on; the pieces follow it. */
  frame: Buffer = OK_EMPTY;
  /** Room for the frame of a poll, used again for poll after poll. */
  readonly pollFrame = Buffer.alloc(responseHeaderBytes + polledHeadBytes);
  /** Arena offset and length of each piece that follows the frame. */
  readonly pieces: number[] = [];
  /** Bytes behind them that are sent from a file. */
  readonly file = new FileSpan();
  /** Bytes of frame, pieces and file. */
  bytes = 0;
  /** Bytes that the owner was told to expect. */
  expectedBytes = 0;
  /** Partition that the response tells. */
  partitionId = 0;
  /** Handle of the partition that it is about, once that is known. */
  handle: number | undefined;
  /** Messages of a send or a poll, once they are counted. */
  messagesCount: number | undefined;
  /** What a poll asked for. */
  poll: AskedPoll | undefined;
  /** Absent while nobody listens to commands. */
  trace: CommandTrace | undefined;
  #reader: AnswerReader = readStatus;
  #onLost: (() => void) | undefined;
  #waiting: Waiting | undefined;
  #link: ShardRelease | undefined;
  #token = 0;
  #generation = 0;
  readonly #onFailed: (status: number) => void;

  constructor(onFailed: (status: number) => void = () => {}) {
    this.#onFailed = onFailed;
  }

  get session(): Session {
    return this.owner.session;
  }

  /** Shard whose memory the pieces lie in, while they do. */
  get heldLink(): ShardRelease | undefined {
    return this.#link;
  }

  begin(owner: ExchangeOwner): void {
    this.owner = owner;
    this.next = undefined;
    this.isDone = false;
    this.isControl = false;
    this.expectedBytes = 0;
    this.poll = undefined;
    this.trace = undefined;
    this.handle = undefined;
    this.messagesCount = undefined;
    this.detail = undefined;
    this.#reader = readStatus;
    this.#onLost = undefined;
    this.#waiting = undefined;
  }

  /** Says how the shard's answer becomes the response; without it only the status counts. */
  expect(reader: AnswerReader, partitionId: number, expectedBytes = 0): void {
    this.#reader = reader;
    this.partitionId = partitionId;
    this.expectBytes(expectedBytes);
  }

  /** Corrects how many bytes will be answered. */
  expectBytes(bytes: number): void {
    this.owner.onExpected(bytes - this.expectedBytes);
    this.expectedBytes = bytes;
  }

  /** Says how the shard's answer to a write becomes the response, where and what is written. */
  expectWrite(reader: AnswerReader, handle: number, messagesCount: number): void {
    this.#reader = reader;
    this.handle = handle;
    this.messagesCount = messagesCount;
  }

  /** Says how the shard's answer becomes a response, and who must know when there is none. */
  settle(reader: AnswerReader, onLost: () => void): void {
    this.#reader = reader;
    this.#onLost = onLost;
  }

  /** The response may be held back by this. */
  waitWith(waiting: Waiting): void {
    this.#waiting = waiting;
    this.owner.onWaiting();
  }

  /** Ends the holding back of the response, if it is held back. */
  endWaiting(): void {
    if (!this.isDone) this.#waiting?.end();
  }

  /** True for a response that may be, or was, held back. */
  get isWaiting(): boolean {
    return this.#waiting !== undefined;
  }

  ok(): void {
    this.finish(STATUS_OK, OK_EMPTY);
  }

  fail(code: number, detail?: string): void {
    this.#onFailed(code);
    this.detail = detail;
    let frame = errorFrames.get(code);
    if (frame === undefined) {
      frame = encodeError(code);
      errorFrames.set(code, frame);
    }
    this.finish(code, frame);
  }

  finish(code: number, frame: Buffer): void {
    this.status = code;
    this.frame = frame;
    this.bytes = frame.byteLength + this.file.bytes;
    for (let i = 1; i < this.pieces.length; i += 2) this.bytes += this.pieces[i];
    this.isDone = true;
    this.trace?.end(this);
    this.#waiting?.onFinished();
    this.owner.onFinished(this);
  }

  /** Takes over the pieces of an answer: their memory is held until `end`. */
  hold(link: ShardRelease, answer: ShardAnswer): void {
    if (answer.token === 0) return;
    this.#link = link;
    this.#token = answer.token;
    this.#generation = link.generation;
    for (const word of answer.pieces) this.pieces.push(word);
    this.file.take(answer.file);
  }

  /** Moves the pieces into memory of this process and gives that of the shard back. */
  copyPieces(arena: Buffer): void {
    if (this.pieces.length === 0) return;
    const parts = [this.frame];
    for (let i = 0; i < this.pieces.length; i += 2) {
      parts.push(arena.subarray(this.pieces[i], this.pieces[i] + this.pieces[i + 1]));
    }
    this.frame = Buffer.concat(parts);
    this.#release();
  }

  /** The response was sent, or never will be. */
  end(): void {
    this.#release();
    this.file.drop();
  }

  #release(): void {
    const link = this.#link;
    this.#link = undefined;
    clearPieces(this.pieces);
    link?.release(this.#token, this.#generation);
  }

  onShardAnswer(link: ShardRelease, answer: ShardAnswer): void {
    this.#reader(this, answer, link);
  }

  onShardLost(): void {
    this.#onLost?.();
    this.fail(status.ShardCommunicationError);
  }
}

/** For commands that answer OK without a payload. */
export function readStatus(exchange: Exchange, answer: ShardAnswer): void {
  if (answer.status === STATUS_OK) exchange.ok();
  else exchange.fail(answer.status);
}

/** Exchanges that are not in use. */
export class ExchangePool {
  readonly #idle: Exchange[] = [];
  readonly #onFailed: (status: number) => void;

  /** `onFailed` hears the status of every request that is not answered with 0. */
  constructor(onFailed: (status: number) => void = () => {}) {
    this.#onFailed = onFailed;
  }

  take(owner: ExchangeOwner): Exchange {
    const exchange = this.#idle.pop() ?? new Exchange(this.#onFailed);
    exchange.begin(owner);
    return exchange;
  }

  give(exchange: Exchange): void {
    exchange.end();
    this.#idle.push(exchange);
  }
}
