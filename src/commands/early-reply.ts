import { FileSpan } from '../files/file-span.ts';
import type { ShardAnswer, ShardCall, ShardRelease } from '../shards/shard-call.ts';
import { STATUS_OK } from '../wire/status.ts';

/** What a shard found for a poll that no client has asked for yet. Used again and again. */
export class EarlyReply {
  readonly #answer: ShardAnswer = {
    status: STATUS_OK,
    currentOffset: 0,
    storedOffset: 0,
    count: 0,
    token: 0,
    pieces: [],
    file: new FileSpan(),
  };
  #link: ShardRelease | undefined;
  #generation = 0;

  get count(): number {
    return this.#answer.count;
  }

  /** Bytes of the messages. */
  get bytes(): number {
    const { pieces, file } = this.#answer;
    let { bytes } = file;
    for (let i = 1; i < pieces.length; i += 2) bytes += pieces[i];
    return bytes;
  }

  /** Takes over an answer with messages: their memory is held until `give` or `drop`. */
  keep(link: ShardRelease, { count, token, pieces, file }: ShardAnswer): void {
    this.#link = link;
    this.#generation = link.generation;
    this.#answer.count = count;
    this.#answer.token = token;
    for (const word of pieces) this.#answer.pieces.push(word);
    this.#answer.file.take(file);
  }

  /** Answers a call with it, as the shard would now. */
  give(call: ShardCall, currentOffset: number, storedOffset: number): void {
    const link = this.#link!;
    this.#link = undefined;
    this.#answer.currentOffset = currentOffset;
    this.#answer.storedOffset = storedOffset;
    call.onShardAnswer(link, this.#answer);
    this.#clear();
  }

  /** Gives the memory back, if it holds some. */
  drop(): void {
    this.#link?.release(this.#answer.token, this.#generation);
    this.#link = undefined;
    this.#clear();
  }

  #clear(): void {
    this.#answer.pieces.length = 0;
    this.#answer.file.drop();
  }
}
