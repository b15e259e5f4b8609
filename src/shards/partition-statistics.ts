import { partitionStatisticsBytes, partitionsMax } from '../wire/limits.ts';

const DOUBLES = partitionStatisticsBytes / 8;
const NEXT_OFFSET = 0;
const MESSAGES = 1;
const BYTES = 2;
const SEGMENTS = 3;

/** The counters of one partition. */
export interface PartitionCounters {
  /** Offset of the newest message, 0 while there is none. */
  readonly currentOffset: number;
  readonly messagesCount: number;
  readonly sizeBytes: number;
  readonly segmentsCount: number;
}

/**
 * One row of counters a partition, in shared memory: its shard writes them before it answers, the
 * acceptor reads them whenever it likes. Each is an aligned 64-bit float, which no processor tears.
 */
export class PartitionStatistics {
  readonly memory: SharedArrayBuffer;
  readonly #rows: Float64Array;

  constructor(
    memory: SharedArrayBuffer = new SharedArrayBuffer(partitionsMax * partitionStatisticsBytes),
  ) {
    this.memory = memory;
    this.#rows = new Float64Array(memory);
  }

  write(handle: number, lastOffset: number, messages: number, bytes: number, segments: number) {
    const row = handle * DOUBLES;
    this.#rows[row + NEXT_OFFSET] = lastOffset + 1;
    this.#rows[row + MESSAGES] = messages;
    this.#rows[row + BYTES] = bytes;
    this.#rows[row + SEGMENTS] = segments;
  }

  read(handle: number): PartitionCounters {
    const row = handle * DOUBLES;
    return {
      currentOffset: Math.max(0, this.#rows[row + NEXT_OFFSET] - 1),
      messagesCount: this.#rows[row + MESSAGES],
      sizeBytes: this.#rows[row + BYTES],
      segmentsCount: this.#rows[row + SEGMENTS],
    };
  }

  clear(handle: number): void {
    this.#rows.fill(0, handle * DOUBLES, (handle + 1) * DOUBLES);
  }
}
