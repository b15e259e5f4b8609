const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

function withoutReturn(line: Buffer): Buffer {
  return line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
}

/**
 * The lines of a stream, in groups as they arrive, so that a slow source is passed on at once.
 * Line ends are cut off, empty lines left out.
 */
export async function* lineGroups(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer[]> {
  let pieces: Buffer[] = [];
  for await (const chunk of source) {
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      pieces.push(chunk.subarray(start, end));
      lines.push(withoutReturn(Buffer.concat(pieces)));
      pieces = [];
      start = end + 1;
    }
    pieces.push(chunk.subarray(start));
    yield lines.filter((line) => line.byteLength > 0);
  }
  const last = withoutReturn(Buffer.concat(pieces));
  if (last.byteLength > 0) yield [last];
}
