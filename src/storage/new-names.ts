import type { FileSystem } from '../files/file-system.ts';

/** Folders with names that the disk may not have yet. */
export class NewNames {
  readonly #system: FileSystem;
  readonly #folders = new Set<string>();

  constructor(system: FileSystem) {
    this.#system = system;
  }

  get isEmpty(): boolean {
    return this.#folders.size === 0;
  }

  /** Of several, the outermost first: they are synced in the order that they came in. */
  add(...folders: readonly string[]): void {
    for (const folder of folders) this.#folders.add(folder);
  }

  /** Brings all of them to the disk. Throws when one cannot be synced: then all still wait. */
  sync(): void {
    for (const folder of this.#folders) this.#system.syncFolder(folder);
    this.#folders.clear();
  }
}
