import type { StoredMessage } from '../wire/classic/messages.ts';
import { decodeUserHeaders, type PlainHeaderValue } from '../wire/classic/user-headers.ts';
import { status } from '../wire/status.ts';
import { translated } from './errors.ts';
import type { RequestOptions } from './types.ts';

/** Stores an offset for the reader that a message was polled for. */
export type Commit = (
  partitionId: number,
  offset: bigint,
  options?: RequestOptions,
) => Promise<void>;

/**
 * A message that was polled. Its fields are read out of the answer when they are asked for: a
 * message that is kept keeps the whole answer in memory, so copy what must stay.
 */
export class ReceivedMessage {
  readonly partitionId: number;
  readonly #stored: StoredMessage;
  readonly #commit: Commit;
  #headers: ReadonlyMap<string, PlainHeaderValue> | null = null;

  constructor(partitionId: number, stored: StoredMessage, commit: Commit) {
    this.partitionId = partitionId;
    this.#stored = stored;
    this.#commit = commit;
  }

  /** Position in the partition. */
  get offset(): bigint {
    return this.#stored.offset;
  }

  /** When the broker received it, in microseconds since the Unix epoch. */
  get timestamp(): bigint {
    return this.#stored.timestamp;
  }

  /** What its sender noted as its time; microseconds by convention. */
  get originTimestamp(): bigint {
    return this.#stored.originTimestamp;
  }

  /** 128 bits. */
  get id(): bigint {
    return this.#stored.id;
  }

  /** XXH3-64 of the stored frame. */
  get checksum(): bigint {
    return this.#stored.checksum;
  }

  /** A view of the answer, not a copy. */
  get payload(): Buffer {
    return this.#stored.payload;
  }

  /**
   * The user headers by name, decoded at the first use. A key that is not a string counts as its
   * text, raw bytes in hexadecimal digits. Throws a `VeltroError` (4018, 4019, 4040) for bytes that
   * are no headers.
   */
  get headers(): ReadonlyMap<string, PlainHeaderValue> {
    this.#headers ??= headersOf(this.#stored.userHeaders);
    return this.#headers;
  }

  /** Stores the offset of this message: the reader continues behind it. */
  commit(options?: RequestOptions): Promise<void> {
    return this.#commit(this.partitionId, this.offset, options);
  }
}

function headersOf(bytes: Uint8Array): ReadonlyMap<string, PlainHeaderValue> {
  const headers = translated(status.InvalidHeaderValue, () => decodeUserHeaders(bytes));
  return new Map(headers.map(({ key, value }) => [keyText(key.value), value.value]));
}

function keyText(key: PlainHeaderValue): string {
  return key instanceof Uint8Array ? Buffer.from(key).toString('hex') : String(key);
}
