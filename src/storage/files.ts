import {
  closeSync,
  constants,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
  writevSync,
} from 'node:fs';

/** Bytes that are written together at one position: parts of the arena or buffers of their own. */
export type Pieces = readonly Uint8Array[];

/**
 * The open files of one shard. A `StoredFile` is opened when it is first used; when too many are
 * open, the half that was used longest ago is closed.
 */
export class OpenFiles {
  readonly #limit: number;
  readonly #open = new Set<StoredFile>();
  #uses = 0;

  constructor(limit: number) {
    this.#limit = limit;
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
    closeSync(file.fd);
    file.fd = -1;
    this.#open.delete(file);
  }

  closeAll(): void {
    for (const file of this.#open) this.close(file);
  }

  /** The system's own limit may be lower than ours, and others open files as well. */
  #openOrMakeRoom(path: string): number {
    try {
      return openOrCreate(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EMFILE' || this.size === 0) throw error;
      this.#closeOldestHalf();
      return openOrCreate(path);
    }
  }

  #closeOldestHalf(): void {
    const oldest = [...this.#open].sort((a, b) => a.lastUse - b.lastUse);
    for (const file of oldest.slice(0, Math.ceil(oldest.length / 2))) this.close(file);
  }
}

function openOrCreate(path: string): number {
  return openSync(path, constants.O_RDWR | constants.O_CREAT, 0o644);
}

/** Brings to the disk which files a folder has. */
export function syncFolder(path: string): void {
  const fd = openSync(path, constants.O_RDONLY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
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
    const fd = this.#files.descriptor(this);
    let written = 0;
    while (written < length) {
      written += writeSync(fd, bytes, offset + written, length - written, position + written);
    }
  }

  writePieces(pieces: Pieces, position: number): void {
    const fd = this.#files.descriptor(this);
    const total = pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
    let written = writevSync(fd, pieces as Uint8Array[], position);
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
    const fd = this.#files.descriptor(this);
    let done = 0;
    while (done < length) {
      const got = readSync(fd, bytes, offset + done, length - done, position + done);
      if (got === 0) break;
      done += got;
    }
    return done;
  }

  /** Cuts the file, and creates it when it is not there. */
  truncate(length: number): void {
    ftruncateSync(this.#files.descriptor(this), length);
  }

  sync(): void {
    fdatasyncSync(this.#files.descriptor(this));
  }

  close(): void {
    this.#files.close(this);
  }

  /** Removes the file; one that is gone already is fine. */
  remove(): void {
    this.close();
    rmSync(this.path, { force: true });
  }
}
