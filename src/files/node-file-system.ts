import {
  close,
  closeSync,
  constants,
  fdatasync,
  fdatasyncSync,
  fsync,
  fsyncSync,
  ftruncate,
  ftruncateSync,
  mkdirSync,
  open,
  openSync,
  read,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  write,
  writeSync,
  writev,
  writevSync,
} from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Access, AsyncFileSystem, FileSystem } from './file-system.ts';
import { systemCalls } from './system-calls.ts';

const { O_CREAT, O_RDONLY, O_RDWR, O_TRUNC } = constants;
const flags: Record<Access, number> = {
  read: O_RDONLY,
  create: O_RDWR | O_CREAT,
  replace: O_RDWR | O_CREAT | O_TRUNC,
};
const FILE_MODE = 0o644;
/** Windows cannot open folders, and brings names to the disk by itself. */
const canSyncFolders = process.platform !== 'win32';

/** The files of this machine. */
export const nodeFileSystem: FileSystem = {
  open: (path, access) => openSync(path, flags[access], FILE_MODE),
  close: closeSync,
  read: readSync,
  write: writeSync,
  writev: writevSync as FileSystem['writev'],
  sync: fdatasyncSync,
  truncate: ftruncateSync,
  preallocate: (fd, position, length) => systemCalls()?.preallocate(fd, position, length),
  share(fd, position, length) {
    const calls = systemCalls();
    return calls?.isCached(fd, position, length) ? calls.duplicate(fd) : -1;
  },
  rename: renameSync,
  remove: (path) => rmSync(path, { force: true }),
  size: (path) => statSync(path, { throwIfNoEntry: false })?.size,
  hasFolder: (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false,
  list: (path) => readdirSync(path),
  makeFolder: (path) => void mkdirSync(path, { recursive: true }),
  removeFolder: (path) => rmSync(path, { recursive: true, force: true }),
  syncFolder(path) {
    if (!canSyncFolders) return;
    const fd = openSync(path, O_RDONLY);
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  },
};

const openLater = promisify(open);
const closeLater = promisify(close);
const readLater = promisify(read);
const writeLater = promisify(write);
const writevLater = promisify(writev);
const fsyncLater = promisify(fsync);

/** The same files for a thread that must not wait. */
export const nodeAsyncFileSystem: AsyncFileSystem = {
  open: (path, access) => openLater(path, flags[access], FILE_MODE),
  close: closeLater,
  read: async (...parameters) => (await readLater(...parameters)).bytesRead,
  write: async (...parameters) => (await writeLater(...parameters)).bytesWritten,
  writev: async (fd, pieces, position) =>
    (await writevLater(fd, pieces as Uint8Array[], position)).bytesWritten,
  sync: promisify(fdatasync),
  truncate: promisify(ftruncate),
  rename,
  remove: (path) => rm(path, { force: true }),
  size: async (path) => (await statIfThere(path))?.size,
  hasFolder: async (path) => (await statIfThere(path))?.isDirectory() ?? false,
  list: (path) => readdir(path),
  makeFolder: async (path) => void (await mkdir(path, { recursive: true })),
  removeFolder: (path) => rm(path, { recursive: true, force: true }),
  async syncFolder(path) {
    if (!canSyncFolders) return;
    const fd = await openLater(path, O_RDONLY);
    try {
      await fsyncLater(fd);
    } finally {
      await closeLater(fd);
    }
  },
};

async function statIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
