import type { Reader } from '../../reader.ts';

/** Reads records back to back: the end of the payload ends the list, there is no count. */
export function readUntilEnd<Item>(reader: Reader, readItem: (reader: Reader) => Item): Item[] {
  const items: Item[] = [];
  while (reader.remaining > 0) items.push(readItem(reader));
  return items;
}

/** Reads exactly `count` records; the payload's end bounds a count that lies. */
export function readCounted<Item>(
  reader: Reader,
  count: number,
  readItem: (reader: Reader) => Item,
): Item[] {
  const items: Item[] = [];
  while (items.length < count) items.push(readItem(reader));
  return items;
}
