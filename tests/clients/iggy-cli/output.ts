/** Cells of a row by the titles of their columns. */
export type Row = Readonly<Record<string, string>>;

/** Reads a bordered table. What a cell holds in several lines stays in several lines. */
export function parseTable(text: string): Row[] {
  const lines = text.split('\n');
  const border = lines.find((line) => /^\+[-+]+\+$/.test(line));
  if (border === undefined) throw new Error(`There is no table in:\n${text}`);
  const edges = [...border.matchAll(/\+/g)].map(({ index }) => index);
  const [titles, ...rows] = blocksOf(lines.slice(lines.indexOf(border) + 1)).map((block) =>
    cellsOf(block, edges),
  );
  return rows.map((cells) => Object.fromEntries(titles.map((title, at) => [title, cells[at]])));
}

/** Reads a table with the columns Property and Value. */
export function parseProperties(text: string): Row {
  const properties = parseTable(text).map((row) => Object.values(row) as [string, string]);
  return Object.fromEntries(properties);
}

/** Lines of the titles and of each row, which are parted by lines of dashes. */
function blocksOf(lines: readonly string[]): string[][] {
  const blocks: string[][] = [[]];
  for (const line of lines) {
    if (/^[+|](-+[+|])+$|^\+=+\+$/.test(line)) blocks.push([]);
    else if (line.startsWith('|')) blocks[blocks.length - 1].push(line);
  }
  return blocks.filter((block) => block.length > 0);
}

/** A table within a cell has bars of its own, so that cells are cut at the columns' edges. */
function cellsOf(block: readonly string[], edges: readonly number[]): string[] {
  return edges.slice(0, -1).map((edge, index) => {
    const lines = block.map((line) => line.slice(edge + 1, edges[index + 1]).trim());
    return lines.filter((line) => line !== '').join('\n');
  });
}
