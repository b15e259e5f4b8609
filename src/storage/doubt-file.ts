import { join } from 'node:path';
import { StoredFile } from './files.ts';
import type { Segment } from './segment.ts';
import type { ShardStorage } from './shard-storage.ts';

const FILE_NAME = 'unsynced';
const ENTRY_BYTES = 16;
const MESSAGES_AT = 8;

/**
 * Remembers in a partition's folder which segments a failed sync left in doubt, and how many of
 * their messages the disk has for certain. The next process must know it, because the files look
 * well until the machine loses its power: 16 bytes for each, first offset and messages (u64). When
 * the power is gone, so is what was in doubt, and the file is not needed.
 */
export class DoubtFile {
  readonly #storage: ShardStorage;
  readonly #file: StoredFile;

  constructor(storage: ShardStorage, partitionDir: string) {
    this.#storage = storage;
    this.#file = new StoredFile(storage.files, join(partitionDir, FILE_NAME));
  }

  /** Writes it as well as the disk allows. */
  write(segments: Iterable<Segment>): void {
    const entries = [...segments].map(({ baseOffset, syncedMessages }) => {
      const entry = Buffer.alloc(ENTRY_BYTES);
      entry.writeBigUInt64LE(BigInt(baseOffset));
      entry.writeBigUInt64LE(BigInt(syncedMessages), MESSAGES_AT);
      return entry;
    });
    const bytes = Buffer.concat(entries);
    try {
      this.#file.write(bytes, 0, bytes.byteLength, 0);
    } catch (error) {
      this.#storage.report('error', `${this.#file.path}: ${(error as Error).message}`);
    }
    this.#file.close();
  }

  /** Those of the segments that are in doubt; they are told what is certain. */
  read(segments: readonly Segment[]): Segment[] {
    const bytes = Buffer.alloc(this.#file.size());
    if (bytes.byteLength === 0) return [];
    const end = this.#file.read(bytes, 0, bytes.byteLength, 0) - ENTRY_BYTES;
    this.#file.close();
    const found: Segment[] = [];
    for (let at = 0; at <= end; at += ENTRY_BYTES) {
      const base = Number(bytes.readBigUInt64LE(at));
      const segment = segments.find(({ baseOffset }) => baseOffset === base);
      if (segment === undefined) continue;
      const certain = Number(bytes.readBigUInt64LE(at + MESSAGES_AT));
      segment.syncedMessages = Math.min(certain, segment.messagesCount);
      found.push(segment);
    }
    return found;
  }

  remove(): void {
    this.#file.remove();
  }
}
