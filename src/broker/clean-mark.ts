import { join } from 'node:path';
import { nodeFileSystem } from '../files/node-file-system.ts';

const FILE_NAME = 'clean-stop';

/** Says that everything in the data directory is on the disk and nothing is under way. */
export function writeCleanMark(dataDir: string): void {
  nodeFileSystem.close(nodeFileSystem.open(join(dataDir, FILE_NAME), 'replace'));
  nodeFileSystem.syncFolder(dataDir);
}

/**
 * Takes the mark away, for good, before anything is changed. True when it was there: then files
 * need not be read to know that they are whole.
 */
export function takeCleanMark(dataDir: string): boolean {
  if (!hasCleanMark(dataDir)) return false;
  nodeFileSystem.remove(join(dataDir, FILE_NAME));
  nodeFileSystem.syncFolder(dataDir);
  return true;
}

/** True when the mark is there. */
export function hasCleanMark(dataDir: string): boolean {
  return nodeFileSystem.size(join(dataDir, FILE_NAME)) !== undefined;
}
