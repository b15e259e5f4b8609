import { join } from 'node:path';
import { consumerOffsetsPerPartitionMax } from '../wire/limits.ts';
import { type OpenFiles, StoredFile } from './files.ts';

/** Who stores an offset: a plain consumer or a consumer group, as on the wire. */
export const consumerKind = { consumer: 1, group: 2 } as const;
export type ConsumerKind = (typeof consumerKind)[keyof typeof consumerKind];

const FOLDERS = { [consumerKind.consumer]: 'consumers', [consumerKind.group]: 'groups' } as const;
/** A stored offset: u64. */
export const OFFSET_BYTES = 8;
const FILE_NAME = /^(0|[1-9]\d{0,9})$/;

/** The files of all stored offsets of a partition. */
export function offsetFiles(files: OpenFiles, partitionDir: string): StoredFile[] {
  return Object.values(FOLDERS).flatMap((folder) => {
    const dir = join(partitionDir, 'offsets', folder);
    if (!files.system.hasFolder(dir)) return [];
    const names = files.system.list(dir).filter((name) => FILE_NAME.test(name));
    return names.map((name) => new StoredFile(files, join(dir, name)));
  });
}

/** Hears of the offset of a consumer group: undefined when there is none any more. */
export type GroupOffsetListener = (groupId: number, offset: number | undefined) => void;

interface Entry {
  readonly file: StoredFile;
  offset: number;
}

const bytes = Buffer.alloc(OFFSET_BYTES);

/**
 * The stored offsets of one partition: one file of 8 bytes for each consumer and each group, named
 * by its id, overwritten in place.
 */
export class ConsumerOffsets {
  readonly #dir: string;
  readonly #files: OpenFiles;
  readonly #entries: Record<ConsumerKind, Map<number, Entry>> = { 1: new Map(), 2: new Map() };
  #onGroupOffset: GroupOffsetListener = () => {};

  constructor(files: OpenFiles, partitionDir: string) {
    this.#files = files;
    this.#dir = join(partitionDir, 'offsets');
  }

  /** Tells of what groups store from now on; nothing is stored any more after a `close`. */
  tellGroupOffsets(listener: GroupOffsetListener): void {
    this.#onGroupOffset = listener;
  }

  /** Makes the folders. */
  create(): void {
    for (const folder of Object.values(FOLDERS)) {
      this.#files.system.makeFolder(join(this.#dir, folder));
    }
  }

  /** Reads all files; an offset behind the partition's last message is lowered to it. */
  load(lastOffset: number): void {
    this.create();
    for (const kind of Object.values(consumerKind)) {
      for (const name of this.#files.system.list(join(this.#dir, FOLDERS[kind]))) {
        if (FILE_NAME.test(name)) this.#loadOne(kind, Number(name), lastOffset);
      }
    }
  }

  get(kind: ConsumerKind, id: number): number | undefined {
    return this.#entries[kind].get(id)?.offset;
  }

  /** The smallest offset that any consumer or group has stored, infinite while there is none. */
  lowest(): number {
    let lowest = Number.POSITIVE_INFINITY;
    for (const entries of Object.values(this.#entries)) {
      for (const { offset } of entries.values()) lowest = Math.min(lowest, offset);
    }
    return lowest;
  }

  /** True when another offset can be kept for this consumer: there is a limit on their number. */
  hasRoom(kind: ConsumerKind, id: number): boolean {
    const entries = this.#entries[kind];
    return entries.has(id) || entries.size < consumerOffsetsPerPartitionMax;
  }

  store(kind: ConsumerKind, id: number, offset: number): void {
    const known = this.#entries[kind].get(id);
    const entry = known ?? { file: this.#file(kind, id), offset };
    bytes.writeBigUInt64LE(BigInt(offset));
    entry.file.write(bytes, 0, OFFSET_BYTES, 0);
    entry.offset = offset;
    if (known === undefined) this.#entries[kind].set(id, entry);
    this.#tell(kind, id, offset);
  }

  /** False when nothing was stored. */
  delete(kind: ConsumerKind, id: number): boolean {
    const entry = this.#entries[kind].get(id);
    if (entry === undefined) return false;
    entry.file.remove();
    this.#entries[kind].delete(id);
    this.#tell(kind, id, undefined);
    return true;
  }

  clear(): void {
    for (const kind of Object.values(consumerKind)) {
      for (const id of [...this.#entries[kind].keys()]) this.delete(kind, id);
    }
  }

  close(): void {
    for (const kind of Object.values(consumerKind)) {
      for (const [id, entry] of this.#entries[kind]) {
        entry.file.close();
        this.#tell(kind, id, undefined);
      }
    }
  }

  #tell(kind: ConsumerKind, id: number, offset: number | undefined): void {
    if (kind === consumerKind.group) this.#onGroupOffset(id, offset);
  }

  #file(kind: ConsumerKind, id: number): StoredFile {
    return new StoredFile(this.#files, join(this.#dir, FOLDERS[kind], String(id)));
  }

  #loadOne(kind: ConsumerKind, id: number, lastOffset: number): void {
    const file = this.#file(kind, id);
    const complete = file.read(bytes, 0, OFFSET_BYTES, 0) === OFFSET_BYTES;
    file.close();
    // A file that was created but not yet written holds no offset: its store was never
    // acknowledged.
    if (!complete) return;
    // Without messages there is nothing to have read; were it kept, the next messages would count
    // as read.
    if (lastOffset < 0) return file.remove();
    const offset = Math.min(Number(bytes.readBigUInt64LE()), lastOffset);
    this.#entries[kind].set(id, { file, offset });
    this.#tell(kind, id, offset);
  }
}
