import { partitionStatisticsBytes, partitionsMax } from '../wire/limits.ts';

const DOUBLES = partitionStatisticsBytes / 8;
const NEXT_OFFSET = 0;
const MESSAGES = 1;
const BYTES = 2;
const SEGMENTS = 3;
const OLDEST_SINCE = 4;
const OLDEST_UNTIL = 5;
const ACTIVE_BASE = 6;
const ACTIVE_BYTES = 7;
const LAST_TIMESTAMP = 8;
const REMOVALS = 9;
const RESTARTS = 10;

/** What a partition tells of itself. */
export interface CountedPartition {
  /** Offset of the newest message, -1 when there never was one. */
  readonly lastOffset: number;
  readonly messagesCount: number;
  readonly sizeBytes: number;
  readonly segmentsCount: number;
  readonly oldestSince: number;
  readonly oldestUntil: number;
  /** The segment that is written to. */
  readonly active: { readonly baseOffset: number; readonly sizeBytes: number };
  /** Microseconds of the newest message. */
  readonly lastTimestamp: number;
}

/** Where a partition ends. */
export interface PartitionEnd {
  /** Of the next message. */
  readonly offset: number;
  /** Offset that the segment begins with that is written to. */
  readonly segmentBase: number;
  /** Bytes of that segment. */
  readonly position: number;
  /** Microseconds of the newest message. */
  readonly timestampMicros: number;
}

/** How old the oldest segment of a partition is. */
export interface OldestSegment {
  /** Microseconds since the epoch of its first message; 0 while it is empty. */
  readonly since: number;
  /** Microseconds since the epoch of its last message; 0 while it is empty. */
  readonly until: number;
  /** False while it is the one that is written to. */
  readonly isSealed: boolean;
}

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

  write(handle: number, partition: CountedPartition): void {
    const row = handle * DOUBLES;
    const nextOffset = partition.lastOffset + 1;
    if (nextOffset < this.#rows[row + NEXT_OFFSET]) this.#rows[row + RESTARTS]++;
    this.#rows[row + NEXT_OFFSET] = nextOffset;
    this.#rows[row + MESSAGES] = partition.messagesCount;
    this.#rows[row + BYTES] = partition.sizeBytes;
    this.#rows[row + SEGMENTS] = partition.segmentsCount;
    this.#rows[row + OLDEST_SINCE] = partition.oldestSince;
    this.#rows[row + OLDEST_UNTIL] = partition.oldestUntil;
    this.#rows[row + ACTIVE_BASE] = partition.active.baseOffset;
    this.#rows[row + ACTIVE_BYTES] = partition.active.sizeBytes;
    this.#rows[row + LAST_TIMESTAMP] = partition.lastTimestamp;
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

  readEnd(handle: number): PartitionEnd {
    const row = handle * DOUBLES;
    return {
      offset: this.#rows[row + NEXT_OFFSET],
      segmentBase: this.#rows[row + ACTIVE_BASE],
      position: this.#rows[row + ACTIVE_BYTES],
      timestampMicros: this.#rows[row + LAST_TIMESTAMP],
    };
  }

  /** Messages that were ever stored since the partition was made or purged. */
  readNextOffset(handle: number): number {
    return this.#rows[handle * DOUBLES + NEXT_OFFSET];
  }

  readOldest(handle: number): OldestSegment {
    const row = handle * DOUBLES;
    return {
      since: this.#rows[row + OLDEST_SINCE],
      until: this.#rows[row + OLDEST_UNTIL],
      isSealed: this.#rows[row + SEGMENTS] > 1,
    };
  }

  /** The shard is about to take messages away that were readable. */
  noteRemoval(handle: number): void {
    this.#rows[handle * DOUBLES + REMOVALS]++;
  }

  /** As long as this is the same, everything that could be read under a handle still can be. */
  removals(handle: number): number {
    return this.#rows[handle * DOUBLES + REMOVALS];
  }

  /** As long as this is the same, an offset under a handle means the same message. */
  restarts(handle: number): number {
    return this.#rows[handle * DOUBLES + RESTARTS];
  }

  /** Begins anew for another partition, while no shard has one of this handle. */
  clear(handle: number): void {
    this.#rows.fill(0, handle * DOUBLES, handle * DOUBLES + REMOVALS);
    this.noteRemoval(handle);
    this.#rows[handle * DOUBLES + RESTARTS]++;
  }
}
