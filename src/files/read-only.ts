import type { FileSystem } from './file-system.ts';

/** The same files for somebody who must change nothing: what would is refused as a mistake. */
export function readOnly(system: FileSystem): FileSystem {
  return {
    ...system,
    open: (path) => system.open(path, 'read'),
    write: refuse,
    writev: refuse,
    truncate: refuse,
    preallocate: refuse,
    rename: refuse,
    remove: refuse,
    makeFolder: refuse,
    removeFolder: refuse,
  };
}

function refuse(): never {
  throw new Error('Nothing may be changed here.');
}
