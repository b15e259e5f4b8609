/** How a file is opened. */
export type Access =
  /** It must be there and is only read. */
  | 'read'
  /** It is made when it is not there. */
  | 'create'
  /** It is made, or emptied when it is there. */
  | 'replace';

/**
 * All that storage and catalog ask of the system. Every call may do less than it was asked for or
 * throw the system's error; `src/storage/files.ts` and the catalog live with both. Tests put other
 * systems in the place of `nodeFileSystem`, which fail, tear and forget.
 */
export interface FileSystem {
  /** Returns a descriptor. */
  open(path: string, access: Access): number;
  close(fd: number): void;
  /** Bytes read; 0 at the file's end, and perhaps fewer than `length` in front of it. */
  read(fd: number, bytes: Uint8Array, offset: number, length: number, position: number): number;
  /** Bytes written, perhaps fewer than `length`. */
  write(fd: number, bytes: Uint8Array, offset: number, length: number, position: number): number;
  /** Bytes written of all pieces together, perhaps not all. */
  writev(fd: number, pieces: readonly Uint8Array[], position: number): number;
  /** Brings what was written, and the file's length, to the disk. */
  sync(fd: number): void;
  truncate(fd: number, length: number): void;
  /**
   * Keeps blocks ready for bytes behind the file's end, without changing its length; a later
   * `truncate` gives back what was not written. Does nothing where the system or the disk cannot,
   * and never throws.
   */
  preallocate(fd: number, position: number, length: number): void;
  /**
   * Another descriptor of a file whose bytes there are all in memory, for a `FileSpan`; negative
   * where they are not, or the system cannot tell.
   */
  share(fd: number, position: number, length: number): number;
  rename(from: string, to: string): void;
  /** Removes a file; one that is gone already is fine. */
  remove(path: string): void;
  /** Bytes of a file, undefined when there is none. */
  size(path: string): number | undefined;
  hasFolder(path: string): boolean;
  /** Names in a folder. */
  list(path: string): string[];
  /** Makes a folder with those above it; one that is there is fine. */
  makeFolder(path: string): void;
  /** Removes a folder with all that is in it; one that is gone is fine. */
  removeFolder(path: string): void;
  /** Brings the names in a folder to the disk. */
  syncFolder(path: string): void;
}

/** The same for a thread that must not wait. */
export type AsyncFileSystem = {
  readonly [Name in Exclude<keyof FileSystem, 'preallocate' | 'share'>]: (
    ...parameters: Parameters<FileSystem[Name]>
  ) => Promise<ReturnType<FileSystem[Name]>>;
};
