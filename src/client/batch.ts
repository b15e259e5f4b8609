import { messageFrameBytes, type OutgoingMessage } from '../wire/classic/messages.ts';
import type { Partitioning } from '../wire/classic/structures/partitioning.ts';
import { indexEntryBytes } from '../wire/limits.ts';

/** A message in a producer, with the promise of its sender. */
export class Entry {
  readonly message: OutgoingMessage;
  readonly partitioning: Partitioning;
  /** Order of the sends of one producer. */
  readonly sequence: number;
  /** What it takes of a request. */
  readonly bytes: number;
  readonly outcome: Promise<void>;
  resolve!: () => void;
  reject!: (error: unknown) => void;

  constructor(message: OutgoingMessage, partitioning: Partitioning, sequence: number) {
    this.message = message;
    this.partitioning = partitioning;
    this.sequence = sequence;
    this.bytes = messageFrameBytes(message) + indexEntryBytes;
    this.outcome = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
}

/** Messages that go out together, in the order of their sends. */
export class Batch {
  /** Batches of one lane go to the same place. */
  readonly lane: string;
  readonly partitioning: Partitioning;
  /** When it goes at the latest, by the monotonic clock. */
  readonly deadlineMs: number;
  readonly entries: Entry[] = [];
  bytes = 0;

  constructor(lane: string, partitioning: Partitioning, deadlineMs: number) {
    this.lane = lane;
    this.partitioning = partitioning;
    this.deadlineMs = deadlineMs;
  }

  add(entry: Entry): void {
    this.entries.push(entry);
    this.bytes += entry.bytes;
  }
}

/** Messages with the same lane may share a batch. */
export function laneOf(partitioning: Partitioning): string {
  if (partitioning.kind !== 'key') return partitioning.kind;
  const { buffer, byteOffset, byteLength } = partitioning.key;
  return `key:${Buffer.from(buffer, byteOffset, byteLength).toString('latin1')}`;
}
