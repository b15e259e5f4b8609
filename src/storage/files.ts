import {
  closeSync,
  constants,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  readSync,
  unlinkSync,
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
    file.fd = openSync(file.path, constants.O_RDWR | constants.O_CREAT, 0o644);
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

  /** Opens the file, and creates it when it is not there. */
  touch(): void {
    this.#files.descriptor(this);
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

  truncate(length: number): void {
    ftruncateSync(this.#files.descriptor(this), length);
  }

  sync(): void {
    fdatasyncSync(this.#files.descriptor(this));
  }

  close(): void {
    this.#files.close(this);
  }

  remove(): void {
    this.close();
    unlinkSync(this.path);
  }
}
