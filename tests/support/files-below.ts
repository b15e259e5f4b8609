import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Paths of all files in a folder and the folders in it. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}
