import type { Quiche } from '@matrixai/quic/native/quiche.js';

/** The library as this project uses it: its low-level binding alone. */
export type QuicLibrary = Quiche;

/** QUIC cannot be spoken here; the message is a sentence that says why. */
export class QuicUnavailable extends Error {
  override readonly name = 'QuicUnavailable';
}

let loading: Promise<QuicLibrary> | undefined;

/**
 * Loads the native library at its first use: not every system has a build of it, and it may have
 * been left out at the installation. Rejects with `QuicUnavailable`.
 */
export function loadQuic(): Promise<QuicLibrary> {
  loading ??= import('@matrixai/quic/native/quiche.js').then(
    ({ default: library }) => library,
    (cause: Error) => {
      const system = `${process.platform} ${process.arch}`;
      throw new QuicUnavailable(
        `QUIC is not available: @matrixai/quic is not installed or has no build for ${system}.`,
        { cause },
      );
    },
  );
  return loading;
}
