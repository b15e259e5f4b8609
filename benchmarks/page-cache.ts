import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const PIECE_BYTES = 1024 * 1024;

/**
 * Writes so many bytes below a folder and deletes them, so that the page cache has pages at hand:
 * in a virtual machine the first touch of memory costs more than the work that is measured.
 */
export function touchPageCache(folder: string, bytes: number): void {
  const path = join(folder, 'touch');
  const piece = Buffer.alloc(PIECE_BYTES, 1);
  const file = openSync(path, 'w');
  for (let position = 0; position < bytes; position += PIECE_BYTES) {
    writeSync(file, piece, 0, PIECE_BYTES, position);
  }
  closeSync(file);
  rmSync(path);
}
