import { createHash } from 'node:crypto';
import type { Access, AsyncFileSystem, FileSystem } from '../../src/files/file-system.ts';
import type { SeededRandom } from './random.ts';

/** What was done to a file and is not on the disk yet. */
type Change =
  | { readonly kind: 'write'; readonly position: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly length: number };

/** A file as programs see it, and what the disk has of it. */
class MemoryFile {
  seen: Buffer = Buffer.alloc(0);
  kept: Buffer = Buffer.alloc(0);
  readonly changes: Change[] = [];

  change(change: Change): void {
    this.seen = changed(this.seen, change);
    this.changes.push(change);
  }

  sync(): void {
    for (const change of this.changes) this.kept = changed(this.kept, change);
    this.changes.length = 0;
  }
}

const FOLDER = 'folder';
type Entry = MemoryFile | typeof FOLDER;

/**
 * A file system in memory that knows what was synced. `cutPower` leaves what a machine may find
 * after a loss of power: all that was synced, and of the rest what the random numbers give.
 */
export class MemoryFileSystem implements FileSystem {
  readonly #entries = new Map<string, Entry>([['/', FOLDER]]);
  /** The names that the disk has. */
  readonly #keptEntries = new Map<string, Entry>([['/', FOLDER]]);
  readonly #open = new Map<number, { readonly file: MemoryFile; readonly isReadOnly: boolean }>();
  #nextFd = 3;

