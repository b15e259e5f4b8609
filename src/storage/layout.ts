import { join } from 'node:path';

/** Names of the folders below the data directory; the reference lets people change them. */
export interface LayoutNames {
  readonly streams: string;
  readonly topics: string;
  readonly partitions: string;
}

/** Numbers that name a partition. Ids are reused after a deletion. */
export interface PartitionId {
  readonly streamId: number;
  readonly topicId: number;
  readonly partitionId: number;
}

/** Positions in an index are 32 bits. */
export const LOG_BYTES_MAX = 2 ** 32 - 1;

const OFFSET_DIGITS = 20;
const LOG_NAME = /^(\d{20})\.log$/;

/** Where things are in a data directory: the reference's layout, section 2 of its storage. */
export class Layout {
  readonly #dataDir: string;
  readonly #names: LayoutNames;

  constructor(dataDir: string, names: LayoutNames) {
    this.#dataDir = dataDir;
    this.#names = names;
  }

  streams(): string {
    return join(this.#dataDir, this.#names.streams);
  }

  stream(streamId: number): string {
    return join(this.streams(), String(streamId));
  }

  topics(streamId: number): string {
    return join(this.stream(streamId), this.#names.topics);
  }

  topic(streamId: number, topicId: number): string {
    return join(this.topics(streamId), String(topicId));
  }

  partitions(streamId: number, topicId: number): string {
    return join(this.topic(streamId, topicId), this.#names.partitions);
  }

  partition(id: PartitionId): string {
    return join(this.partitions(id.streamId, id.topicId), String(id.partitionId));
  }

  /** The folders above a partition's, the data directory first. */
  above({ streamId, topicId }: PartitionId): string[] {
    return [
      this.#dataDir,
      this.streams(),
      this.stream(streamId),
      this.topics(streamId),
      this.topic(streamId, topicId),
      this.partitions(streamId, topicId),
    ];
  }
}

/** Path of a segment's log file. */
export function logPath(partitionDir: string, baseOffset: number): string {
  return join(partitionDir, `${String(baseOffset).padStart(OFFSET_DIGITS, '0')}.log`);
}

/** Path of a segment's index file. */
export function indexPath(partitionDir: string, baseOffset: number): string {
  return join(partitionDir, `${String(baseOffset).padStart(OFFSET_DIGITS, '0')}.index`);
}

/** First offset of the segment that a log file's name tells, or undefined for other files. */
export function baseOffsetOf(fileName: string): number | undefined {
  const match = LOG_NAME.exec(fileName);
  return match === null ? undefined : Number(match[1]);
}
