import type { FileSystem } from '../files/file-system.ts';
import { nodeFileSystem } from '../files/node-file-system.ts';

/** Bytes that are written together at one position: parts of the arena or buffers of their own. */
export type Pieces = readonly Uint8Array[];

/** This process, or the system, has no descriptor left. */
const TOO_MANY_OPEN = ['EMFILE', 'ENFILE'];

/**
 * The open files of one shard. A `StoredFile` is opened when it is first used; when too many are
 * open, the half that was used longest ago is closed.
 */
export class OpenFiles {
  readonly system: FileSystem;
  readonly #limit: number;
  readonly #open = new Set<StoredFile>();
  #uses = 0;

  constructor(limit: number, system: FileSystem = nodeFileSystem) {
    this.#limit = limit;
    this.system = system;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Descriptor of a file, opened (and created) on first use. */
  descriptor(file: StoredFile): number {
    file.lastUse = ++this.#uses;
    if (file.fd >= 0) return file.fd;
    if (this.#open.size >= this.#limit) this.#closeOldestHalf();
    file.fd = this.#openOrMakeRoom(file.path);
    this.#open.add(file);
    return file.fd;
  }

  close(file: StoredFile): void {
    if (file.fd < 0) return;
    const { fd } = file;
    // Also one that cannot be closed properly is closed.
    file.fd = -1;
    this.#open.delete(file);
    this.system.close(fd);
  }

  closeAll(): void {
    for (const file of this.#open) this.close(file);
  }

  /** The system's own limit may be lower than ours, and others open files as well. */
  #openOrMakeRoom(path: string): number {
    try {
      return this.system.open(path, 'create');
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (!TOO_MANY_OPEN.includes(code) || this.size === 0) throw error;
      this.#closeOldestHalf();
      return this.system.open(path, 'create');
    }
  }

  #closeOldestHalf(): void {
    const oldest = [...this.#open].sort((a, b) => a.lastUse - b.lastUse);
    for (const file of oldest.slice(0, Math.ceil(oldest.length / 2))) this.close(file);
  }
}

/** One file of a partition. All reads and writes name their position and never stop half-way. */
export class StoredFile {
  readonly path: string;
  readonly #files: OpenFiles;
  /** Descriptor while open, else -1; set by `OpenFiles` alone. */
  fd = -1;
  lastUse = 0;

  constructor(files: OpenFiles, path: string) {
    this.#files = files;
    this.path = path;
  }

  write(bytes: Uint8Array, offset: number, length: number, position: number): void {
    const { system } = this.#files;
    const fd = this.#files.descriptor(this);
    let written = 0;
    while (written < length) {
      const taken = system.write(fd, bytes, offset + written, length - written, position + written);
      if (taken === 0) throw new Error(`${this.path} takes no more bytes`);
      written += taken;
    }
  }

  writePieces(pieces: Pieces, position: number): void {
    const fd = this.#files.descriptor(this);
    const total = pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
    let written = this.#files.system.writev(fd, pieces, position);
    for (const piece of written < total ? pieces : []) {
      if (written >= piece.byteLength) {
        written -= piece.byteLength;
      } else {
        this.write(piece, written, piece.byteLength - written, position + written);
        written = 0;
      }
      position += piece.byteLength;
    }
  }

  /** Reads up to `length` bytes; fewer only when the file ends. */
  read(bytes: Uint8Array, offset: number, length: number, position: number): number {
    const { system } = this.#files;
    const fd = this.#files.descriptor(this);
    let done = 0;
    while (done < length) {
      const got = system.read(fd, bytes, offset + done, length - done, position + done);
      if (got === 0) break;
      done += got;
    }
    return done;
  }

  /**
   * Makes the file, empty. One that is empty is not cut: whoever closes a file that was cut to
   * nothing waits, with ext4, until all that was written since is on its way to the disk.
   */
  create(): void {
    this.#files.descriptor(this);
    if (this.size() > 0) this.truncate(0);
  }

  /** Cuts the file, and creates it when it is not there. */
  truncate(length: number): void {
    this.#files.system.truncate(this.#files.descriptor(this), length);
  }

  /** Has blocks kept ready behind the file's end, where the system can. */
  preallocate(position: number, length: number): void {
    this.#files.system.preallocate(this.#files.descriptor(this), position, length);
  }

  /** For another thread: a descriptor of its own when all these bytes are in memory, else -1. */
  share(position: number, length: number): number {
    return this.#files.system.share(this.#files.descriptor(this), position, length);
  }

  sync(): void {
    this.#files.system.sync(this.#files.descriptor(this));
  }

  /** Bytes of the file, 0 when there is none. */
  size(): number {
    return this.#files.system.size(this.path) ?? 0;
  }

  close(): void {
    this.#files.close(this);
  }

  /** Removes the file; one that is gone already is fine. */
  remove(): void {
    this.close();
    this.#files.system.remove(this.path);
  }
}
