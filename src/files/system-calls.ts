import { createRequire } from 'node:module';

/** Calls of the system that Node.js has no function for. */
export interface SystemCalls {
  /**
   * Keeps blocks ready behind a file's end, without changing its length. Where the file system
   * cannot, or has no room, nothing happens.
   */
  preallocate(fd: number, position: number, length: number): void;
}

const FALLOC_FL_KEEP_SIZE = 1;

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
    return {
      preallocate(fd, position, length) {
        fallocate(fd, FALLOC_FL_KEEP_SIZE, position, length);
      },
    };
  } catch {
    return null;
  }
}
