/** A table of tables, as TOML and JSON files have them. */
export interface Table {
  [name: string]: unknown;
}

/** Tables within tables from dotted names: `[['a.b', 1]]` becomes `{ a: { b: 1 } }`. */
export function nest(entries: Iterable<readonly [name: string, value: unknown]>): Table {
  const root: Table = {};
  for (const [name, value] of entries) {
    const parts = name.split('.');
    const last = parts.pop() as string;
    let table = root;
    for (const part of parts) {
      table[part] ??= {};
      table = table[part] as Table;
    }
    table[last] = value;
  }
  return root;
}
