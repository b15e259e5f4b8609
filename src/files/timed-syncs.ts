import type { FileSystem } from './file-system.ts';

/** The same files; `onSync` hears how many seconds each sync took, also one that fails. */
export function timedSyncs(system: FileSystem, onSync: (seconds: number) => void): FileSystem {
  return {
    ...system,
    sync(fd) {
      const startedMs = performance.now();
      try {
        system.sync(fd);
      } finally {
        onSync((performance.now() - startedMs) / 1000);
      }
    },
  };
}
