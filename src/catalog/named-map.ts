import type { Identifier } from '../wire/classic/identifier.ts';

/** What has a number and a name, both unique among its like. */
export interface Named {
  readonly id: number;
  name: string;
}

/** Entries that are found by number and by name alike; names are compared byte for byte. */
export class NamedMap<Entry extends Named> {
  readonly #byId = new Map<number, Entry>();
  readonly #byName = new Map<string, Entry>();

  get size(): number {
    return this.#byId.size;
  }

  find(id: Identifier): Entry | undefined {
    return typeof id === 'number' ? this.#byId.get(id) : this.#byName.get(id);
  }

  add(entry: Entry): void {
    this.#byId.set(entry.id, entry);
    this.#byName.set(entry.name, entry);
  }

  rename(entry: Entry, name: string): void {
    this.#byName.delete(entry.name);
    entry.name = name;
    this.#byName.set(name, entry);
  }

  delete(entry: Entry): void {
    this.#byId.delete(entry.id);
    this.#byName.delete(entry.name);
  }

  /** All entries by ascending number. */
  sorted(): Entry[] {
    return [...this.#byId.values()].sort((a, b) => a.id - b.id);
  }

  [Symbol.iterator](): IterableIterator<Entry> {
    return this.#byId.values();
  }
}
