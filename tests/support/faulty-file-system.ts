import type { Access, FileSystem } from '../../src/files/file-system.ts';
import { systemError } from './memory-file-system.ts';
import type { SeededRandom } from './random.ts';

/** A call that a fault may meet. */
export interface FileCall {
  readonly name: keyof FileSystem;
  readonly path: string;
  /** Bytes to read or write. */
  readonly bytes: number;
}

/** What happens instead of the call. */
export type Fault =
  /** The system's error; of a write so many bytes are done before. */
  | { readonly code: string; readonly bytesBefore?: number }
  /** Fewer bytes are read or written, which is no error. */
  | { readonly bytes: number };

/** Decides about each call; nothing lets it happen. */
export type FaultPlan = (call: FileCall) => Fault | undefined;

/** A file system whose calls fail or do less when a plan says so. */
export class FaultyFileSystem implements FileSystem {
  readonly #system: FileSystem;
  readonly #paths = new Map<number, string>();
  /** Runs before every call; what it does not touch happens. */
  plan: FaultPlan = () => undefined;
  faultsCount = 0;
  /** What the system does with a file whose sync fails. */
  onFailedSync: (fd: number) => void = () => {};

  constructor(system: FileSystem) {
    this.#system = system;
  }

  open(path: string, access: Access): number {
    this.#meet('open', path);
    const fd = this.#system.open(path, access);
    this.#paths.set(fd, path);
    return fd;
  }

  close(fd: number): void {
    this.#system.close(fd);
    this.#paths.delete(fd);
  }

  read(fd: number, bytes: Uint8Array, offset: number, length: number, position: number): number {
    const fault = this.#meet('read', this.#path(fd), length);
    const wanted = fault === undefined ? length : Math.max(1, fault.bytes);
    return this.#system.read(fd, bytes, offset, wanted, position);
  }

  write(fd: number, bytes: Uint8Array, offset: number, length: number, position: number): number {
    const some = (count: number) => this.#system.write(fd, bytes, offset, count, position);
    return this.#write('write', fd, length, some);
  }

  writev(fd: number, pieces: readonly Uint8Array[], position: number): number {
    const bytes = Buffer.concat(pieces);
    const some = (count: number) => this.#system.write(fd, bytes, 0, count, position);
    return this.#write('writev', fd, bytes.byteLength, some);
  }

  sync(fd: number): void {
    try {
      this.#meet('sync', this.#path(fd));
    } catch (error) {
      this.onFailedSync(fd);
      throw error;
    }
    this.#system.sync(fd);
  }

  truncate(fd: number, length: number): void {
    this.#meet('truncate', this.#path(fd));
    this.#system.truncate(fd, length);
  }

  /** It fails without a word, like the real one. */
  preallocate(fd: number, position: number, length: number): void {
    this.#system.preallocate(fd, position, length);
  }

  share(fd: number, position: number, length: number): number {
    return this.#system.share(fd, position, length);
  }

  rename(from: string, to: string): void {
    this.#meet('rename', to);
    this.#system.rename(from, to);
  }

  remove(path: string): void {
    this.#meet('remove', path);
    this.#system.remove(path);
  }

  size(path: string): number | undefined {
    this.#meet('size', path);
    return this.#system.size(path);
  }

  hasFolder(path: string): boolean {
    this.#meet('hasFolder', path);
    return this.#system.hasFolder(path);
  }

  list(path: string): string[] {
    this.#meet('list', path);
    return this.#system.list(path);
  }

  makeFolder(path: string): void {
    this.#meet('makeFolder', path);
    this.#system.makeFolder(path);
  }

  removeFolder(path: string): void {
    this.#meet('removeFolder', path);
    this.#system.removeFolder(path);
  }

  syncFolder(path: string): void {
    this.#meet('syncFolder', path);
    this.#system.syncFolder(path);
  }

  #write(name: 'write' | 'writev', fd: number, length: number, some: (count: number) => number) {
    const call = { name, path: this.#path(fd), bytes: length };
    const fault = this.plan(call);
    if (fault === undefined) return some(length);
    this.faultsCount++;
    if (!('code' in fault)) return some(Math.min(length, Math.max(1, fault.bytes)));
    if (fault.bytesBefore) some(Math.min(length, fault.bytesBefore));
    throw systemError(fault.code, call.path);
  }

  #meet(name: keyof FileSystem, path: string, bytes = 0): { readonly bytes: number } | undefined {
    const fault = this.plan({ name, path, bytes });
    if (fault === undefined) return undefined;
    this.faultsCount++;
    if ('code' in fault) throw systemError(fault.code, path);
    return { bytes: Math.min(bytes, fault.bytes) };
  }

  #path(fd: number): string {
    return this.#paths.get(fd) ?? `descriptor ${fd}`;
  }
}

/** What can go wrong with each call, and of which kind of machine's trouble it is. */
const codes: Partial<Record<keyof FileSystem, readonly string[]>> = {
  open: ['EMFILE', 'ENOSPC', 'EROFS', 'EIO'],
  read: ['EIO'],
  write: ['ENOSPC', 'EIO', 'EDQUOT'],
  writev: ['ENOSPC', 'EIO', 'EDQUOT'],
  sync: ['EIO', 'ENOSPC'],
  truncate: ['EIO'],
  makeFolder: ['ENOSPC', 'EROFS'],
  remove: ['EIO'],
  rename: ['EIO'],
};

/** Faults that follow from the random numbers: so many of a thousand calls, half of them short. */
export function randomFaults(random: SeededRandom, perThousand: number): FaultPlan {
  return ({ name, bytes }) => {
    if (random.integer(1, 1000) > perThousand) return undefined;
    const possible = codes[name];
    if (possible === undefined) return undefined;
    const isShort = bytes > 1 && random.next() < 0.5;
    if (isShort) return { bytes: random.integer(1, bytes) };
    const code = possible[random.integer(0, possible.length - 1)];
    return { code, bytesBefore: random.integer(0, bytes) };
  };
}
