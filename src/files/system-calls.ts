import { createRequire } from 'node:module';

/** Calls of the system that Node.js has no function for. */
export interface SystemCalls {
  /**
   * Keeps blocks ready behind a file's end, without changing its length. Where the file system
   * cannot, or has no room, nothing happens.
   */
  preallocate(fd: number, position: number, length: number): void;
  /** True when all these bytes of a file are in memory; false also where the system can't tell. */
  isCached(fd: number, position: number, length: number): boolean;
  /** Another descriptor of the same file; negative when there is none left. */
  duplicate(fd: number): number;
  /** Closes what `duplicate` gave. */
  close(fd: number): void;
  /** Bytes that went from a file to a socket without waiting; not positive when none did. */
  sendFile(socket: number, fd: number, position: number, length: number): number;
}

const FALLOC_FL_KEEP_SIZE = 1;
const F_DUPFD_CLOEXEC = 1030;
/** Linux 6.5 and newer; the C libraries have no function for it yet. */
const SYS_CACHESTAT = 451;
const CACHESTAT_FIELDS = 5;

type Library = ReturnType<typeof import('koffi').load>;

let loaded: SystemCalls | null | undefined;

/**
 * The calls of Linux, undefined elsewhere and where the package that reaches the C library is not
 * installed. It is loaded for the first who asks, in some 10 ms for each thread.
 */
export function systemCalls(): SystemCalls | undefined {
  if (loaded === undefined) loaded = process.platform === 'linux' ? loadSystemCalls() : null;
  return loaded ?? undefined;
}

/** The same anew; null where the package does not load. */
export function loadSystemCalls(require = createRequire(import.meta.url)): SystemCalls | null {
  try {
    const koffi: typeof import('koffi') = require('koffi');
    // The C library that this process has already: glibc or musl.
    const libc = koffi.load(null);
    const fallocate = libc.func(
      'int fallocate(int fd, int mode, int64_t position, int64_t length)',
    );
    const close = libc.func('int close(int fd)');
    const fcntl = libc.func('int fcntl(int fd, int command, ...)');
    return {
      preallocate(fd, position, length) {
        fallocate(fd, FALLOC_FL_KEEP_SIZE, position, length);
      },
      isCached: cacheQuestion(libc),
      duplicate: (fd) => fcntl(fd, F_DUPFD_CLOEXEC, 'int', 0),
      close: (fd) => void close(fd),
      sendFile: fileSender(libc),
    };
  } catch {
    return null;
  }
}

function cacheQuestion(libc: Library): SystemCalls['isCached'] {
  const pageBytes: number = libc.func('int getpagesize()')();
  const cachestat = libc.func('long syscall(long number, int fd, void *range, void *found, int)');
  const range = new BigInt64Array(2);
  const found = new BigInt64Array(CACHESTAT_FIELDS);
  return (fd, position, length) => {
    range[0] = BigInt(position);
    range[1] = BigInt(length);
    if (cachestat(SYS_CACHESTAT, fd, range, found, 0) !== 0) return false;
    const end = Math.ceil((position + length) / pageBytes);
    return Number(found[0]) >= end - Math.floor(position / pageBytes);
  };
}

function fileSender(libc: Library): SystemCalls['sendFile'] {
  const sendfile = libc.func('intptr_t sendfile(int socket, int fd, void *position, size_t size)');
  const place = new BigInt64Array(1);
  return (socket, fd, position, length) => {
    place[0] = BigInt(position);
    return sendfile(socket, fd, place, length);
  };
}
