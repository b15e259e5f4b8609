import type { Dirent } from 'node:fs';
import { lstat, readdir, statfs } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { snapshotFilesMax } from '../wire/limits.ts';

const SIZE_COLUMNS = 12;

/**
 * The files of the data directory with their sizes, and the room on its disk. Names and sizes only;
 * the list ends after `snapshotFilesMax` files.
 */
export async function filesystemOverview(dataDir: string): Promise<string> {
  const { bavail, blocks, bsize } = await statfs(dataDir);
  const lines = [
    `data directory: ${dataDir}`,
    `disk: ${bavail * bsize} of ${blocks * bsize} bytes free`,
    '',
    `${'bytes'.padStart(SIZE_COLUMNS)}  ${'modified'.padEnd(24)}  file`,
  ];
  let filesCount = 0;
  let totalBytes = 0;
  for await (const path of filesBelow(dataDir)) {
    if (filesCount === snapshotFilesMax) {
      lines.push(`The list ends here: there are more than ${snapshotFilesMax} files.`);
      break;
    }
    const file = await statOf(path);
    if (file === undefined) continue;
    filesCount += 1;
    totalBytes += file.size;
    const size = String(file.size).padStart(SIZE_COLUMNS);
    lines.push(`${size}  ${file.mtime.toISOString()}  ${relative(dataDir, path)}`);
  }
  lines.push('', `${totalBytes} bytes in ${filesCount} files`);
  return `${lines.join('\n')}\n`;
}

async function* filesBelow(folder: string): AsyncGenerator<string> {
  for (const entry of await entriesOf(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else yield path;
  }
}

/** By name; none for a folder that was deleted meanwhile, or that may not be read. */
async function entriesOf(folder: string): Promise<Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Undefined for a file that was deleted meanwhile. */
async function statOf(path: string) {
  return lstat(path).catch(() => undefined);
}