  open(path: string, access: Access): number {
    if (this.#entries.get(path) === FOLDER) throw systemError('EISDIR', path);
    let file = this.#entries.get(path) as MemoryFile | undefined;
    if (file === undefined) {
      if (access === 'read') throw systemError('ENOENT', path);
      if (this.#entries.get(parentOf(path)) !== FOLDER) throw systemError('ENOENT', path);
      file = new MemoryFile();
      this.#entries.set(path, file);
    }
    if (access === 'replace') file.change({ kind: 'truncate', length: 0 });
    const fd = this.#nextFd++;
    this.#open.set(fd, { file, isReadOnly: access === 'read' });
    return fd;
  }

  close(fd: number): void {
    this.#file(fd);
    this.#open.delete(fd);
  }

  read(fd: number, bytes: Uint8Array, offset: number, length: number, position: number): number {
    const part = this.#file(fd).seen.subarray(position, position + length);
    bytes.set(part, offset);
    return part.byteLength;
  }

  write(fd: number, bytes: Uint8Array, offset: number, length: number, position: number): number {
    const copy = Buffer.from(bytes.subarray(offset, offset + length));
    this.#writable(fd).change({ kind: 'write', position, bytes: copy });
    return length;
  }

  writev(fd: number, pieces: readonly Uint8Array[], position: number): number {
    const bytes = Buffer.concat(pieces);
    return this.write(fd, bytes, 0, bytes.byteLength, position);
  }

  sync(fd: number): void {
    this.#file(fd).sync();
  }

  /**
   * A sync that fails as on Linux: what was to be written counts as written afterwards, so that
   * another sync does not bring it to the disk.
   */
  loseChanges(fd: number): void {
    this.#file(fd).changes.length = 0;
  }

  truncate(fd: number, length: number): void {
    this.#writable(fd).change({ kind: 'truncate', length });
  }

  /** Blocks are no concern of this disk. */
  preallocate(fd: number): void {
    this.#writable(fd);
  }

  /** Its files have no descriptors that the system knows. */
  share(): number {
    return -1;
  }

  rename(from: string, to: string): void {
    const entry = this.#entries.get(from);
    if (entry === undefined) throw systemError('ENOENT', from);
    this.#entries.delete(from);
    this.#entries.set(to, entry);
  }

  remove(path: string): void {
    this.#entries.delete(path);
  }

  size(path: string): number | undefined {
    const entry = this.#entries.get(path);
    return entry instanceof MemoryFile ? entry.seen.byteLength : undefined;
  }

  hasFolder(path: string): boolean {
    return this.#entries.get(path) === FOLDER;
  }

  list(path: string): string[] {
    if (this.#entries.get(path) !== FOLDER) throw systemError('ENOENT', path);
    return [...childrenOf(this.#entries, path)].map((child) => child.slice(prefixOf(path).length));
  }

  makeFolder(path: string): void {
    if (path !== '/' && !this.#entries.has(parentOf(path))) this.makeFolder(parentOf(path));
    if (this.#entries.get(path) instanceof MemoryFile) throw systemError('EEXIST', path);
    this.#entries.set(path, FOLDER);
  }

  removeFolder(path: string): void {
    for (const name of [...this.#entries.keys()]) {
      if (name === path || name.startsWith(prefixOf(path))) this.#entries.delete(name);
    }
  }

  syncFolder(path: string): void {
    for (const child of [...childrenOf(this.#keptEntries, path)]) {
      if (!this.#entries.has(child)) this.#keptEntries.delete(child);
    }
    for (const child of childrenOf(this.#entries, path)) {
      this.#keptEntries.set(child, this.#entries.get(child)!);
    }
  }

  /** The bytes of a file, to look at. */
  bytesOf(path: string): Buffer {
    return this.#fileAt(path).seen;
  }

  /** Flips one bit of a file, on the disk as well. */
  flipBit(path: string, bit: number): void {
    const file = this.#fileAt(path);
    file.sync();
    file.kept[bit >>> 3] ^= 1 << (bit & 7);
    file.seen = Buffer.from(file.kept);
  }

  /** Paths of all files, in order. */
  files(): string[] {
    return [...this.#entries]
      .filter(([, entry]) => entry !== FOLDER)
      .map(([path]) => path)
      .sort();
  }

  /** A hash of all files with their names. */
  digest(): string {
    const hash = createHash('sha256');
    for (const path of this.files()) {
      const bytes = this.bytesOf(path);
      hash.update(`${path} ${bytes.byteLength}\n`).update(bytes);
    }
    return hash.digest('hex');
  }

  /** Ends every open file as a killed process does: nothing is lost. */
  closeAll(): void {
    this.#open.clear();
  }

  /**
   * The machine loses its power. Of each change that was not synced the disk has all, nothing, a
   * part, or only the length; of each new or removed name the same, all or nothing.
   */
  cutPower(random: SeededRandom): void {
    this.closeAll();
    const names = [...new Set([...this.#entries.keys(), ...this.#keptEntries.keys()])].sort();
    for (const name of names) this.#settleName(name, random);
    for (const name of names) {
      const entry = this.#entries.get(name);
      if (entry instanceof MemoryFile) settle(entry, random);
    }
  }

  #settleName(name: string, random: SeededRandom): void {
    const [seen, kept] = [this.#entries.get(name), this.#keptEntries.get(name)];
    const entry = seen === kept || random.next() < 0.5 ? kept : seen;
    const isReachable = name === '/' || this.#entries.has(parentOf(name));
    for (const map of [this.#entries, this.#keptEntries]) {
      if (entry === undefined || !isReachable) map.delete(name);
      else map.set(name, entry);
    }
  }

  #fileAt(path: string): MemoryFile {
    const entry = this.#entries.get(path);
    if (!(entry instanceof MemoryFile)) throw systemError('ENOENT', path);
    return entry;
  }

  #file(fd: number): MemoryFile {
    const open = this.#open.get(fd);
    if (open === undefined) throw systemError('EBADF', String(fd));
    return open.file;
  }

  #writable(fd: number): MemoryFile {
    const file = this.#file(fd);
    if (this.#open.get(fd)!.isReadOnly) throw systemError('EBADF', String(fd));
    return file;
  }
}

/** An error as the system throws it. */
export function systemError(code: string, path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: fault on ${path}`), { code });
}

/** The same system for code that waits. */
export function asyncFileSystem(system: FileSystem): AsyncFileSystem {
  return new Proxy(system, {
    get: (target, name) => {
      const method = target[name as keyof FileSystem] as (...parameters: unknown[]) => unknown;
      return async (...parameters: unknown[]) => method.apply(target, parameters);
    },
  }) as unknown as AsyncFileSystem;
}

function changed(bytes: Buffer, change: Change): Buffer {
  if (change.kind === 'truncate') return resized(bytes, change.length);
  const end = change.position + change.bytes.byteLength;
  const result = resized(bytes, Math.max(bytes.byteLength, end));
  change.bytes.copy(result, change.position);
  return result;
}

/** A copy of that length, filled up with zeros. */
function resized(bytes: Buffer, length: number): Buffer {
  const result = Buffer.alloc(length);
  bytes.copy(result);
  return result;
}

/** Leaves of a file what the disk has after a loss of power. */
function settle(file: MemoryFile, random: SeededRandom): void {
  for (const change of file.changes) {
    file.kept = leftAfter(file.kept, change, random);
  }
  file.changes.length = 0;
  file.seen = Buffer.from(file.kept);
}

/** What the disk has after one change of which it may have seen all, nothing, or a part. */
function leftAfter(kept: Buffer, change: Change, random: SeededRandom): Buffer {
  const kind = random.integer(0, 3);
  if (kind === 0) return kept;
  if (kind === 1 || change.kind === 'truncate') return changed(kept, change);
  const part = change.bytes.subarray(0, random.integer(0, change.bytes.byteLength));
  const torn = changed(kept, { ...change, bytes: part });
  if (kind === 2) return torn;
  // The length came to the disk, some of the bytes did not: there are zeros, or what was there.
  return resized(torn, Math.max(torn.byteLength, change.position + change.bytes.byteLength));
}

function* childrenOf(entries: ReadonlyMap<string, Entry>, folder: string): Generator<string> {
  for (const name of entries.keys()) {
    if (name !== '/' && parentOf(name) === folder) yield name;
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

function prefixOf(folder: string): string {
  return folder === '/' ? '/' : `${folder}/`;
}
